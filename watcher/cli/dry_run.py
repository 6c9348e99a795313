"""Rehearses a scan and shows it: first what would be sent, then why all else is no news."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import click

from watcher.cli.output import print_json_lines, printable
from watcher.clock import format_time, utc_now
from watcher.config.schema import Config
from watcher.diff.reasons import AS_KNOWN
from watcher.model.wording import count
from watcher.scan.dry_run import Audience, Rehearsal, Rehearsed, rehearse_scan
from watcher.store.store import look_at_store, places_in


def rehearse(config: Config, *, announce: bool, accept: bool, as_json: bool) -> None:
    """Show what a scan would do."""
    with look_at_store(config.state, places_in(config)) as store:
        rehearsal = rehearse_scan(
            store, config, utc_now(), announce_baseline=announce, removals_confirmed=accept
        )
    _show(rehearsal, as_json=as_json)


def _show(rehearsal: Rehearsal, *, as_json: bool) -> None:
    """Print it: for people what has a known signature is one line, as JSON an object each."""
    for root, why in rehearsal.troubles.items():
        click.echo(f"seedwatch: warning: {printable(root)}: {printable(why)}", err=True)
    if as_json:
        print_json_lines(map(_record, rehearsal.paths))
        return
    for root in sorted(rehearsal.baselines - rehearsal.troubles.keys()):
        click.echo(f"{printable(root)} is seen for the first time")
    for one in rehearsal.paths:
        if one.reason != AS_KNOWN:
            for line in _lines(one):
                click.echo(line)
    _sum_up(rehearsal)


def _record(one: Rehearsed) -> dict[str, Any]:
    audience = one.audience or Audience()
    article = {"article": {"id": one.article, "title": one.title}} if one.article else {}
    told = [{"endpoint": name, "due_at": format_time(due)} for name, due in audience.told]
    return {
        "path": str(one.at).encode("utf-8", "replace").decode(),
        "verdict": one.verdict.value,
        "reason": one.reason.encode("utf-8", "replace").decode(),
        **article,
        "told": told,
        "not_told": [{"endpoint": name, "why_not": why} for name, why in audience.not_told],
    }


def _lines(one: Rehearsed) -> Iterator[str]:
    verdict = one.verdict.value.replace("_", " ")
    yield printable(f"{verdict}: {one.at}: {one.reason}")
    if one.audience is None:
        return
    yield printable(f"  {one.title}")
    for name, due in one.audience.told:
        yield f"  would be sent to {name}, due {format_time(due)}"
    for name, why in one.audience.not_told:
        yield printable(f"  not sent to {name}: {why}")


def _sum_up(rehearsal: Rehearsal) -> None:
    kinds = Counter(one.verdict.value for one in rehearsal.paths if one.audience is not None)
    messages = sum(len(one.audience.told) for one in rehearsal.paths if one.audience)
    as_known = sum(one.reason == AS_KNOWN for one in rehearsal.paths)
    other = len(rehearsal.paths) - kinds.total() - as_known
    click.echo(
        f"{kinds['new']} new, {kinds['updated']} updated, {kinds['removed']} removed: "
        f"{count(messages, 'message')} would be owed"
    )
    click.echo(f"{other} looked at and no news, {as_known} unchanged ({AS_KNOWN})")
    click.echo("Nothing was written.")
