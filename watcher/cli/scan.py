"""``scan``: one pass over all roots, real or dry."""

import json
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from watcher.cli import options
from watcher.cli.context import load
from watcher.cli.output import print_json, printable
from watcher.cli.progress import Advance, progress
from watcher.clock import utc_now
from watcher.errors import WatchError
from watcher.model.wording import count
from watcher.scan.once import scan_once
from watcher.scan.root_scan import PassResult, ScanTotals
from watcher.store.store import open_store, places_in
from watcher.watch.walk import walk_root

if TYPE_CHECKING:
    from watcher.config.schema import Config
    from watcher.model.standing import RootStatus


@click.command(epilog=options.examples("seedwatch scan --dry-run", "seedwatch scan --drain"))
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
@click.option("--drain", "and_drain", is_flag=True, help="Send what is due afterwards.")
@click.option(
    "--announce-existing",
    is_flag=True,
    help="Announce the articles of roots that are seen for the first time, too.",
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
    """Scan all roots once, publish feeds, plan deliveries, and exit.

    Fails with 1 if a feed could not be written, or with --drain if a delivery died.
    """
    if dry_run and and_drain:
        raise click.UsageError("--dry-run sends nothing: leave --drain out")
    config, began = load(config_file, level="warning", sends=and_drain), time.monotonic()
    if dry_run:
        from watcher.cli.dry_run import rehearse  # noqa: PLC0415  # 50 ms that a real scan saves

        rehearse(config, announce=announce_existing, accept=accept_removals, as_json=as_json)
        return
    with open_store(config.state, places_in(config)) as store:
        with progress("scanning", partial(_count_seeds, config)) as advance:
            shown = _Shown(advance)
            result = scan_once(
                store,
                config,
                utc_now,
                announce_baseline=announce_existing,
                removals_confirmed=accept_removals,
                progress=shown.show_scanned,
                publishing=shown.show_published,
            )
        if and_drain:
            from watcher.daemon.drain import Drain  # noqa: PLC0415  # slow to load

            Drain(config, store, utc_now, until_empty=False).run()
        with store.overview() as overview:
            roots = [overview.root(str(root.path)) for root in config.watch]
        failed = and_drain and any(status.dead for status in store.outbox.statuses())
    seen = [root for root in roots if root is not None]
    _report(result, seen, elapsed=time.monotonic() - began, as_json=as_json)
    if failed or any(feed.error for feed in result.feeds):
        raise click.exceptions.Exit(1)


class _Shown:
    """Shows beside the progress bar what the scan has done so far."""

    def __init__(self, advance: Advance) -> None:
        self._advance = advance
        self._totals = ScanTotals()
        self._files = 0

    def show_scanned(self, totals: ScanTotals) -> None:
        self._totals = totals
        self._advance(totals.done, self._describe)

    def show_published(self) -> None:
        self._files += 1
        self._advance(self._totals.done, self._describe)

    def _describe(self) -> str:
        files = f", {count(self._files, 'feed file')}" if self._files else ""
        return f"seeds, {self._totals.new:,} new{files}"


def _count_seeds(config: "Config") -> int:
    """Count the files that a scan will see, without opening any."""
    count = 0
    for root in config.watch:
        with suppress(WatchError):  # the scan itself reports it
            count += sum(1 for _ in walk_root(root, unreadable=lambda _folder, _why: None))
    return count


def _report(
    result: PassResult, roots: Sequence["RootStatus"], *, elapsed: float, as_json: bool
) -> None:
    totals = result.totals
    if as_json:
        left_out = _left_out(roots)
        print_json(_summary(result, elapsed) | ({"left_out": left_out} if left_out else {}))
        return
    known = "first sight: remembered, in the feed" if totals.baseline else "known before"
    click.echo(
        f"{count(totals.seen, 'seed')} ({known}): {totals.unchanged:,} unchanged, "
        f"{totals.parsed:,} parsed, {totals.quarantined:,} in quarantine"
    )
    click.echo(f"{totals.new:,} new, {totals.updated:,} updated, {totals.removed:,} removed")
    owed = count(totals.owed, "message")
    click.echo(f"{count(result.feeds_written, 'feed')} written, {owed} owed")
    _report_left_out(roots)
    for feed in result.feeds:
        if feed.error:
            click.echo(f"seedwatch: error: feed {feed.name}: {feed.error}", err=True)


def _report_left_out(roots: Sequence["RootStatus"]) -> None:
    """Print what was left out, and why a root may have no article."""
    from watcher.status.judge import find_no_article  # noqa: PLC0415  # not for --json

    for root in roots:
        for words in root.left_out.words():
            click.echo(f"{printable(root.path)}: {printable(words)}")
        check = find_no_article(root)
        if check is not None:
            click.echo(f"{printable(check.words)}\n  → {printable(check.action)}")


def _left_out(roots: Sequence["RootStatus"]) -> dict[str, Any]:
    noted = {printable(root.path): json.loads(root.left_out.to_json()) for root in roots}
    return {path: counts for path, counts in noted.items() if counts}


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
