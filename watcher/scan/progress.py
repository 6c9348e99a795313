"""Progress of long rescans: logged every ten seconds, and shown on request.

It never blocks a scan: the files of a new root are counted by a walk of its own, some paths at a
time, in between.
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
from watcher.scan.root_scan import ScanTotals
from watcher.store.files import Files
from watcher.watch.walk import walk_root

log = logging.getLogger(__name__)

PATIENCE = 2.0
"""Seconds after which a rescan is a long one."""
LOG_EVERY = 10.0
COUNT_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Headway:
    """How far the rescan of a root is: ``done`` of ``total`` files; None while that is unknown."""

    root: str
    done: int
    total: int | None
    per_second: float

    @property
    def left(self) -> timedelta | None:
        """How long the rest takes at the present rate; None if that is unknown."""
        if self.total is None or not self.per_second:
            return None
        return timedelta(seconds=round(max(0, self.total - self.done) / self.per_second))

    def __str__(self) -> str:
        total = "" if self.total is None else f" of {self.total:,}"
        left = "" if self.left is None else f", {self.left} left"
        files = "file" if (self.total or self.done) == 1 else "files"
        return f"{self.done:,}{total} {files}, {self.per_second:,.0f}/s{left}"


class ScanProgress:
    """Follows the rescans of several roots for the thread that runs them; any thread may ask.

    ``on_news`` is called whenever there is something new to show.
    """

    def __init__(
        self,
        files: Files,
        *,
        on_news: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._files = files
        self._on_news = on_news
        self._clock = clock
        self._legs: dict[str, _Leg] = {}

    def begin(self, root: RootConfig, totals: ScanTotals, *, is_first: bool) -> None:
        """A root is about to be scanned, for the first time if ``is_first``.

        ``totals`` will say how far that is.
        """
        self._legs[str(root.path)] = _Leg(root, totals, is_first=is_first, now=self._clock())

    def step(self, root: str) -> None:
        """The rescan of a root has got a little further."""
        leg, now = self._legs.get(root), self._clock()
        if leg is None or now < leg.began_at + PATIENCE:
            return
        leg.count(self._files)
        if now >= leg.logs_at:
            _log(leg.headway(now))
            leg.mark(now)
            self._on_news()

    def end(self, root: str) -> None:
        self._legs.pop(root, None)

    def now(self) -> Headway | None:
        """How far the longest running rescan is, if there is one that takes long."""
        now = self._clock()
        leg = min(list(self._legs.values()), key=lambda leg: leg.began_at, default=None)
        return None if leg is None or now < leg.began_at + PATIENCE else leg.headway(now)


class _Leg:
    """One rescan of one root.

    Its rate is that of the last ten to twenty seconds: a scan that continues where an earlier one
    was cut off begins with what is known, at another speed.
    """

    def __init__(self, root: RootConfig, totals: ScanTotals, *, is_first: bool, now: float) -> None:
        self.began_at = now
        self.logs_at = now + LOG_EVERY
        self._root = root
        self._totals = totals
        self._is_first = is_first
        self._marks = ((now, 0), (now, 0))
        self._count: Iterator[int] | None = None
        self._total: int | None = None

    def count(self, files: Files) -> None:
        """Find out, step by step, how many files there are."""
        if self._count is None:
            known = () if self._is_first else (files.counts(str(self._root.path)).present,)
            self._count = iter(known or _count(self._root))
        if self._total is None:
            self._total = next(self._count, 0) or None

    def mark(self, now: float) -> None:
        self.logs_at = now + LOG_EVERY
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
    """Yield 0 after each stretch of files, and at the end how many there are."""
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
