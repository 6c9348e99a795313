"""Joins the endpoints, the outbox and the timetable: who is drained, and when."""

import logging
import random
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from watcher.clock import Clock
from watcher.config import Config
from watcher.log import fields
from watcher.model import Attempt, Outcome
from watcher.notify import Deliverer, Workers, send_alert
from watcher.opening import Store
from watcher.owner import name_owner

log = logging.getLogger(__name__)

REPLAN_EVERY = timedelta(seconds=30)
LONGEST_NAP = timedelta(seconds=5)

Hear = Callable[[str, Attempt], None]


class Timer(Protocol):
    """What delivery needs of the timetable."""

    def at(self, name: str, moment: datetime, call: Callable[[], object]) -> None: ...

    def every(self, name: str, interval: timedelta, call: Callable[[], object]) -> None: ...


def make_deliverer(config: Config, store: Store, clock: Clock, hear: Hear) -> Deliverer:
    """The deliverer of a config; ``hear`` is told of every attempt."""

    def alert(endpoint: str, words: str) -> None:
        _alert(config, clock, endpoint, words)

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
        alert=alert,
    )


class Delivery:
    """Wakes each endpoint's worker when something falls due for it."""

    def __init__(
        self, config: Config, store: Store, clock: Clock, timer: Timer, hear: Hear
    ) -> None:
        names = [endpoint.name for endpoint in config.all_endpoints]
        deliverer = make_deliverer(config, store, clock, hear)
        self._outbox = store.outbox
        self._clock = clock
        self._timer = timer
        self._workers = Workers(deliverer, names, on_drained=lambda _: self.plan())

    def start(self) -> None:
        self._workers.start()
        self.plan()
        self._timer.every("plan deliveries", REPLAN_EVERY, self.plan)

    def stop(self, timeout: float) -> bool:
        """Start no further attempt; whether those under way ended within ``timeout`` seconds."""
        return self._workers.stop(timeout)

    def note_others(self) -> None:
        """Another process wrote to the store: plan anew, in a thread of the timetable's."""
        self._timer.at("plan deliveries at once", self._clock(), self.plan)

    def plan(self) -> None:
        """Wake who is due; put who will be due on the timetable."""
        now = self._clock()
        for name, due_at in self._outbox.next_due().items():
            if due_at <= now:
                self._workers.wake(name)
            else:
                self._timer.at(f"drain {name}", due_at, partial(self._workers.wake, name))


def drain_all(
    store: Store,
    config: Config,
    clock: Clock,
    *,
    until_empty: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Send what is due, all endpoints side by side; how many messages arrived.

    ``until_empty`` waits for retries and due times until nothing is left that can be sent;
    ``progress`` is told how many have arrived so far, from the threads that send them.
    """
    arrived: list[str] = []

    def hear(endpoint: str, attempt: Attempt) -> None:
        if attempt.outcome is Outcome.SENT:
            arrived.append(endpoint)
            progress(len(arrived))

    deliverer = make_deliverer(config, store, clock, hear)
    never = threading.Event()
    names = [endpoint.name for endpoint in config.all_endpoints]
    with ThreadPoolExecutor(max(1, len(names)), thread_name_prefix="drain") as pool:
        while True:
            list(pool.map(lambda name: deliverer.drain(name, stop=never), names))
            due = store.outbox.next_due()
            if not until_empty or not due:
                return len(arrived)
            wait = min(min(due.values()) - clock(), LONGEST_NAP)
            never.wait(max(wait.total_seconds(), 0.2))


def _alert(config: Config, clock: Clock, endpoint: str, words: str) -> None:
    """Tell the one who is to be told that something waits for a person."""
    if config.alert_endpoint in (None, endpoint):
        return
    target = config.endpoint(str(config.alert_endpoint))
    result = send_alert(
        target,
        words,
        now=clock(),
        delivery=f"msg_{uuid.uuid4().hex}",
        allow_private=config.egress.allow_private,
    )
    if result.outcome is not Outcome.SENT:
        log.error("alert not sent", extra=fields(endpoint=target.name, why=result.error))
