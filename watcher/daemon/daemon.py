"""The daemon: runs parts for one config after another, until a signal says otherwise.

A reload keeps the store with its lock, and the listening socket, if the new config still names
them. So no other process can grab them in between, and clients that connect meanwhile wait instead
of being refused.
"""

import gc
import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from watcher.clock import Clock, utc_now
from watcher.config.schema import Config
from watcher.daemon.crash_loop import note_start, note_stop
from watcher.daemon.membership import Membership
from watcher.daemon.services import Parts
from watcher.daemon.systemd import Systemd
from watcher.daemon.watchdog import Heartbeat
from watcher.errors import SeedwatchError, StoreError
from watcher.liveness import Pulse
from watcher.log import fields
from watcher.model.wording import count
from watcher.scan.wiring import take_over
from watcher.serve.metrics import Meters
from watcher.status.facts import note_refusal, probe_store
from watcher.store.store import Store, places_in

log = logging.getLogger(__name__)

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1)
LONGEST_RELOAD = 900.0
"""Seconds: enough to watch all folders anew and to migrate a store."""
STORE_BACK_SECONDS = 5.0
"""How often a postponed reload checks if the store answers again."""


@dataclass(slots=True)
class Ground:
    """The store and the socket that a config's parts use; a reload leaves them open."""

    config: Config
    store: Store
    listener: socket.socket | None
    membership: Membership

    @classmethod
    def open(cls, config: Config, clock: Clock) -> "Ground":
        """Open the store, take it over, and open the socket.

        Closes both if it raises SeedwatchError.
        """
        store, membership = Store.open(config.state, places_in(config)), Membership(clock)
        try:
            # First: if another process has the store, that is the better error.
            _take_over(store, config, clock, membership)
            return cls(config, store, _listen(config), membership)
        except SeedwatchError:
            membership.leave()
            store.close()
            raise

    def require_store(self, config: Config) -> None:
        """Raise StoreError if the store that a config names cannot be written to now."""
        if config.state == self.config.state:
            probe_store(self.store)
        else:
            Store.open(config.state, places_in(config)).close()

    def move(self, config: Config, clock: Clock) -> None:
        """Switch to what another config names. Raises SeedwatchError; then nothing has changed."""
        store = self.store
        if config.state != self.config.state:
            store = Store.open(config.state, places_in(config))
        try:
            _take_over(store, config, clock, self.membership)
            self._move_listener(config)
        except SeedwatchError:
            if store is not self.store:
                store.close()
            raise
        if store is not self.store:
            self.store.close()
        self.config, self.store = config, store

    def stay(self, clock: Clock) -> None:
        """Keep running with the present config after :meth:`move` raised. Raises SeedwatchError."""
        _take_over(self.store, self.config, clock, self.membership)

    def close(self) -> None:
        self.membership.leave()
        if self.listener is not None:
            self.listener.close()
        self.store.close()

    def _move_listener(self, config: Config) -> None:
        if config.http.listen == self.config.http.listen:
            return
        if self.listener is not None:
            self.listener.close()  # first: 0.0.0.0 and 127.0.0.1 cannot both have the port
        try:
            self.listener = _listen(config)
        except SeedwatchError:
            self.listener = _listen(self.config)
            raise


def _take_over(store: Store, config: Config, clock: Clock, membership: Membership) -> None:
    store.database.places.follow(places_in(config))
    if config.is_shared:  # first, so that no other node switches off what this config names
        membership.join(store, config)
        take_over(store, config, clock)
    else:  # only once we know that it is ours
        take_over(store, config, clock)
        membership.join(store, config)


def _listen(config: Config) -> socket.socket | None:
    if config.http.listen == "off":
        return None
    from watcher.serve.server import listen  # noqa: PLC0415  # slow to load, and large

    return listen(config.http.listen)


class Daemon:
    """Runs parts until a signal stops it; ``load`` reads the config again for each reload.

    Signals are blocked in every thread and waited for in the main one, so no handler ever
    interrupts anything.
    """

    def __init__(
        self,
        load: Callable[[], Config],
        *,
        clock: Clock = utc_now,
        on_ready: Callable[[Config], None] = lambda _: None,
    ) -> None:
        self._load = load
        self._on_ready = on_ready  # called once, when the first config's parts are running
        self._clock = clock
        self._systemd = Systemd()
        self._meters = Meters()
        self._pulse = Pulse("reload", longest=LONGEST_RELOAD)
        self._parts: Parts | None = None
        self._heartbeat = Heartbeat(self._systemd, self._pulses)
        self._summary = ""
        self._put_off = False

    def run(self) -> None:
        """Run until SIGTERM or SIGINT. A second one ends the process at once."""
        config = self._load()
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        ground = Ground.open(config, self._clock)
        try:
            note_refusal(ground.store, None)
            self._note_start(ground)
            ground.membership.start()
            self._heartbeat.start()
            while (loaded := self._run_parts(ground)) is not None:
                self._move(ground, loaded)
            with suppress(StoreError):
                note_stop(ground.store, socket.gethostname())
        finally:
            self._heartbeat.stop()
            ground.close()
        log.info("stopped")

    def _note_start(self, ground: Ground) -> None:
        has_alerts = ground.config.alert_endpoint is not None
        note_start(ground.store, socket.gethostname(), self._clock(), has_alerts=has_alerts)

    def _run_parts(self, ground: Ground) -> Config | None:
        """Run one config's parts. Returns the config to run next, or None to stop."""
        self._pulse.beat()
        parts = self._make_parts(ground)
        self._parts = parts
        ground.membership.partitions = lambda: parts.partitions
        try:
            parts.start()
            gc.collect()
            gc.freeze()  # the config and its parts last: looking through 20,000 endpoints takes 1 s
            self._say_ready(ground, parts)
            while True:
                self._pulse.rest()
                received = self._next_signal(ground)
                self._pulse.beat()
                if received == signal.SIGUSR1:
                    parts.intake.request_rescans("signal")
                elif received != signal.SIGHUP:
                    self._prepare_to_stop(received)
                    return None
                elif loaded := self._reload(ground, parts):
                    parts.stop_sending()  # all else keeps working while it waits for endpoints
                    return loaded
        finally:
            parts.stop()
            self._parts = None
            gc.unfreeze()

    def _next_signal(self, ground: Ground) -> int:
        """Return the next signal. A postponed reload counts as one once the store answers."""
        while self._put_off:
            found = signal.sigtimedwait(SIGNALS, STORE_BACK_SECONDS)
            if found is not None:
                return found.si_signo
            with suppress(StoreError):
                ground.require_store(ground.config)
                return signal.SIGHUP
        return signal.sigwait(SIGNALS)

    def _make_parts(self, ground: Ground) -> Parts:
        return Parts(
            ground.config,
            ground.store,
            self._clock,
            listener=ground.listener,
            meters=self._meters,
            summary=self._summarise,
            stuck=self._heartbeat.stuck,
        )

    def _pulses(self) -> Iterator[Pulse]:
        yield self._pulse
        if (parts := self._parts) is not None:
            yield from parts.pulses()

    # ------------------------------------------------------------ what the manager hears

    def _summarise(self, summary: str) -> None:
        if summary != self._summary:
            self._summary = summary
            self._systemd.status(summary)

    def _say_ready(self, ground: Ground, parts: Parts) -> None:
        config = ground.config
        roots, endpoints = len(config.watch), len(config.endpoints)
        self._summary = f"Watching {count(roots, 'root')} for {count(endpoints, 'endpoint')}"
        self._systemd.ready(self._summary)
        parts.summarise()
        log.info(
            "started",
            extra=fields(
                roots=", ".join(str(root.path) for root in config.watch),
                feeds=len(config.feeds),
                endpoints=len(config.endpoints),
                pid=os.getpid(),
            ),
        )
        self._on_ready(config)
        self._on_ready = lambda _: None

    def _prepare_to_stop(self, received: int) -> None:
        log.info("stopping", extra=fields(signal=signal.Signals(received).name))
        self._systemd.stopping()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGINT))

    # ------------------------------------------------------------ reloads

    def _reload(self, ground: Ground, parts: Parts) -> Config | None:
        """Return the new config, or None to keep the old one because the new one cannot be used."""
        self._systemd.reloading(time.monotonic_ns() // 1000)
        self._put_off = False
        try:
            config = self._load()
            ground.require_store(config)
        except StoreError as error:
            self._put_off = config.state == ground.config.state
            self._refuse(ground, error)
            self._systemd.ready("Config not reloaded: its store does not answer; the old one stays")
        except SeedwatchError as error:
            self._refuse(ground, error)
            self._systemd.ready("Config not reloaded: it has mistakes; the old one stays")
        else:
            return config
        parts.summarise()
        return None

    def _move(self, ground: Ground, config: Config) -> None:
        """Switch to a new config if its store and address are available; else keep the old one."""
        try:
            ground.move(config, self._clock)
        except SeedwatchError as error:
            ground.stay(self._clock)
            self._refuse(ground, error)
            return
        note_refusal(ground.store, None)
        self._meters.reloaded(applied=True)
        log.info("config reloaded")

    def _refuse(self, ground: Ground, error: SeedwatchError) -> None:
        again = {"action": "reloaded once the store answers"} if self._put_off else {}
        log.error("config not reloaded", extra=fields(why=error, **again))
        self._meters.reloaded(applied=False)
        try:
            note_refusal(ground.store, str(error))
        except StoreError as trouble:
            log.warning("refusal not noted", extra=fields(why=trouble))
