"""Wait until dirty paths are quiet, then hand them out as one batch. Touches no file.

The clock is an argument; it must be monotonic, in seconds.
"""

import math
import time
from collections.abc import Callable
from itertools import islice
from threading import Condition, Lock
from typing import NamedTuple

from watcher.model.seed import SeedPath

LONGEST = 10.0


class Taken(NamedTuple):
    """What was ready, and which of it its writers have closed."""

    paths: list[SeedPath]
    closed: frozenset[SeedPath]


class Settler:
    """A set of dirty paths, each ready at once or when it has been quiet; for any threads.

    A path that is never quiet is ready ``longest`` seconds after its first mark. One that is
    ready stays so: whoever takes it reads what is there then.
    """

    def __init__(
        self, *, longest: float = LONGEST, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._longest = longest
        self._clock = clock
        self._changed = Condition(Lock())
        self._ready: dict[str, dict[SeedPath, bool]] = {}  # by root; True if the path was closed
        self._waiting: dict[SeedPath, tuple[float, float]] = {}  # when it is due, and at the latest
        self._next_due = math.inf  # no waiting path is due before this
        self._woken = False

    def __len__(self) -> int:
        with self._changed:
            return sum(map(len, self._ready.values())) + len(self._waiting)

    def mark(self, at: SeedPath, *, complete: bool, settle: float) -> None:
        """``at`` is dirty: ready now if ``complete``, else after ``settle`` quiet seconds."""
        with self._changed:
            if complete:
                self._waiting.pop(at, None)
                self._ready.setdefault(at.root, {})[at] = True
                self._changed.notify()
                return
            now = self._clock()
            _, latest = self._waiting.get(at, (0.0, now + self._longest))
            self._wait(at, min(now + settle, latest), latest)

    def retry(self, at: SeedPath, delay: float) -> None:
        """``at`` is ready again in ``delay`` seconds, or sooner if it is marked sooner."""
        with self._changed:
            due = self._clock() + delay
            known_due, latest = self._waiting.get(at, (math.inf, math.inf))
            self._wait(at, min(due, known_due), min(due, latest))

    def take(self, timeout: float | None, *, most: int | None = None) -> Taken:
        """Take the ready paths, sorted, at most ``most`` of each root.

        Blocks until there is some, :meth:`wake`, or ``timeout`` seconds are over; None waits
        without end.
        """
        with self._changed:
            now = self._clock()
            end = math.inf if timeout is None else now + timeout
            self._collect(now)
            while not self._ready and not self._woken and now < end:
                pause = min(end, self._next_due) - now
                self._changed.wait(None if pause == math.inf else pause)
                now = self._clock()
                self._collect(now)
            self._woken = False
            batch = [item for root in list(self._ready) for item in self._take_of(root, most)]
        paths = sorted((at for at, _ in batch), key=lambda at: (at.root, at.path))
        return Taken(paths, frozenset(at for at, closed in batch if closed))

    def wake(self) -> None:
        """Let the present or else the next :meth:`take` return, with or without a batch."""
        with self._changed:
            self._woken = True
            self._changed.notify()

    def _take_of(self, root: str, most: int | None) -> list[tuple[SeedPath, bool]]:
        ready = self._ready[root]
        taken = list(islice(ready.items(), most))
        for at, _ in taken:
            del ready[at]
        if not ready:
            del self._ready[root]
        return taken

    def _wait(self, at: SeedPath, due: float, latest: float) -> None:
        if at in self._ready.get(at.root, ()):
            return
        self._waiting[at] = (due, latest)
        if due < self._next_due:
            self._next_due = due
            self._changed.notify()

    def _collect(self, now: float) -> None:
        """Make due paths ready; looks at all waiting paths only if one can be due."""
        if now < self._next_due:
            return
        due = [at for at, (when, _) in self._waiting.items() if when <= now]
        for at in due:
            del self._waiting[at]
            self._ready.setdefault(at.root, {}).setdefault(at, False)
        self._next_due = min((when for when, _ in self._waiting.values()), default=math.inf)
