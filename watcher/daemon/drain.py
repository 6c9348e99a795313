"""Sends what is due in the foreground, for the command ``drain``.

It ends by itself, or when it is stopped; either way it gives its leases back.
"""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

from watcher.clock import Clock
from watcher.config.schema import Config
from watcher.daemon.delivery import make_deliverer
from watcher.model.delivery import Attempt, Outcome
from watcher.notify.workers import Workers
from watcher.store.store import Store

TICK = 0.05
STOP_SECONDS = 35.0
"""An attempt may take 30 s by default, and is recorded afterwards."""

SHORT_WAIT = timedelta(seconds=2)
"""What is due within this time, given its endpoint's rate, is sent in the same run."""

ASK_EVERY = 1.0
"""Seconds between queries of the store while nothing is being sent."""


class Drain:
    """One run over all endpoints of a config. ``sent`` counts the messages that arrived.

    It sends once all that is due; with ``until_empty`` it continues, at retries and due times,
    until nothing is left that can be sent: all is sent, dead or held, or its endpoint is disabled.
    """

    def __init__(self, config: Config, store: Store, clock: Clock, *, until_empty: bool) -> None:
        self.sent = 0
        self._clock = clock
        self._until_empty = until_empty
        self._asked_at = 0.0
        self._deliverer = make_deliverer(
            config, store, clock, on_attempt=self._count, retries=until_empty
        )
        self._lock = threading.Lock()

    def run(
        self, *, timeout: float | None = None, between: Callable[[], None] = lambda: None
    ) -> bool:
        """Send; start no new attempt after ``timeout`` seconds. Returns False if that cut it short.

        ``between`` is called repeatedly meanwhile.
        """
        ends_at = None if timeout is None else time.monotonic() + timeout
        workers = Workers(self._deliverer)
        self._deliverer.plan()
        workers.start()
        try:
            while not self._is_done():
                if ends_at is not None and time.monotonic() >= ends_at:
                    return False
                _raise_first(workers.error, workers.fault)
                time.sleep(TICK)
                between()
            _raise_first(workers.fault)
            return True
        finally:
            while not workers.stop(TICK):
                between()

    def _is_done(self) -> bool:
        if not self._deliverer.is_idle:
            return False
        next_at = self._deliverer.next_at
        if next_at is None:
            return not self._until_empty or not self._is_anything_waiting()
        return not self._until_empty and next_at - self._clock() > SHORT_WAIT

    def _is_anything_waiting(self) -> bool:
        """Ask the store, now and then, so that what other processes add is sent, too."""
        if time.monotonic() < self._asked_at + ASK_EVERY:
            return True
        self._asked_at = time.monotonic()
        self._deliverer.plan()
        return not self._deliverer.is_idle

    def _count(self, endpoint: str, attempt: Attempt) -> None:
        del endpoint
        with self._lock:
            self.sent += attempt.outcome is Outcome.SENT


def _raise_first(*errors: Exception | None) -> None:
    """Raise the first error, if any: somebody is waiting at a terminal to see it."""
    for error in errors:
        if error is not None:
            raise error
