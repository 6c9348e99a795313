"""Puts a config's working parts together over its open store: for the daemon and for scans."""

import logging
import os
import uuid
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from tempfile import gettempdir

from watcher.clock import Clock
from watcher.config.feed_addresses import hub_url, page_url
from watcher.config.schema import Config, RootConfig
from watcher.feed.head import Site
from watcher.ingest.keys import INGEST_VERSION
from watcher.log import fields
from watcher.model.batch import BatchResult, Decided
from watcher.model.held_before import NOTHING_HELD, HeldBefore
from watcher.model.seed import Reason, Unusable
from watcher.pipeline.pipeline import Pipeline
from watcher.pipeline.reading import Readings
from watcher.pipeline.reading_marker import ReadingMarker
from watcher.publish.held_before import read_held
from watcher.publish.hubs import Hubs
from watcher.publish.publisher import Publication
from watcher.scan.read_pool import can_fork, read_apart
from watcher.scan.removals import Removal
from watcher.scan.root_scan import RootScan, ScanTotals
from watcher.store.pings import Pings
from watcher.store.store import Store, sync_endpoints
from watcher.store.windows import Windows

log = logging.getLogger(__name__)

ABANDONED = timedelta(days=7)
"""A root that no daemon on this store has scanned for so long is no longer watched."""

_EVER = datetime.max.replace(tzinfo=UTC)
_RULES = "ingest rules"
_OF_SEEDS = {"include", "exclude", "like", "site", "permalink", "timezone"}


def take_over(store: Store, config: Config, clock: Clock) -> None:
    """Become the one process that writes: lock the store, and bring its rows up to this config.

    Raises StoreLocked if another process has it. Leases of whoever held it before are void, where
    nobody else can be using the store. Seeds read under other rules will be read again; roots that
    are no longer watched are let go of, until they are again.
    """
    taken = store.database.lock()
    if taken:  # at a reload the leases are our own, and a send that is under way needs its
        store.outbox.clear_leases()
    store.roots.adopt(str(root.path) for root in config.watch)
    release_roots(store, config, clock)
    watched = {str(root.path) for root in config.watch}
    store.files.regain(watched, clock())
    if not is_read_by_rules(store, config):
        store.files.distrust(watched)
        store.upkeep.note(_rules_fact(config), _ingest_rules(config))
    sync_endpoints(store, config)
    _quarantine_what_ended_the_last_process(store, config, clock)


def _quarantine_what_ended_the_last_process(store: Store, config: Config, clock: Clock) -> None:
    """Try the seed that was being read when the last process died; quarantine it if it was why.

    A process may be killed for many reasons, so the seed is read once more, in a process apart.
    """
    with closing(open_marker(store)) as marker:
        suspect = marker.get()
        watched = {str(root.path) for root in config.watch}
        if suspect is None or suspect.root not in watched or not can_fork():
            return
        marker.clear()
        log.warning("the last process ended while it read a seed", extra=fields(path=suspect))
        pipeline = make_pipeline(store, config, clock)
        reading = read_apart(pipeline.read, suspect)
        if isinstance(reading, Unusable) and reading.problem.reason is Reason.ENDS_THE_READER:
            found = Readings(readings=(reading,), read=1, parsed=1)
            pipeline.take_in(found, baseline_since=None, patience=timedelta(0))


def open_marker(store: Store) -> ReadingMarker:
    """Where it is noted which seed is being read: beside the store, or in the state folder."""
    if store.database.is_sqlite:
        return ReadingMarker.open(Path(f"{store.database.name}.reading"))
    folder = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    name = blake2b(store.database.name.encode(), digest_size=8).hexdigest()
    where = Path(folder or gettempdir(), f"seedwatch-{os.getuid()}-{name}.reading")
    return ReadingMarker.open(where)


def release_roots(store: Store, config: Config, clock: Clock) -> None:
    """Forget the roots that are no longer watched.

    Where the store is ours alone, those are all that the config does not name. Else another daemon
    may watch them: they are let go of once none has scanned them for days. Should one that was only
    away come back after that, its first scan takes them up again, and nothing of it is news.
    """
    idle_since = _EVER if store.database.is_sqlite else clock() - ABANDONED
    watched = {str(root.path) for root in config.watch}
    store.files.release(watched, clock(), idle_since=idle_since)


def is_read_by_rules(store: Store, config: Config) -> bool:
    """True if the store was filled by this version of the program under the same reading rules."""
    return store.upkeep.fact(_rules_fact(config)) == _ingest_rules(config)


def _rules_fact(config: Config) -> str:
    """Where it is noted by which rules this node read its roots; others may have other roots."""
    return f"{_RULES} of {config.node}" if config.is_shared else _RULES


def _ingest_rules(config: Config) -> str:
    told = {"like", "site", "permalink", "timezone"}
    roots = [f"{root.path} {root.model_dump_json(include=told)}" for root in config.watch]
    fields = config.articles.model_dump_json(include={"fields", "max_topics"})
    return "\n".join([f"{INGEST_VERSION} {fields}", *roots])


def held_before(store: Store, config: Config) -> HeldBefore:
    """What feeds on disk hold, where the store knows nothing: it was lost, or is the first."""
    is_fresh = all(root.baselined_at is None for root in store.roots.uncounted())
    return read_held(config.feeds) if is_fresh else NOTHING_HELD


def make_pipeline(
    store: Store,
    config: Config,
    clock: Clock,
    *,
    announce_baseline: bool = False,
    held: HeldBefore = NOTHING_HELD,
    marker: ReadingMarker | None = None,
    on_batch: Callable[[BatchResult], None] = lambda _: None,
    on_seed: Callable[[], None] = lambda: None,
    on_decided: Callable[[Decided], None] | None = None,
) -> Pipeline:
    return Pipeline(
        config=config,
        files=store.files,
        ledger=store.ledger,
        clock=clock,
        marker=marker,
        announce_baseline=announce_baseline,
        held=held,
        on_batch=on_batch,
        on_seed=on_seed,
        on_decided=on_decided,
    )


def scan_starter(
    store: Store,
    config: Config,
    clock: Clock,
    pipeline: Pipeline,
    *,
    patience: timedelta,
    trouble: Callable[[str], str | None] = lambda _: None,
) -> Callable[[RootConfig, ScanTotals], RootScan]:
    """Return a function that starts a pass over a root and fills the totals as it runs."""

    def begin(root: RootConfig, totals: ScanTotals) -> RootScan:
        return RootScan(
            root,
            totals,
            status=store.roots.see(str(root.path), clock()),
            rules=_root_rules(root, config),
            files=store.files,
            roots=store.roots,
            pipeline=pipeline,
            clock=clock,
            patience=patience,
            trouble=trouble,
        )

    return begin


def _root_rules(root: RootConfig, config: Config) -> str:
    """Stands for all that decides which files of a root are seeds, and what they say."""
    own = root.model_dump(include=_OF_SEEDS)
    return blake2b(repr((own, _ingest_rules(config))).encode(), digest_size=8).hexdigest()


def make_removal(store: Store, config: Config, clock: Clock, pipeline: Pipeline) -> Removal:
    return Removal(
        files=store.files,
        roots=store.roots,
        pipeline=pipeline,
        clock=clock,
        grace=config.articles.removal_grace,
    )


def make_publication(
    store: Store, config: Config, clock: Clock, *, on_owed: Callable[[], None] = lambda: None
) -> Publication:
    """The feeds of a config; ``on_owed`` is called when something is owed to a hub."""
    known_since = (root.first_seen_at for root in store.roots.uncounted())
    return Publication(
        feeds=config.feeds,
        windows=Windows(store.database),
        upkeep=store.upkeep,
        hubs=Hubs(
            Pings(store.database), clock=clock, new_id=lambda: uuid.uuid4().hex, on_owed=on_owed
        ),
        clock=clock,
        since=min(known_since, default=datetime.fromtimestamp(0, UTC)),
        site=site_of(config),
    )


def site_of(config: Config) -> Site:
    """What the config's feeds say of the site that they come from."""
    page, is_public = page_url(config), config.http.public_url is not None
    return Site(
        title=config.http.title,
        public_url=page if is_public else None,
        local_url=None if is_public else page,
        hub_url=hub_url(config),
    )
