"""Deadlines of requests, kept by one thread: a timer each would be a thread for each request.

It knows nothing of what it ends.
"""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)


class Deadline:
    """Something that is to end at a time of the monotonic clock, unless it is called off."""

    __slots__ = ("at", "end")

    def __init__(self, at: float, end: Callable[[], object]) -> None:
        self.at = at
        self.end: Callable[[], object] | None = end

    def call_off(self) -> None:
        """It ended by itself; harmless once its time has come."""
        self.end = None


class Deadlines:
    """Calls what is due; for any threads. Its own thread begins with the first deadline.

    What is called must be quick. One that was called off is forgotten when the thread next looks,
    so that to set and to call off wakes nobody while an earlier one is waited for.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._heap: list[tuple[float, int, Deadline]] = []
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None

    def set(self, seconds: float, end: Callable[[], object]) -> Deadline:
        """Have ``end`` called in so many seconds."""
        deadline = Deadline(time.monotonic() + seconds, end)
        with self._changed:
            heapq.heappush(self._heap, (deadline.at, next(self._numbers), deadline))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            elif self._heap[0][2] is deadline:
                self._changed.notify()
        return deadline

    def _run(self) -> None:
        while True:
            end = self._wait()
            try:
                end()
            except Exception:
                log.exception("deadline failed")

    def _wait(self) -> Callable[[], object]:
        """What is to be called, when it is."""
        with self._changed:
            while True:
                while self._heap and self._heap[0][2].end is None:
                    heapq.heappop(self._heap)
                remaining = self._heap[0][0] - time.monotonic() if self._heap else None
                if remaining is None or remaining > 0:
                    self._changed.wait(remaining)
                elif (end := heapq.heappop(self._heap)[2].end) is not None:
                    return end
