"""One pass over all roots: what ``scan`` does, and what tests drive with a clock of their own."""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta

from watcher.clock import Clock
from watcher.config.schema import Config
from watcher.model.kinds import RootState
from watcher.publish.feed_file import PublishedFeed
from watcher.rest import describe_rest
from watcher.scan.read_pool import ReadAhead
from watcher.scan.result import PassResult, ScanTotals
from watcher.scan.root_scan import BATCH, Rescan
from watcher.scan.wiring import make_pipeline, make_publication, make_removal, take_over
from watcher.store.store import Store

PATIENCE = timedelta(seconds=2)


def scan_once(
    store: Store,
    config: Config,
    clock: Clock,
    *,
    announce_baseline: bool = False,
    removals_confirmed: bool = False,
    progress: Callable[[ScanTotals], None] = lambda _: None,
    publishing: Callable[[], None] = lambda: None,
    pause: Callable[[float], None] = time.sleep,
    begun: ReadAhead | None = None,
) -> PassResult:
    """Take in every root once, let graces run out, publish feeds, owe pings. Raises StoreLocked.

    Seeds that look half-written and are younger than two seconds are waited for, once.
    ``publishing`` is called for each feed file; ``begun`` are helpers that may have begun to read.
    """
    take_over(store, config, clock)
    totals = ScanTotals()
    pipeline = make_pipeline(store, config, clock, announce_baseline=announce_baseline)
    removal = make_removal(store, config, clock, pipeline)

    def show_progress() -> tuple[()]:
        progress(totals)
        return ()

    rescan = Rescan(
        files=store.files,
        roots=store.roots,
        pipeline=pipeline,
        clock=clock,
        between=show_progress,
        begun=begun,
    )
    for root in config.watch:
        rescan.scan(root, totals, patience=PATIENCE)
    waiting, totals.incomplete = totals.incomplete, []
    if waiting:
        pause(PATIENCE.total_seconds())
        for start in range(0, len(waiting), BATCH):
            totals.add(pipeline.process(waiting[start : start + BATCH]))
    for root in config.watch:
        for result in removal.expire(root, confirmed=removals_confirmed):
            totals.add(result)
    if store.database.is_sqlite:
        store.upkeep.begin_rest()
    feeds = make_publication(store, config, clock).publish(publishing)
    if store.database.is_sqlite and _nothing_is_left(store, config):
        _note_rest(store, config, feeds)
    return PassResult(totals=totals, feeds=feeds)


def _nothing_is_left(store: Store, config: Config) -> bool:
    """Whether all roots stand well, and nothing is missing of which the grace may run out."""
    standing = {root.path: root for root in store.roots.uncounted()}
    return all(
        standing[path].state is RootState.OK
        and standing[path].baselined_at is not None
        and not store.files.missing(path)
        for path in (str(root.path) for root in config.watch)
    )


def _note_rest(store: Store, config: Config, feeds: Sequence[PublishedFeed]) -> None:
    devices = {str(root.path): store.roots.device(str(root.path)) for root in config.watch}
    note = describe_rest(config, feeds, devices)
    if note is not None:
        store.upkeep.note_rest(note)
