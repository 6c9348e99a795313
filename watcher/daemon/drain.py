"""Sends what is due in the foreground, all endpoints side by side: what ``drain`` does.

It ends by itself, or when it is told to; leases are given back either way.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta

from watcher.clock import Clock
from watcher.config.schema import Config
from watcher.daemon.delivery import make_deliverer
from watcher.model.delivery import Attempt, Outcome
from watcher.store.store import Store

TICK = 0.2
LONGEST_NAP = timedelta(seconds=5)


class Drain:
    """One run over all endpoints of a config. ``sent`` counts the messages that arrived.

    Once over all that is due; with ``until_empty`` again and again, at retries and due times, until
    nothing is left that can be sent: all is sent, dead or held, or its endpoint is disabled.
    """

    def __init__(self, config: Config, store: Store, clock: Clock, *, until_empty: bool) -> None:
        self.sent = 0
        self._config = config
        self._outbox = store.outbox
        self._clock = clock
        self._until_empty = until_empty
        self._deliverer = make_deliverer(config, store, clock, hear=self._count)
        self._stop = threading.Event()
        self._lock = threading.Lock()

    def run(
        self, *, timeout: float | None = None, between: Callable[[], None] = lambda: None
    ) -> bool:
        """Send; no new attempt after ``timeout`` seconds. False if that stopped it before its end.

        ``between`` is called again and again meanwhile.
        """
        ends_at = None if timeout is None else time.monotonic() + timeout
        names = [endpoint.name for endpoint in self._config.all_endpoints]
        last = [name for name in names if name == self._config.alert_endpoint]
        with ThreadPoolExecutor(max(1, len(names)), thread_name_prefix="drain") as pool:
            try:
                for part in (names, last):  # the others may have given it something to tell
                    futures = {pool.submit(self._drain, name) for name in part}
                    self._attend(futures, ends_at, between)
                return not self._stop.is_set()
            finally:
                self._stop.set()

    def _attend(
        self, futures: set[Future[None]], ends_at: float | None, between: Callable[[], None]
    ) -> None:
        waiting = futures
        while waiting:
            waiting = wait(waiting, timeout=TICK).not_done
            if ends_at is not None and time.monotonic() >= ends_at:
                self._stop.set()
            between()
        for future in futures:
            future.result()

    def _drain(self, name: str) -> None:
        while not self._stop.is_set():
            self._deliverer.drain(name, stop=self._stop)
            due = self._outbox.next_due(alerts_to=self._config.alert_endpoint)
            if name not in due or not self._until_empty:
                return
            nap = min(due[name] - self._clock(), LONGEST_NAP)
            self._stop.wait(max(nap.total_seconds(), TICK))

    def _count(self, endpoint: str, attempt: Attempt) -> None:
        del endpoint
        with self._lock:
            self.sent += attempt.outcome is Outcome.SENT
