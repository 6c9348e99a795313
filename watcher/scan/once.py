"""One pass over all roots: what ``scan`` does, and what tests drive with a clock of their own."""

import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

from watcher.clock import Clock
from watcher.config.schema import Config
from watcher.pipeline.pipeline import Pipeline
from watcher.scan.root_scan import BATCH, PassResult, ScanTotals
from watcher.scan.wiring import (
    held_before,
    make_pipeline,
    make_publication,
    make_removal,
    open_marker,
    scan_starter,
    take_over,
)
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
) -> PassResult:
    """Take in every root once, let graces run out, publish feeds, owe pings. Raises StoreLocked.

    Seeds that look half-written and are younger than two seconds are waited for, once.
    ``publishing`` is called for each feed file.
    """
    take_over(store, config, clock)
    with closing(open_marker(store)) as marker:
        pipeline = make_pipeline(
            store,
            config,
            clock,
            announce_baseline=announce_baseline,
            held=held_before(store, config),
            marker=marker,
        )
        totals = take_in_roots(
            store,
            config,
            clock,
            pipeline,
            removals_confirmed=removals_confirmed,
            pause=pause,
            progress=progress,
        )
    feeds = make_publication(store, config, clock).publish(publishing)
    return PassResult(totals=totals, feeds=feeds)


def take_in_roots(
    store: Store,
    config: Config,
    clock: Clock,
    pipeline: Pipeline,
    *,
    removals_confirmed: bool,
    pause: Callable[[float], None] | None,
    progress: Callable[[ScanTotals], None] = lambda _: None,
) -> ScanTotals:
    """Take in every root once, and let graces run out.

    ``pause`` waits for half-written seeds; if it is None, they are taken as they are.
    """
    totals = ScanTotals()
    patience = PATIENCE if pause else timedelta(0)
    begin = scan_starter(store, config, clock, pipeline, patience=patience)
    for root in config.watch:
        for _ in begin(root, totals).steps():
            progress(totals)
    waiting, totals.incomplete = totals.incomplete, {}
    if waiting and pause:
        pause(PATIENCE.total_seconds())
        for since in set(waiting.values()):
            paths = [at for at, moment in waiting.items() if moment == since]
            for start in range(0, len(paths), BATCH):
                batch = paths[start : start + BATCH]
                totals.add(pipeline.process(batch, baseline_since=since))
    removal = make_removal(store, config, clock, pipeline)
    for root in config.watch:
        for result in removal.expire(root, confirmed=removals_confirmed):
            totals.add(result)
    return totals
