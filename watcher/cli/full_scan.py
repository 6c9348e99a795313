"""A scan with all that one may need: it reads seeds, stores, publishes, and sends if asked to."""

from contextlib import suppress
from functools import partial

from watcher.cli.progress import Advance, progress
from watcher.clock import utc_now
from watcher.config.schema import Config
from watcher.errors import WatchError
from watcher.scan.once import scan_once
from watcher.scan.read_pool import ReadAhead
from watcher.scan.result import PassResult, ScanTotals
from watcher.store.store import open_store
from watcher.watch.walk import walk_root


def scan_fully(
    config: Config, *, announce: bool, accept: bool, and_drain: bool, begun: ReadAhead | None
) -> tuple[PassResult, bool]:
    """Scan, and send what is due if asked to; what was done, and whether a delivery died.

    ``begun`` are helpers that may have begun to read.
    """
    with open_store(config.state) as store:
        with progress("scanning", partial(_count_seeds, config)) as advance:
            shown = _Shown(advance)
            result = scan_once(
                store,
                config,
                utc_now,
                announce_baseline=announce,
                removals_confirmed=accept,
                progress=shown.scanned,
                publishing=shown.publishes,
                begun=begun,
            )
        if and_drain:
            from watcher.daemon.drain import Drain  # noqa: PLC0415  # slow, and seldom needed

            Drain(config, store, utc_now, until_empty=False).run()
        return result, and_drain and any(status.dead for status in store.outbox.statuses())


class _Shown:
    """What a pass has done by now, beside a bar."""

    def __init__(self, advance: Advance) -> None:
        self._advance = advance
        self._totals = ScanTotals()
        self._files = 0

    def scanned(self, totals: ScanTotals) -> None:
        self._totals = totals
        self._advance(totals.done, self._describe)

    def publishes(self) -> None:
        self._files += 1
        self._advance(self._totals.done, self._describe)

    def _describe(self) -> str:
        files = f", {self._files:,} feed files" if self._files else ""
        return f"seeds, {self._totals.new:,} new{files}"


def _count_seeds(config: Config) -> int:
    """How many files a scan will see, from a walk that opens none of them."""
    count = 0
    for root in config.watch:
        with suppress(WatchError):  # the scan itself will say so
            count += sum(1 for _ in walk_root(root, unreadable=lambda _folder, _why: None))
    return count
