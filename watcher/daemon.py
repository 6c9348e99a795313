"""The daemon: composition root of ``run``. Threads, signals, the order of starting and stopping.

Threads: the observer's (events), the intake's (one batch after another), one an endpoint, the
timetable's, the listener's (to what others write), the HTTP server's, and the main one, which waits
for signals.
"""

import logging
import os
import signal
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta

from watcher.assembly import (
    make_pipeline,
    make_publication,
    make_removal,
    release_roots,
    take_over,
)
from watcher.clock import Clock, utc_now
from watcher.clock_watch import ClockWatch
from watcher.config import Config
from watcher.delivery import Delivery
from watcher.errors import SeedwatchError
from watcher.intake import Intake
from watcher.log import fields
from watcher.opening import Store, cutoffs, open_store
from watcher.schedule import Timetable
from watcher.serve import Server, make_app, make_registry
from watcher.store import Listener
from watcher.systemd import Systemd
from watcher.view import StoreView
from watcher.watch import Observer, WatchState

log = logging.getLogger(__name__)

CHECK_EVERY = timedelta(seconds=5)
HOUSEKEEPING_EVERY = timedelta(hours=24)
STOP_SECONDS = 20.0
HTTP_STOP_SECONDS = 3.0
LISTENER_STOP_SECONDS = 3.0
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1)


class Parts:
    """All that works for one config: started and stopped as one, in order."""

    def __init__(self, config: Config, store: Store, clock: Clock) -> None:
        self._config = config
        self._store = store
        self._clock = clock
        self._timetable = Timetable()
        self._delivery = Delivery(config, store, clock, self._timetable)
        publication = make_publication(store, config, clock, owes=self._delivery.plan)
        pipeline = make_pipeline(store, config, clock, hear=publication.note)
        self.intake = Intake(
            config=config,
            files=store.files,
            roots=store.roots,
            pipeline=pipeline,
            removal=make_removal(store, config, clock, pipeline),
            publication=publication,
            clock=clock,
            owes=self._delivery.plan,
            trouble=self._watch_trouble,
        )
        self._observer = Observer(
            config.watch, dirty=self.intake.mark, rescan=self.intake.request_rescan
        )
        self._listener = Listener(store.database, self._note_others)
        view = StoreView(
            config=config,
            store=store,
            clock=clock,
            publication=publication,
            observer=self._observer,
            trouble=lambda: self.intake.last_error,
        )
        self._server = _make_server(config, view, clock)
        if store.database.is_sqlite:  # else another daemon may be publishing here
            publication.clean()
        self._standing: dict[str, WatchState] = {}
        self._clock_watch = ClockWatch(clock, self._follow_clock_back)

    def start(self) -> None:
        """Serve and deliver first, then watch, and only then scan: no event can be missed."""
        if self._server is not None:
            self._server.start()
        self._timetable.start()
        self._delivery.start()
        self._listener.start()
        self._observer.start()
        self._standing = self._stand()
        self.intake.request_rescans("start")
        self.intake.start()
        self._timetable.every("check", CHECK_EVERY, self._check)
        self._timetable.every("clock", CHECK_EVERY, self._clock_watch.check)
        self._timetable.every("removals", CHECK_EVERY, self.intake.request_removals)
        self._timetable.every("rescan", self._config.rescan, self._rescan)
        self._timetable.every("housekeeping", HOUSEKEEPING_EVERY, self._keep_house)

    def stop(self) -> None:
        """No new work; what is under way ends or is given back. Later parts feed no earlier one."""
        self._listener.stop(LISTENER_STOP_SECONDS)
        self._timetable.stop()
        self._observer.stop()
        if not self.intake.stop(STOP_SECONDS):
            log.error("intake did not stop in time")
        self._delivery.stop(STOP_SECONDS)
        if self._server is not None:
            self._server.stop(HTTP_STOP_SECONDS)

    def _note_others(self) -> None:
        """Somebody wrote to the store: a command of the operator's, or another daemon."""
        self._delivery.note_others()
        if not self._store.database.is_sqlite:  # there, only this process takes seeds in
            self.intake.note_others()

    def _check(self) -> None:
        """Mend the watch; a root that stands otherwise than before is rescanned, and says so."""
        self._observer.check()
        before, self._standing = self._standing, self._stand()
        for root, state in self._standing.items():
            if before.get(root) is not state:
                self.intake.request_rescan(root, f"now {state}")

    def _stand(self) -> dict[str, WatchState]:
        return {health.root: health.state for health in self._observer.health()}

    def _watch_trouble(self, root: str) -> str | None:
        found = (health for health in self._observer.health() if health.root == root)
        return next((h.detail for h in found if h.state is WatchState.DEGRADED), None)

    def _rescan(self) -> None:
        self.intake.request_rescans("schedule")

    def _follow_clock_back(self, by: timedelta) -> None:
        log.warning("clock set back", extra=fields(by=by, action="what waits is due earlier"))
        self._store.outbox.follow_clock_back(by, self._clock())
        self._delivery.plan()

    def _keep_house(self) -> None:
        release_roots(self._store, self._config, self._clock)
        pruned = self._store.upkeep.prune(cutoffs(self._config, self._clock()))
        log.info("housekeeping done", extra=fields(**asdict(pruned)))


def _make_server(config: Config, view: StoreView, clock: Clock) -> Server | None:
    if config.http.listen == "off":
        return None
    app = make_app(
        view, config=config.http, feeds=config.feeds, registry=make_registry(view), clock=clock
    )
    return Server(app, config.http.listen)


class Daemon:
    """Runs parts until a signal says otherwise; ``load`` reads the config, each time anew.

    Signals are blocked in every thread and waited for in the main one, so no handler ever
    interrupts anything.
    """

    def __init__(self, load: Callable[[], Config], *, clock: Clock = utc_now) -> None:
        self._load = load
        self._clock = clock
        self._systemd = Systemd()

    def run(self) -> None:
        """Run until SIGTERM or SIGINT. A second one ends the process at once."""
        config: Config | None = self._load()
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        while config is not None:
            with open_store(config) as store:
                take_over(store, config, self._clock)
                config = self._run_parts(config, store)
        log.info("stopped")

    def _run_parts(self, config: Config, store: Store) -> Config | None:
        """Run one config's parts; the config to go on with, or None to stop."""
        parts = Parts(config, store, self._clock)
        parts.start()
        self._say_ready(config)
        try:
            while (received := signal.sigwait(SIGNALS)) not in (signal.SIGTERM, signal.SIGINT):
                if received == signal.SIGUSR1:
                    parts.intake.request_rescans("signal")
                elif reloaded := self._reload():
                    return reloaded
            self._prepare_to_stop(received)
            return None
        finally:
            parts.stop()

    def _say_ready(self, config: Config) -> None:
        roots, endpoints = len(config.watch), len(config.endpoints)
        self._systemd.ready(f"Watching {roots} roots for {endpoints} endpoints")
        log.info(
            "started",
            extra=fields(
                roots=", ".join(str(root.path) for root in config.watch),
                feeds=len(config.feeds),
                endpoints=endpoints,
                pid=os.getpid(),
            ),
        )

    def _prepare_to_stop(self, received: int) -> None:
        log.info("stopping", extra=fields(signal=signal.Signals(received).name))
        self._systemd.stopping()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGINT))

    def _reload(self) -> Config | None:
        """The new config, or None if it cannot be used: then the old one goes on."""
        self._systemd.reloading(time.monotonic_ns() // 1000)
        try:
            reloaded = self._load()
        except SeedwatchError as error:
            log.error("config not reloaded", extra=fields(why=error))  # noqa: TRY400
            self._systemd.ready("Config not reloaded: it is bad; the old one goes on")
            return None
        log.info("config reloaded")
        return reloaded
