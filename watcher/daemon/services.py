"""Everything that runs for one config, from events to deliveries: built, started, stopped.

Threads: the observer's (events), the intake's (one batch after another), the publisher's (feed
files), the deliveries' (a dispatcher and its senders), the timetable's, the listener's (to what
others write), the HTTP server's. It does not handle signals or reloads.
"""

import logging
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

from watcher.clock import Clock
from watcher.config.feed_addresses import hub_url
from watcher.config.schema import Config
from watcher.daemon.clock_watch import ClockWatch
from watcher.daemon.delivery import Delivery
from watcher.daemon.intake import PATIENCE, Intake
from watcher.daemon.malloc import give_back
from watcher.daemon.publishing import Publishing
from watcher.daemon.rescans import RescanDone, Rescans
from watcher.daemon.warming import Warming
from watcher.errors import StoreError
from watcher.liveness import Pulse, Stuck
from watcher.log import fields
from watcher.model.batch import BatchResult
from watcher.model.delivery import Attempt
from watcher.model.held_before import HeldBefore
from watcher.model.seed import SeedPath
from watcher.publish.feed_file import PublishedFeed
from watcher.scan.progress import ScanProgress
from watcher.scan.wiring import (
    held_before,
    make_pipeline,
    make_publication,
    make_removal,
    open_marker,
    release_roots,
    scan_starter,
)
from watcher.schedule.timetable import Timetable
from watcher.serve.metrics import Meters
from watcher.status.facts import note_clock_step
from watcher.status.health import examine, summarise
from watcher.status.overflow import Overflow
from watcher.status.view import StoreView
from watcher.store.listener import Listener
from watcher.store.store import Store, cutoffs
from watcher.store.subscribers import Subscribers
from watcher.watch.observer import Observer
from watcher.watch.root_watch import WatchState

if TYPE_CHECKING:
    from watcher.daemon.hub import Hub
    from watcher.serve.changes import Changes
    from watcher.serve.server import Server

log = logging.getLogger(__name__)

CHECK_EVERY = timedelta(seconds=5)
SUMMARY_EVERY = timedelta(minutes=5)
"""How often it runs without being woken: daemons that share a store announce only some changes."""
HOUSEKEEPING_EVERY = timedelta(hours=24)
INTAKE_STOP_SECONDS = 20.0
SEND_STOP_SECONDS = 35.0
"""An attempt may take 30 s by default, and is recorded afterwards."""
PUBLISH_STOP_SECONDS = 10.0
HTTP_STOP_SECONDS = 3.0
WARMING_STOP_SECONDS = 5.0
LISTENER_STOP_SECONDS = 3.0


class Parts:
    """Started and stopped as one, in order.

    ``listener`` is the socket on which the HTTP server already listens; ``summary`` is called with
    one line about the state of things whenever that changes; ``stuck`` returns the loops that hang.
    """

    def __init__(
        self,
        config: Config,
        store: Store,
        clock: Clock,
        *,
        listener: socket.socket | None,
        meters: Meters,
        summary: Callable[[str], None],
        stuck: Callable[[], list[Stuck]],
    ) -> None:
        self._config = config
        self._store = store
        self._clock = clock
        self._meters = meters
        self._summary = summary
        self._timetable = Timetable()
        self._delivery = Delivery(config, store, clock, self._timetable, self._attempted)
        self._publication = make_publication(store, config, clock, on_owed=self._delivery.plan)
        self._pulse = Pulse("intake")
        self._publishing_pulse = Pulse("publisher")
        self._publishing = Publishing(
            self._publication, pulse=self._publishing_pulse, on_published=self._published
        )
        self._living = {
            name: Pulse(name, longest=2 * CHECK_EVERY.total_seconds())
            for name in ("timetable", "observer", "http")
        }
        self._news = threading.Event()
        self._progress = ScanProgress(store.files, on_news=self._news.set)
        roots = {str(root.path) for root in config.watch}
        self._overflow = Overflow(store.upkeep, clock, roots)
        self._marker = open_marker(store)
        self.intake = self._make_intake()
        self._observer = Observer(config.watch, dirty=self._mark, rescan=self._request_rescan)
        self._listener = Listener(store.database, self._note_others)
        view = StoreView(
            config=config,
            store=store,
            clock=clock,
            publication=self._publication,
            observer=self._observer,
            trouble=lambda: self.intake.last_error,
            stuck=stuck,
            headway=self._progress.now,
            cluster=lambda: self._delivery.trouble,
        )
        self._changes: Changes | None = None
        self._hub = self._make_hub()
        self._server = self._make_server(view, listener)
        if store.database.is_sqlite:  # else another daemon may be publishing here
            self._publication.clean()
        self._standing: dict[str, WatchState] = {}
        self._clock_watch = ClockWatch(clock, self._follow_clock_back)

    def _make_intake(self) -> Intake:
        store, config, clock = self._store, self._config, self._clock
        pipeline = make_pipeline(
            store,
            config,
            clock,
            held=HeldBefore(ids=held_before(store, config).ids),
            marker=self._marker,
            on_batch=self._processed,
            on_seed=self._pulse.beat,
        )
        self._warming = Warming(pipeline)
        begin = scan_starter(
            store, config, clock, pipeline, patience=PATIENCE, trouble=self._watch_trouble
        )
        rescans = Rescans(
            config.watch,
            begin,
            progress=self._progress,
            overflow=self._overflow,
            on_done=self._rescanned,
        )
        return Intake(
            config,
            roots=store.roots,
            pipeline=pipeline,
            rescans=rescans,
            removal=make_removal(store, config, clock, pipeline),
            clock=clock,
            pulse=self._pulse,
        )

    def _make_hub(self) -> "Hub | None":
        url = hub_url(self._config)
        if url is None:
            return None
        from watcher.daemon.hub import make_hub  # noqa: PLC0415  # with what serves, it is 5 MB

        return make_hub(self._config, url, self._store, self._publication, self._clock)

    def _make_server(self, view: StoreView, listener: socket.socket | None) -> "Server | None":
        http = self._config.http
        if http.listen == "off":
            return None
        from watcher.serve.app import make_app  # noqa: PLC0415
        from watcher.serve.changes import Changes  # noqa: PLC0415
        from watcher.serve.hub import HubDoor  # noqa: PLC0415
        from watcher.serve.metrics import make_registry  # noqa: PLC0415
        from watcher.serve.server import Server  # noqa: PLC0415

        self._changes = Changes(view)
        app = make_app(
            view,
            config=http,
            feeds=self._config.feeds,
            registry=make_registry(view, self._meters, clock=self._clock),
            clock=self._clock,
            changes=self._changes,
            hub=HubDoor(self._hub.ask, self._hub.topics) if self._hub else None,
        )
        return Server(
            app,
            http.listen,
            listener=listener,
            trusted_proxies=[str(network) for network in http.trusted_proxies],
            on_stop=self._changes.close,
        )

    def start(self) -> None:
        """Serve and deliver first, then watch, and only then scan, so that no event is missed."""
        if self._server is not None:
            self._server.start()
        self._timetable.start()
        self._delivery.start()
        if self._hub is not None:
            self._hub.start()
        self._listener.start()
        self._observer.start()
        self._standing = self._stand()
        self._publishing.start()
        self.intake.request_rescans("start")
        self.intake.start()
        self._warming.start()
        self._beat()
        self._timetable.every("beat", CHECK_EVERY, self._beat)
        self._timetable.every("check", CHECK_EVERY, self._check)
        self._timetable.every("clock", CHECK_EVERY, self._clock_watch.check)
        self._timetable.every("summary", CHECK_EVERY, self._summarise_news)
        self._timetable.every("full summary", SUMMARY_EVERY, self.summarise)
        self._timetable.every("removals", CHECK_EVERY, self.intake.request_removals)
        self._timetable.every("rescan", self._config.rescan, self._rescan)
        self._timetable.every("housekeeping", HOUSEKEEPING_EVERY, self._keep_house)

    def stop_sending(self) -> bool:
        """Start no further attempt.

        Returns True if those under way ended in time. The rest keeps running.
        """
        return self._delivery.stop(SEND_STOP_SECONDS)

    def stop(self) -> None:
        """Start no new work; finish or give back what is under way. Stops along the flow."""
        self._listener.stop(LISTENER_STOP_SECONDS)
        self._timetable.stop()
        for pulse in self._living.values():
            pulse.rest()
        self._observer.stop()
        self._warming.stop(WARMING_STOP_SECONDS)
        if not self.intake.stop(INTAKE_STOP_SECONDS):
            log.error("intake did not stop in time")
        else:
            self._marker.close()
        if not self._publishing.stop(PUBLISH_STOP_SECONDS):
            log.error("publisher did not stop in time")
        if not self.stop_sending():
            log.warning("sends under way are left to the next start")
        if self._server is not None:
            self._server.stop(HTTP_STOP_SECONDS)
        if self._hub is not None:
            self._hub.stop(HTTP_STOP_SECONDS)

    def pulses(self) -> Iterator[Pulse]:
        """The pulses of all loops."""
        yield self._pulse
        yield self._publishing_pulse
        yield from self._living.values()
        yield from self._delivery.pulses

    @property
    def partitions(self) -> tuple[int, ...]:
        """The partitions of endpoints that this node works on."""
        return self._delivery.partitions

    def summarise(self) -> None:
        """Report the state of things in one line."""
        try:
            said = summarise(examine(self._store, self._config, self._clock()))
            if headway := self._progress.now():
                said += f"; scanning {headway.root}: {headway}"
            self._summary(said)
        except StoreError as error:
            self._summary(f"Store in trouble: {error}")

    def _beat(self) -> None:
        """Beat for what is alive but idle. Being called at all proves that the timetable runs."""
        self._living["timetable"].beat()
        if self._observer.alive:
            self._living["observer"].beat()
        if self._server is not None and self._server.is_alive:
            self._living["http"].beat()

    def _summarise_news(self) -> None:
        if self._news.is_set():
            self._news.clear()
            self.summarise()
            self._store.database.give_back()  # it went through indexes of everything
            give_back()

    # ------------------------------------------------------------ what the stages report

    def _mark(self, at: SeedPath, complete: bool) -> None:  # called by the observer
        self._meters.marked()
        if self._hub is not None:
            self._hub.give_way()
        self.intake.mark(at, complete)

    def _request_rescan(self, root: str, reason: str) -> None:
        if reason == "overflow":
            self._meters.overflowed()
            self._overflow.happened(root)
        self.intake.request_rescan(root, reason)

    def _processed(self, result: BatchResult) -> None:
        """Wake the publisher and the deliverer, side by side, because a batch was stored."""
        self._delivery.wake(result.due)
        if self._changes is not None:
            self._changes.wake()
        self._publishing.note(result)
        self._meters.processed(result)
        if result.decisions:
            self._news.set()

    def _published(self, feeds: Sequence[PublishedFeed]) -> None:
        self._meters.published(feeds)
        if self._hub is not None and feeds:
            self._hub.wake()

    def _rescanned(self, done: RescanDone) -> None:
        self._meters.rescanned(done.seconds)
        self._publishing.recheck()
        give_back()

    def _attempted(self, endpoint: str, attempt: Attempt) -> None:
        self._meters.attempted(endpoint, attempt)
        self._news.set()

    def _note_others(self) -> None:
        """Follow what an operator's command, or another daemon, wrote to the store."""
        self._news.set()
        if self._changes is not None:
            self._changes.wake()
        self._delivery.note_others()
        if not self._store.database.is_sqlite:  # there, only this process reads seeds
            self._publishing.note_others()

    # ------------------------------------------------------------ what the timetable calls

    def _check(self) -> None:
        """Repair the watches; rescan and log each root whose state has changed."""
        self._observer.check()
        before, self._standing = self._standing, self._stand()
        for root, state in self._standing.items():
            if before.get(root) is not state:
                self.intake.request_rescan(root, f"now {state}")
                self._news.set()

    def _stand(self) -> dict[str, WatchState]:
        return {health.root: health.state for health in self._observer.health()}

    def _watch_trouble(self, root: str) -> str | None:
        found = (health for health in self._observer.health() if health.root == root)
        return next((h.detail for h in found if h.state is WatchState.DEGRADED), None)

    def _rescan(self) -> None:
        self.intake.request_rescans("schedule")

    def _follow_clock_back(self, by: timedelta) -> None:
        log.warning("clock set back", extra=fields(by=by, action="what waits is due earlier"))
        now = self._clock()
        self._store.outbox.follow_clock_back(by, now)
        note_clock_step(self._store, by, now)
        self._meters.clock_set_back()
        self._delivery.follow_clock_back()

    def _keep_house(self) -> None:
        if over := Subscribers(self._store.database).expire(self._clock()):
            log.info("subscriptions ran out", extra=fields(subscribers=over))
        release_roots(self._store, self._config, self._clock)
        pruned = self._store.upkeep.prune(cutoffs(self._config, self._clock()))
        log.info("housekeeping done", extra=fields(**asdict(pruned)))
