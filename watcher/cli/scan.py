"""``scan``: one pass over all roots, real or rehearsed. Most of them find nothing to do."""

import time
from pathlib import Path
from typing import Any

import click

from watcher.cli import options
from watcher.cli.context import read
from watcher.cli.output import print_json
from watcher.cli.progress import progress
from watcher.clock import utc_now
from watcher.config.load import Resolved
from watcher.config.outline import outline_of
from watcher.rest import scan_at_rest
from watcher.scan.collector import seldom_collecting
from watcher.scan.result import PassResult


@click.command(epilog=options.examples("seedwatch scan --dry-run", "seedwatch scan --drain"))
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
@click.option("--drain", "and_drain", is_flag=True, help="Send what is due afterwards.")
@click.option(
    "--announce-existing",
    is_flag=True,
    help="Tell endpoints about the articles of roots that are seen for the first time.",
)
@click.option(
    "--accept-removals",
    is_flag=True,
    help="Confirm that seeds which vanished all at once are really gone.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Show what would be announced, to whom, and why all else is no news; write nothing. "
    "With --json, one object a file.",
)
@click.pass_obj
def scan(
    config_file: Path | None,
    *,
    as_json: bool,
    and_drain: bool,
    announce_existing: bool,
    accept_removals: bool,
    dry_run: bool,
) -> None:
    """Take in all roots once, publish feeds, plan deliveries, and exit.

    Fails with 1 if a feed could not be written, or with --drain if a delivery died.
    """
    if dry_run and and_drain:
        raise click.UsageError("--dry-run sends nothing: leave --drain out")
    resolved, began = read(config_file), time.monotonic()
    if dry_run:
        from watcher.cli.context import load_read  # noqa: PLC0415  # slow to load
        from watcher.cli.dry_run import rehearse  # noqa: PLC0415  # slow to load

        config = load_read(resolved, level="warning")
        rehearse(config, announce=announce_existing, accept=accept_removals, as_json=as_json)
        return
    plain = not (and_drain or announce_existing or accept_removals)
    result, failed = _look_first(resolved) if plain else None, False
    if result is None:
        result, failed = _scan_fully(
            resolved, announce=announce_existing, accept=accept_removals, and_drain=and_drain
        )
    _report(result, elapsed=time.monotonic() - began, as_json=as_json)
    if failed or any(feed.error for feed in result.feeds):
        raise click.exceptions.Exit(1)


def _look_first(resolved: Resolved) -> PassResult | None:
    """The result of a scan that found nothing to do; None if there is something."""
    outline, seen = outline_of(resolved), 0
    if outline is None:
        return None
    with progress("scanning", lambda: None) as advance:

        def show(more: int) -> None:
            nonlocal seen
            seen += more
            advance(seen, lambda: "seeds, none of them new")

        return scan_at_rest(outline, utc_now, saw=show)


def _scan_fully(
    resolved: Resolved, *, announce: bool, accept: bool, and_drain: bool
) -> tuple[PassResult, bool]:
    """Load all that a scan may need, in the order in which it is needed, and scan."""
    with seldom_collecting():  # what is loaded is no garbage, and stays
        from watcher.cli.context import load_read  # noqa: PLC0415  # slow to load
        from watcher.head_start import head_start  # noqa: PLC0415  # not for a scan at rest

        config = load_read(resolved, level="warning")
        with head_start(config) as begun:
            from watcher.cli.full_scan import scan_fully  # noqa: PLC0415  # the slowest

            return scan_fully(
                config, announce=announce, accept=accept, and_drain=and_drain, begun=begun
            )


def _report(result: PassResult, *, elapsed: float, as_json: bool) -> None:
    totals = result.totals
    if as_json:
        print_json(_summary(result, elapsed))
        return
    known = "first sight: remembered, in the feed" if totals.baseline else "known before"
    click.echo(
        f"{totals.seen} seeds ({known}): {totals.unchanged} unchanged, {totals.parsed} parsed, "
        f"{totals.quarantined} in quarantine"
    )
    click.echo(f"{totals.new} new, {totals.updated} updated, {totals.removed} removed")
    click.echo(f"{result.feeds_written} feeds written, {totals.owed} messages owed")
    for feed in result.feeds:
        if feed.error:
            click.echo(f"seedwatch: error: feed {feed.name}: {feed.error}", err=True)


def _summary(result: PassResult, elapsed: float) -> dict[str, Any]:
    totals = result.totals
    files = ("seen", "unchanged", "read", "parsed", "quarantined")
    return {
        "files": {name: getattr(totals, name) for name in files},
        "changes": {name: getattr(totals, name) for name in ("new", "updated", "removed")},
        "baseline": totals.baseline,
        "feeds_written": result.feeds_written,
        "owed": totals.owed,
        "elapsed_seconds": round(elapsed, 3),
    }
