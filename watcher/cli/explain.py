"""``explain``: what is known about an article, and for each endpoint what was sent or why not."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from watcher.cli import options
from watcher.cli.context import opened
from watcher.cli.left_out import why_left_out
from watcher.cli.listing import draft_object, quarantined_object
from watcher.cli.output import print_json, printable
from watcher.clock import format_time
from watcher.config.endpoint import EndpointConfig
from watcher.config.matching import choosing_clauses, matched_by
from watcher.config.schema import Config
from watcher.config.timing import format_duration
from watcher.errors import UsageError
from watcher.ingest.urls import canonical_url
from watcher.model.article import Article, Change
from watcher.model.delivery import MUTED
from watcher.model.kinds import ChangeKind
from watcher.model.public_json import listed_article_object, matched_object
from watcher.model.wording import count
from watcher.notify.channels.text import matches_line
from watcher.notify.route import why_not
from watcher.store.catalogue import Telling
from watcher.store.drafts import HeldFile, read_drafts
from watcher.store.store import Store

MOST_DRAFTS = 10_000
"""How many drafts are searched."""
SHORTEST_ID = 4


@click.command(
    epilog=options.examples(
        "seedwatch explain seeds/article.md", "seedwatch explain https://example.org/article"
    )
)
@click.argument("article")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def explain(config_file: Path | None, *, article: str, as_json: bool) -> None:
    """Show what is known about ARTICLE: an id or its beginning, a URL, or a seed's path.

    Of a file that is no article it says why not.
    """
    with opened(config_file) as (config, store):
        quarantined = store.catalogue.quarantined(_absolute(article))
        found = _find(store, article)
        draft = _find_draft(store, article) if found is None else None
        if found is None and quarantined is None and draft is None:
            why = why_left_out(Path(_absolute(article)), config)
            if why is None:
                raise _unknown(article)
            _show_left_out(_absolute(article), why, as_json=as_json)
            return
        value = _explanation(found, config, store) if found else {}
    if quarantined:
        value = {"quarantine": quarantined_object(quarantined)} | value
    if draft:
        value = {"article": draft_object(draft)} | value
    if as_json:
        print_json(value)
        return
    if quarantined:
        _show_quarantine(value["quarantine"])
    if draft:
        _show_draft(draft)
    if found:
        _show(value)


def _absolute(path: str) -> str:
    return os.path.abspath(path)  # noqa: PTH100  # as text: it need not exist


def _find(store: Store, reference: str) -> Article | None:
    if "://" in reference:
        return store.catalogue.article(reference, _canonical(reference))
    found = store.catalogue.article(reference)
    return found or store.catalogue.article(_absolute(reference))


def _find_draft(store: Store, reference: str) -> HeldFile | None:
    """The draft of this id or its beginning, this URL or this path."""
    path, bare = _absolute(reference), reference.removeprefix("urn:uuid:")
    for draft in read_drafts(store.database, limit=MOST_DRAFTS):
        article = draft.article
        is_id = len(bare) >= SHORTEST_ID and article.id.startswith(f"urn:uuid:{bare}")
        if is_id or reference == article.content.url or path == str(article.paths[0]):
            return draft
    return None


def _show_draft(draft: HeldFile) -> None:
    until = f", until {format_time(draft.due_at)}" if draft.due_at else ""
    click.echo(printable(f"{draft.article.content.title} is held{until}: {draft.why}"))
    click.echo(printable(f"  {draft.article.paths[0]}"))
    click.echo("  it is announced as new when it is released")


def _show_left_out(path: str, why: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"left_out": {"path": path, "why": why}})
        return
    click.echo(printable(f"{path} is no article: {why}"))


def _canonical(url: str) -> str:
    try:
        return canonical_url(url)
    except ValueError as error:
        raise UsageError(f"{printable(url)}: {error}") from error


def _show_quarantine(value: dict[str, Any]) -> None:
    line = f" line {value['line']}:" if "line" in value else ""
    click.echo(f"{value['path']} is in quarantine since {value['since']}:")
    click.echo(printable(f" {line} {value['message']}"))
    click.echo("  correct the seed; its article keeps its last good version")


def find_article(store: Store, reference: str) -> Article:
    """The article meant by an id or its beginning, a URL or a path. Raises UsageError if none."""
    found = _find(store, reference)
    if found is None:
        raise _unknown(reference)
    return found


def _unknown(reference: str) -> UsageError:
    return UsageError(
        f"no article is known as {printable(reference)}: give an id, a URL or a seed's path "
        "(seedwatch articles lists them)"
    )


def _explanation(article: Article, config: Config, store: Store) -> dict[str, Any]:
    log = store.catalogue.history(article.id)
    told = store.catalogue.owed_to(article.id)
    withheld = store.catalogue.withheld(article.id)
    revisions = store.catalogue.revisions(article.id)
    return {
        "article": listed_article_object(article),
        "aliases": list(store.catalogue.aliases(article.id)),
        "revisions": [
            {"fingerprint": r.fingerprint, "first_seen_at": format_time(r.first_seen_at)}
            for r in revisions
        ],
        "changes": [
            {
                "sequence": change.sequence,
                "kind": change.kind.value,
                "at": format_time(change.at),
                "baseline": change.baseline,
            }
            for change in log
        ],
        "story": _story(store, article),
        "pruned": not any(change.kind is ChangeKind.NEW for change in log),
        "endpoints": [
            _for_endpoint(endpoint, change, told, withheld, store)
            for endpoint in config.endpoints
            for change in log
        ],
    }


def _story(store: Store, article: Article) -> dict[str, Any] | None:
    """The story an article is in, and why; None if it came before stories were found."""
    place = store.stories.place(article.id)
    if place is None:
        return None
    via = store.stories.place(place.via) if place.via else None
    values: dict[str, Any] = {
        "id": place.story,
        "moved": True if via and via.story != place.story else None,
        "reprint_of": place.reprint_of,
        "joined_via": place.via and _named(store, place.via),
        "score": place.score,
        "shared_words": list(place.words),
        "nearest_not_joined": place.nearest and _named(store, place.nearest),
        "nearest_score": place.nearest_score,
    }
    return {key: value for key, value in values.items() if value is not None}


def _named(store: Store, identifier: str) -> dict[str, str]:
    found = store.catalogue.article(identifier)
    return {"id": identifier} | ({"title": found.content.title} if found else {})


def _for_endpoint(
    endpoint: EndpointConfig,
    change: Change,
    told: tuple[Telling, ...],
    withheld: Mapping[tuple[str, int], str],
    store: Store,
) -> dict[str, Any]:
    """Describe what happened to one change at one endpoint."""
    value = {"endpoint": endpoint.name, "sequence": change.sequence, "kind": change.kind.value}
    telling = next(
        (t for t in told if (t.endpoint, t.sequence) == (endpoint.name, change.sequence)), None
    )
    if telling is None and (reason := withheld.get((endpoint.name, change.sequence))):
        state = "muted" if reason.startswith(MUTED) else "withheld"
        return value | {"state": state, "why": reason.removeprefix(f"{MUTED} ")}
    if telling is None:
        why = why_not(change, endpoint, now=change.at, announce_baseline=False)
        return value | {"state": "not owed", "why": why or _why_not_then(change, endpoint)}
    if found := matched_by(
        endpoint.match, change.article.content, choosing_clauses(endpoint.match)
    ):
        value |= matched_object(replace(change, matched=found))
    if telling.late_at is not None:
        value |= {"matched_at": format_time(telling.late_at)}
    if telling.delivery is None:
        return value | {"state": "owed", "due_at": format_time(telling.due_at)}
    attempts = store.catalogue.attempts(telling.delivery)
    last = attempts[-1] if attempts else None
    value |= {"state": telling.state, "delivery": telling.delivery, "attempts": len(attempts)}
    if last is not None:
        value |= {"last_attempt_at": format_time(last.at), "last_outcome": last.outcome.value}
        value |= {"error": last.error} if last.error else {}
    return value


def _why_not_then(change: Change, endpoint: EndpointConfig) -> str:
    """Why a change is not owed that would be owed if it were written now."""
    if change.kind is not ChangeKind.NEW:
        return "the seed or the config did not say so when the change was written"
    days = format_duration(endpoint.late_match)
    return (
        "the seed or the config did not say so when the change was written: a seed that comes to "
        f"match within {days} is told (late_match), a change of config never"
    )


def _show(value: dict[str, Any]) -> None:
    article = value["article"]
    click.echo(printable(article["title"]))
    for name in ("id", "state", "url", "first_seen_at", "updated_at"):
        click.echo(f"  {name.replace('_', ' ')}: {printable(str(article[name]))}")
    _show_lines("paths", [printable(path) for path in article["paths"]])
    _show_lines("urls", value["aliases"])
    _show_lines(
        "revisions", [f"{r['first_seen_at']}  {r['fingerprint']}" for r in value["revisions"]]
    )
    _show_lines(
        "changes",
        [
            f"{c['at']}  {c['sequence']} {c['kind']}{' (first sight)' * c['baseline']}"
            for c in value["changes"]
        ],
    )
    if value["pruned"]:  # every article began with a change
        click.echo("  older ones, and who was sent them, were pruned (retention: changes)")
    _show_lines("story", _story_lines(value["story"]))
    _show_lines("endpoints", [_endpoint_line(item) for item in value["endpoints"]])


def _story_lines(story: dict[str, Any] | None) -> list[str]:
    if story is None:
        return []
    lines = [story["id"]]
    if "reprint_of" in story:
        lines.append(f"a reprint of {story['reprint_of']}")
    if via := story.get("joined_via"):
        words = ", ".join(story["shared_words"])
        moved = "moved here by the operator; at first " if "moved" in story else ""
        lines.append(
            f"{moved}joined via “{_title(via)}”, score {story['score']}, shared words: {words}"
        )
    else:
        lines.append("began with this article")
    if near := story.get("nearest_not_joined"):
        lines.append(f"nearest not joined: “{_title(near)}”, score {story['nearest_score']}")
    return lines


def _title(named: dict[str, str]) -> str:
    return named.get("title", named["id"])


def _show_lines(heading: str, lines: list[str]) -> None:
    click.echo(f"{heading}:" if lines else f"{heading}: none")
    for line in lines:
        click.echo(f"  {printable(line)}")


def _endpoint_line(item: dict[str, Any]) -> str:
    line = f"{item['endpoint']}: {item['kind']} ({item['sequence']}) {item['state']}"
    if "matched_at" in item:
        line += f" (it came to match at {item['matched_at']})"
    if matches := matches_line(item.get("matched")):
        line += f" ({matches})"
    match item["state"]:
        case "not owed" | "withheld" | "muted":
            return f"{line}: {item['why']}"
        case "owed":
            return f"{line}, due {item['due_at']}"
        case _:
            told = f"{line} in {item['delivery']}, {count(item['attempts'], 'attempt')}"
            return told + (f", last: {item['error']}" if item.get("error") else "")
