"""Joins the endpoints, the outbox and the timetable: who is drained, and when."""

import random
import uuid
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from watcher.clock import Clock
from watcher.config.schema import Config
from watcher.liveness import Pulse
from watcher.model.delivery import Attempt
from watcher.notify.deliver import Deliverer
from watcher.notify.workers import Workers
from watcher.store.lease_owner import name_owner
from watcher.store.store import Store

REPLAN_EVERY = timedelta(seconds=30)

Hear = Callable[[str, Attempt], None]


class Timer(Protocol):
    """What delivery needs of the timetable."""

    def at(self, name: str, moment: datetime, call: Callable[[], object]) -> None: ...

    def every(self, name: str, interval: timedelta, call: Callable[[], object]) -> None: ...


def make_deliverer(
    config: Config,
    store: Store,
    clock: Clock,
    *,
    hear: Hear = lambda *_: None,
    on_alert: Callable[[], None] = lambda: None,
) -> Deliverer:
    """The deliverer of a config; ``hear`` is told of every attempt."""
    return Deliverer(
        config.all_endpoints,
        store.outbox,
        clock=clock,
        owner=name_owner(uuid.uuid4().hex[:8]),
        new_id=lambda: uuid.uuid4().hex,
        random=random.random,
        allow_private=config.egress.allow_private,
        feed_url=next((feed.url for feed in config.feeds if feed.url), None),
        on_attempt=hear,
        alert_endpoint=config.alert_endpoint,
        on_alert=on_alert,
    )


class Delivery:
    """Wakes each endpoint's worker when something falls due for it.

    Where the config has none, nothing that would send is loaded.
    """

    def __init__(
        self, config: Config, store: Store, clock: Clock, timer: Timer, hear: Hear
    ) -> None:
        longest = max((e.timeout.total_seconds() for e in config.all_endpoints), default=0.0)
        self._by_name = {
            endpoint.name: Pulse(f"endpoint {endpoint.name}", longest=longest)
            for endpoint in config.all_endpoints
        }

        self._alert_endpoint = config.alert_endpoint
        self._outbox = store.outbox
        self._clock = clock
        self._timer = timer
        self._hear = hear
        self._workers = self._make_workers(config, store) if self._by_name else None

    def _make_workers(self, config: Config, store: Store) -> Workers:
        def heard(name: str, attempt: Attempt) -> None:
            self._by_name[name].beat()
            self._hear(name, attempt)

        deliverer = make_deliverer(
            config, store, self._clock, hear=heard, on_alert=self._wake_alerted
        )
        return Workers(deliverer, self._by_name, on_drained=lambda _: self.plan())

    @property
    def pulses(self) -> Collection[Pulse]:
        """The workers' signs of life."""
        return self._by_name.values()

    def start(self) -> None:
        if self._workers is None:
            return
        self._workers.start()
        self.plan()
        self._timer.every("plan deliveries", REPLAN_EVERY, self.plan)

    def stop(self, timeout: float) -> bool:
        """Start no further attempt; whether those under way ended within ``timeout`` seconds."""
        return self._workers is None or self._workers.stop(timeout)

    def _wake_alerted(self) -> None:
        if self._alert_endpoint is not None:
            self._wake(self._alert_endpoint)

    def _wake(self, name: str) -> None:
        if self._workers is not None:
            self._workers.wake(name)

    def note_others(self) -> None:
        """Another process wrote to the store: plan anew, in a thread of the timetable's."""
        self._timer.at("plan deliveries at once", self._clock(), self.plan)

    def plan(self) -> None:
        """Wake who is due; put who will be due on the timetable."""
        now = self._clock()
        due = self._outbox.next_due(alerts_to=self._alert_endpoint)
        for name, due_at in due.items():
            if due_at <= now:
                self._wake(name)
            else:
                self._timer.at(f"drain {name}", due_at, partial(self._wake, name))
