"""When each endpoint has something to do, now or later. Thread-safe.

It knows nothing of what there is to do.
"""

import heapq
import itertools
import threading
from collections.abc import Iterable
from datetime import datetime


class Agenda:
    """For each name the earliest time it was called for, until that is taken."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heap: list[tuple[datetime, int, str]] = []
        self._earliest: dict[str, datetime] = {}
        self._numbers = itertools.count()

    def call(self, calls: Iterable[tuple[str, datetime]]) -> None:
        """Call these names at these times; those that were called for earlier are left so."""
        with self._lock:
            for name, at in calls:
                known = self._earliest.get(name)
                if known is None or at < known:
                    self._earliest[name] = at
                    heapq.heappush(self._heap, (at, next(self._numbers), name))

    def take(self, now: datetime) -> list[str]:
        """The names whose time has come, in the order of their times."""
        taken = []
        with self._lock:
            while self._heap and self._heap[0][0] <= now:
                at, _, name = heapq.heappop(self._heap)
                if self._earliest.get(name) == at:
                    del self._earliest[name]
                    taken.append(name)
        return taken

    def clear(self) -> list[str]:
        """Forget all times. Returns the names that were called."""
        with self._lock:
            names = list(self._earliest)
            self._earliest.clear()
            self._heap.clear()
        return names

    @property
    def next_at(self) -> datetime | None:
        """The earliest time that anybody is called for."""
        with self._lock:
            while self._heap and self._earliest.get(self._heap[0][2]) != self._heap[0][0]:
                heapq.heappop(self._heap)
            return self._heap[0][0] if self._heap else None
