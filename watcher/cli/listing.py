"""``articles``, ``changes``, ``deliveries``, ``quarantine``: lists, newest first."""

import sys
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import click

from watcher.cli import completion, options
from watcher.cli.context import opened
from watcher.cli.output import cut, print_json_lines, print_table, printable
from watcher.clock import format_time
from watcher.errors import UsageError
from watcher.model.article import Change
from watcher.model.delivery import Attempt, Delivery
from watcher.model.kinds import ArticleState, ChangeKind, DeliveryState
from watcher.model.public_json import change_object, listed_article_object
from watcher.store.drafts import HeldFile, read_drafts
from watcher.store.files import Quarantined
from watcher.store.lists import Wanted
from watcher.store.search import words_of
from watcher.store.store import Store

_MOST_DRAFTS = 10_000
_MOST_SEARCHED = 100_000
"""Seeds in quarantine that are looked through for words."""


def of_topic(command: options.Command) -> options.Command:
    text = "Only with this topic."
    return click.option("--topic", shell_complete=completion.topics, help=text)(command)


def of_endpoint(command: options.Command) -> options.Command:
    text = "Only what this endpoint was sent, or will be."
    return click.option("--endpoint", shell_complete=completion.endpoints, help=text)(command)


def of_words(command: options.Command) -> options.Command:
    text = 'Only articles with all these words; "a phrase", begin*.'
    return click.option("--search", "words", metavar="WORDS", help=text)(command)


def _state(kinds: type[StrEnum]) -> Callable[[options.Command], options.Command]:
    return click.option("--state", type=click.Choice([k.value for k in kinds]), help="Only these.")


@click.command(
    epilog=options.examples(
        "seedwatch articles --since 3d --topic AI", "seedwatch articles --search 'rain flood*'"
    )
)
@options.since
@options.limit
@of_topic
@of_endpoint
@_state(ArticleState)
@of_words
@options.as_json
@click.pass_obj
def articles(
    config_file: Path | None,
    *,
    since: datetime | None,
    limit: int,
    topic: str | None,
    endpoint: str | None,
    state: str | None,
    words: str | None,
    as_json: bool,
) -> None:
    """List the articles that are out, newest known first; with --search, the best first.

    --state held lists the drafts, --state removed what was removed.
    """
    state = state or ArticleState.LIVE
    wanted = _wanted(limit, since, state, topic=topic, endpoint=endpoint, words=words)
    if state == ArticleState.HELD:
        if endpoint is not None:
            raise UsageError("--endpoint: a draft is sent nowhere until it is released")
        _list_drafts(config_file, wanted, as_json=as_json)
        return
    with opened(config_file) as (_, store):
        found = cut(store.lists.articles(wanted), limit)
    if as_json:
        print_json_lines(listed_article_object(article) for article in found)
        return
    rows = [
        (a.first_seen_at, a.state, a.content.title, a.content.url, shown_id(a.id)) for a in found
    ]
    print_table(["first seen", "state", "title", "url", "id"], rows, empty="no articles")


def _wanted(limit: int, since: datetime | None, state: str | None, **more: str | None) -> Wanted:
    """The query with one more than asked for, to know if the list was cut."""
    return Wanted(limit=limit + 1, since=since, states=(state,) if state else (), **more)


@click.command(epilog=options.examples("seedwatch changes --since 12h --state updated"))
@options.since
@options.limit
@of_topic
@of_endpoint
@_state(ChangeKind)
@of_words
@options.as_json
@click.pass_obj
def changes(
    config_file: Path | None,
    *,
    since: datetime | None,
    limit: int,
    topic: str | None,
    endpoint: str | None,
    state: str | None,
    words: str | None,
    as_json: bool,
) -> None:
    """List changes, newest first."""
    wanted = _wanted(limit, since, state, topic=topic, endpoint=endpoint, words=words)
    with opened(config_file) as (_, store):
        found = cut(store.lists.changes(wanted), limit)
    if as_json:
        print_json_lines(listed_change_object(change) for change in found)
        return
    rows = [
        (c.sequence, c.at, c.kind, c.article.content.title, "first sight" if c.baseline else "")
        for c in found
    ]
    print_table(["sequence", "at", "kind", "title", ""], rows, empty="no changes")


def _list_drafts(config_file: Path | None, wanted: Wanted, *, as_json: bool) -> None:
    """List drafts, and why they are held."""
    limit = wanted.limit - 1
    with opened(config_file) as (_, store):
        every = read_drafts(store.database, limit=_MOST_DRAFTS, since=wanted.since)
    found = cut([draft for draft in every if _is_wanted(draft, wanted)], limit)
    if as_json:
        print_json_lines(draft_object(draft) for draft in found)
        return
    rows = [
        (d.article.first_seen_at, d.why, d.due_at or "", d.article.content.title,
         str(d.article.paths[0]))
        for d in found
    ]  # fmt: skip
    print_table(["since", "held because", "until", "title", "seed"], rows, empty="no drafts")


def _is_wanted(draft: HeldFile, wanted: Wanted) -> bool:
    content = draft.article.content
    topics = {topic.casefold() for topic in content.topics}
    said = set(words_of(f"{content.title} {content.summary or ''}"))
    is_about = wanted.topic is None or wanted.topic.casefold() in topics
    return is_about and said.issuperset(words_of(wanted.words or ""))


def draft_object(draft: HeldFile) -> dict[str, Any]:
    until = {"held_until": format_time(draft.due_at)} if draft.due_at else {}
    return listed_article_object(draft.article) | {"held_because": draft.why} | until


def shown_id(article: str) -> str:
    """An article's id for a list: only its beginning, which explain accepts, for people."""
    bare = article.removeprefix("urn:uuid:")
    return bare[:8] if sys.stdout.isatty() else bare


def listed_change_object(change: Change) -> dict[str, Any]:
    """A change with its article's paths and state, and whether it was part of a baseline."""
    listed = {"article": listed_article_object(change.article), "baseline": change.baseline}
    return change_object(change) | listed


@click.command(epilog=options.examples("seedwatch deliveries --endpoint newsroom --state dead"))
@options.since
@options.limit
@of_topic
@of_endpoint
@_state(DeliveryState)
@of_words
@options.as_json
@click.pass_obj
def deliveries(
    config_file: Path | None,
    *,
    since: datetime | None,
    limit: int,
    topic: str | None,
    endpoint: str | None,
    state: str | None,
    words: str | None,
    as_json: bool,
) -> None:
    """List deliveries with their attempts, newest first."""
    wanted = _wanted(limit, since, state, topic=topic, endpoint=endpoint, words=words)
    with opened(config_file) as (_, store):
        found = cut(store.lists.deliveries(wanted), limit)
        values = [delivery_object(delivery, store) for delivery in found]
    if as_json:
        print_json_lines(values)
        return
    rows = [_delivery_row(d, v) for d, v in zip(found, values, strict=True)]
    columns = ["created", "endpoint", "state", "changes", "attempts", "last error", "id"]
    print_table(columns, rows, empty="no deliveries")


def _delivery_row(delivery: Delivery, value: dict[str, Any]) -> tuple[object, ...]:
    """A delivery without changes is a hub's ping or an alert."""
    held = len(delivery.members) or ("ping" if delivery.endpoint.startswith("hub:") else "alert")
    told = (delivery.created_at, delivery.endpoint, delivery.state, held, delivery.attempts)
    return (*told, _last_error(value), delivery.id)


def delivery_object(delivery: Delivery, store: Store) -> dict[str, Any]:
    """A delivery and its attempts; never its body or where it goes."""
    return {
        "id": delivery.id,
        "endpoint": delivery.endpoint,
        "state": delivery.state.value,
        "created_at": format_time(delivery.created_at),
        "changes": list(delivery.members),
        "attempts": [_attempt_object(a) for a in store.catalogue.attempts(delivery.id)],
    }


def _attempt_object(attempt: Attempt) -> dict[str, Any]:
    values = {
        "number": attempt.number,
        "at": format_time(attempt.at),
        "outcome": attempt.outcome.value,
        "status": attempt.status,
        "error": attempt.error,
        "retry_after": attempt.retry_after,
        "elapsed_seconds": round(attempt.elapsed, 3),
    }
    return {key: value for key, value in values.items() if value is not None}


def _last_error(value: dict[str, Any]) -> str | None:
    attempts = value["attempts"]
    return attempts[-1].get("error") if attempts else None


@click.command(epilog=options.examples("seedwatch quarantine --since 1d --search 'not utf-8'"))
@options.since
@options.limit
@click.option(
    "--search", "words", metavar="WORDS", help="Only seeds with all these in path or reason."
)
@options.refused("--topic", "what a seed in quarantine is about cannot be read")
@options.refused("--endpoint", "a seed in quarantine is sent nowhere")
@options.refused("--state", "quarantine is the state: all that is listed is in it")
@options.as_json
@click.pass_obj
def quarantine(
    config_file: Path | None,
    *,
    since: datetime | None,
    limit: int,
    words: str | None,
    as_json: bool,
) -> None:
    """List seeds that cannot be used, and why, newest first."""
    with opened(config_file) as (_, store):
        most = limit + 1 if words is None else _MOST_SEARCHED
        every = store.files.quarantine(limit=most, since=since)
        found = cut([item for item in every if _has_words(item, words or "")], limit)
    values = [quarantined_object(item) for item in found]
    if as_json:
        print_json_lines(values)
        return
    rows = [
        (item.since, v["path"], v.get("line"), v.get("column"), v["message"])
        for item, v in zip(found, values, strict=True)
    ]
    columns = ["since", "seed", "line", "column", "why"]
    print_table(columns, rows, empty="nothing is in quarantine")


def _has_words(item: Quarantined, words: str) -> bool:
    problem = item.file.problem
    said = f"{item.file.at} {problem.message if problem else ''}".casefold()
    return all(word in said for word in words.casefold().split())


def quarantined_object(item: Quarantined) -> dict[str, Any]:
    """A seed that cannot be used, and why."""
    problem = item.file.problem
    values = {
        "path": printable(str(item.file.at)),
        "since": format_time(item.since),
        "reason": problem and problem.reason,
        "message": problem and problem.message,
        "key": problem and problem.key,
        "line": problem and problem.line,
        "column": problem and problem.column,
        "article": item.file.article,
    }
    return {key: value for key, value in values.items() if value is not None}
