"""Connects the endpoints of a config with the outbox: sends each what is due."""

import random
import uuid
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
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
"""How often the outbox is asked about all endpoints; in between, the deliverer knows enough."""

OnAttempt = Callable[[str, Attempt], None]


class Timer(Protocol):
    """What delivery needs from the timetable."""

    def at(self, name: str, moment: datetime, call: Callable[[], object]) -> None: ...

    def every(self, name: str, interval: timedelta, call: Callable[[], object]) -> None: ...


def make_deliverer(
    config: Config,
    store: Store,
    clock: Clock,
    *,
    on_attempt: OnAttempt = lambda *_: None,
    retries: bool = True,
) -> Deliverer:
    """Make the deliverer of a config; ``on_attempt`` is called with every attempt."""
    return Deliverer(
        config.all_endpoints,
        store.outbox,
        clock=clock,
        owner=name_owner(uuid.uuid4().hex[:8]),
        new_id=lambda: uuid.uuid4().hex,
        random=random.random,
        allow_private=config.egress.allow_private,
        on_attempt=on_attempt,
        alert_endpoint=config.alert_endpoint,
        retries=retries,
    )


class Delivery:
    """Delivers while the daemon runs. Where the config has no endpoint, nothing is started."""

    def __init__(
        self, config: Config, store: Store, clock: Clock, timer: Timer, on_attempt: OnAttempt
    ) -> None:
        self._clock = clock
        self._timer = timer
        self._deliverer = make_deliverer(config, store, clock, on_attempt=on_attempt)
        self._workers = Workers(self._deliverer) if config.all_endpoints else None

    @property
    def pulses(self) -> Collection[Pulse]:
        """The pulse of the sending loop."""
        return [self._workers.pulse] if self._workers else []

    def start(self) -> None:
        if self._workers is None:
            return
        self._workers.start()
        self.plan()
        self._timer.every("plan deliveries", REPLAN_EVERY, self.plan)

    def stop(self, timeout: float) -> bool:
        """Start no further attempt.

        Returns True if those under way ended within ``timeout`` seconds.
        """
        return self._workers is None or self._workers.stop(timeout)

    def wake(self, due: Mapping[str, datetime]) -> None:
        """Note that something is owed to these endpoints, from these times on."""
        self._deliverer.wake(due)

    def plan(self) -> None:
        """Ask the outbox about all endpoints: any may be owed something."""
        if self._workers is not None:
            self._deliverer.plan()

    def follow_clock_back(self) -> None:
        """Make what waits due earlier, because the clock was set back."""
        if self._workers is not None:
            self._deliverer.follow_clock_back()

    def note_others(self) -> None:
        """Plan again, in a thread of the timetable, because another process wrote to the store."""
        self._timer.at("plan deliveries at once", self._clock(), self.plan)
