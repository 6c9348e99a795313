"""Runs the rescans that were requested. Roots take turns, one step at a time."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from time import monotonic

from watcher.config.schema import RootConfig
from watcher.log import fields
from watcher.model.seed import SeedPath
from watcher.scan.progress import ScanProgress
from watcher.scan.root_scan import RootScan, ScanTotals
from watcher.status.overflow import Overflow

log = logging.getLogger(__name__)

_QUIET = ("schedule", "polling")
"""Rescans for these reasons are not logged if they found nothing."""

BeginScan = Callable[[RootConfig, ScanTotals], RootScan]


@dataclass(frozen=True, slots=True, kw_only=True)
class RescanDone:
    """A finished rescan."""

    root: RootConfig
    reason: str
    totals: ScanTotals
    seconds: float


@dataclass(slots=True)
class _Running:
    scan: RootScan
    reason: str
    began: float
    steps: Iterator[None]


class Rescans:
    """Any thread may request a rescan; one thread runs them.

    ``progress`` and ``overflow`` follow them; ``on_done`` is called at the end of each.
    """

    def __init__(
        self,
        roots: Collection[RootConfig],
        begin: BeginScan,
        *,
        progress: ScanProgress,
        overflow: Overflow,
        on_done: Callable[[RescanDone], None],
    ) -> None:
        self._roots = {str(root.path): root for root in roots}
        self._begin = begin
        self._progress = progress
        self._overflow = overflow
        self._on_done = on_done
        self._requests: dict[str, str] = {}
        self._lock = threading.Lock()
        self._running = deque[_Running]()

    def request(self, root: str, reason: str) -> None:
        """Request a rescan. Several requests before it starts count as one."""
        with self._lock:
            self._requests.setdefault(root, reason)

    def request_all(self, reason: str) -> None:
        for root in self._roots:
            self.request(root, reason)

    @property
    def is_busy(self) -> bool:
        """True if there is a step to take."""
        return bool(self._running or self._requests)

    def note_taken(self, paths: Collection[SeedPath]) -> None:
        """Note that these paths were stored between two steps."""
        for running in self._running:
            running.scan.note_taken(paths)

    def step(self) -> RescanDone | None:
        """Take the next root's step. Returns the rescan if that was its last one."""
        self._begin_requested()
        if not self._running:
            return None
        running = self._running.popleft()
        path = str(running.scan.root.path)
        self._progress.step(path)
        try:
            next(running.steps)
        except StopIteration:
            self._progress.end(path)
            self._overflow.scanned(path)
            return self._finish(running)
        except BaseException:
            self._progress.end(path)
            raise
        self._running.append(running)
        return None

    def abandon(self) -> None:
        """Give up all running rescans: a later one finds what they missed."""
        while self._running:
            running = self._running.pop()
            running.steps.close()  # type: ignore[attr-defined]  # it is a generator
            self._progress.end(str(running.scan.root.path))

    def _begin_requested(self) -> None:
        """Start the requested rescans, but only one of a root at a time."""
        busy = {str(running.scan.root.path) for running in self._running}
        with self._lock:
            wanted = {root: why for root, why in self._requests.items() if root not in busy}
            self._requests = {r: why for r, why in self._requests.items() if r in busy}
        for path, reason in wanted.items():
            root, totals = self._roots[path], ScanTotals()
            scan = self._begin(root, totals)
            self._progress.begin(root, totals, is_first=scan.is_first)
            self._overflow.scanning(path)
            self._running.append(_Running(scan, reason, monotonic(), scan.steps()))

    def _finish(self, running: _Running) -> RescanDone:
        done = RescanDone(
            root=running.scan.root,
            reason=running.reason,
            totals=running.scan.totals,
            seconds=monotonic() - running.began,
        )
        self._on_done(done)
        quiet = done.reason in _QUIET and not done.totals.touches_feeds
        log.log(
            logging.DEBUG if quiet else logging.INFO,
            "rescan done",
            extra=fields(
                root=done.root.path,
                reason=done.reason,
                seen=done.totals.seen,
                read=done.totals.read,
                new=done.totals.new,
                updated=done.totals.updated,
                baseline=done.totals.baseline,
                seconds=f"{done.seconds:.3f}",
            ),
        )
        return done
