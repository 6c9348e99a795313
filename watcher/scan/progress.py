"""How far a long rescan is: said in the log every ten seconds, and to whoever asks.

It holds nothing up: what a root has that was never seen is counted by a walk of its own, some paths
at a time, in between.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from watcher.config.schema import RootConfig
from watcher.errors import WatchError
from watcher.log import fields
from watcher.scan.result import ScanTotals
from watcher.store.files import Files
from watcher.watch.walk import walk_root

log = logging.getLogger(__name__)

PATIENCE = 2.0
"""Seconds after which a rescan is a long one."""
SAY_EVERY = 10.0
COUNT_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Headway:
    """How far the rescan of a root is: ``done`` files of ``total``, as far as that is known."""

    root: str
    done: int
    total: int | None
    per_second: float

    @property
    def left(self) -> timedelta | None:
        """How long it will take, if it goes on as it does."""
        if self.total is None or not self.per_second:
            return None
        return timedelta(seconds=round(max(0, self.total - self.done) / self.per_second))

    def __str__(self) -> str:
        total = "" if self.total is None else f" of {self.total:,}"
        left = "" if self.left is None else f", {self.left} left"
        return f"{self.done:,}{total} files, {self.per_second:,.0f}/s{left}"


class Course:
    """Follows one rescan after another, for the thread that scans; any may ask how far it is.

    ``hear`` is told whenever there is something new to say.
    """

    def __init__(
        self,
        files: Files,
        *,
        hear: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._files = files
        self._hear = hear
        self._clock = clock
        self._leg: _Leg | None = None

    def begin(self, root: RootConfig, totals: ScanTotals, *, is_first: bool) -> None:
        """A root is about to be scanned, ``is_first`` if never before; ``totals`` will tell."""
        self._leg = _Leg(root, totals, is_first=is_first, now=self._clock())

    def step(self) -> None:
        """The rescan got on, a little."""
        leg, now = self._leg, self._clock()
        if leg is None or now < leg.began_at + PATIENCE:
            return
        leg.count(self._files)
        if now >= leg.says_at:
            _log(leg.headway(now))
            leg.mark(now)
            self._hear()

    def end(self) -> None:
        self._leg = None

    def now(self) -> Headway | None:
        """How far it is, if one is under way that takes long."""
        leg, now = self._leg, self._clock()
        return None if leg is None or now < leg.began_at + PATIENCE else leg.headway(now)


class _Leg:
    """One rescan of one root.

    Its rate is that of the last ten to twenty seconds: a scan that goes on where an earlier one was
    cut off begins with what is known, at another speed.
    """

    def __init__(self, root: RootConfig, totals: ScanTotals, *, is_first: bool, now: float) -> None:
        self.began_at = now
        self.says_at = now + SAY_EVERY
        self._root = root
        self._totals = totals
        self._is_first = is_first
        self._marks = ((now, 0), (now, 0))
        self._count: Iterator[int] | None = None
        self._total: int | None = None

    def count(self, files: Files) -> None:
        """Find out, step by step, how many files there are."""
        if self._count is None:
            path = str(self._root.path)
            known = () if self._is_first else (files.counts(path).present,)
            self._count = iter(known or _count(self._root))
        if self._total is None:
            self._total = next(self._count, 0) or None

    def mark(self, now: float) -> None:
        self.says_at = now + SAY_EVERY
        self._marks = (self._marks[1], (now, self._totals.done))

    def headway(self, now: float) -> Headway:
        (since, before), _ = self._marks
        done, total = self._totals.done, self._total
        return Headway(
            root=str(self._root.path),
            done=done,
            total=None if total is None else max(total, self._totals.seen),
            per_second=(done - before) / max(now - since, 0.001),
        )


def _count(root: RootConfig) -> Iterator[int]:
    """How many files there are: 0 after each stretch but the last, and then their number."""
    count = 0
    with suppress(WatchError):  # the scan itself will say so
        walk = walk_root(root, unreadable=lambda _path, _why: None)
        while some := sum(1 for _ in islice(walk, COUNT_AT_ONCE)):
            count += some
            yield 0
        yield count


def _log(headway: Headway) -> None:
    log.info(
        "rescan goes on",
        extra=fields(
            root=headway.root,
            files=headway.done,
            of="unknown" if headway.total is None else headway.total,
            per_second=f"{headway.per_second:.0f}",
            left="unknown" if headway.left is None else headway.left,
        ),
    )
