"""Keep all roots watched: notice what went wrong, repair it, report the state of each root.

It finds no seeds itself: events become hints in a backend's thread, and whatever events may have
missed becomes a request to rescan. :meth:`Observer.check` is to be called every few seconds.
"""

import logging
import sys
import threading
import time
from collections.abc import Callable, Sequence

from watcher.config.schema import RootConfig
from watcher.log import fields
from watcher.watch.backend import Backend, Dirty, Hints, MakeBackend, Rescan
from watcher.watch.root_watch import RootHealth, StandingRoot

if sys.platform == "linux":
    from watcher.watch.inotify import InotifyBackend as PlatformBackend
else:
    from watcher.watch.fallback import PlainBackend as PlatformBackend

log = logging.getLogger(__name__)


class Observer:
    """Watches ``roots`` from :meth:`start` to :meth:`stop`, once; a new one is made to start anew.

    ``dirty(seed_path, complete)`` and ``rescan(root, reason)`` are called from the backend's thread
    and from :meth:`check`; they must return soon. What they raise is logged, and made good by a
    rescan. After :meth:`start` the caller scans all roots: first watch, then scan.
    """

    def __init__(
        self,
        roots: Sequence[RootConfig],
        *,
        dirty: Dirty,
        rescan: Rescan,
        clock: Callable[[], float] = time.monotonic,
        make_backend: MakeBackend = PlatformBackend,
    ) -> None:
        self._rescan = rescan
        self._make_backend = make_backend
        self._roots = tuple(
            StandingRoot(Hints(root, dirty=dirty, rescan=rescan), clock=clock) for root in roots
        )
        self._backend: Backend | None = None
        self._lock = threading.Lock()
        self._started = False
        self._stopping = threading.Event()
        self._missed_event = threading.Event()

    @property
    def alive(self) -> bool:
        """True if it was started, not stopped, and all its threads run.

        A root that cannot be watched at all is a matter of :meth:`health`.
        """
        backend = self._backend
        running = self._started and not self._stopping.is_set()
        return running and (backend is None or backend.alive)

    def start(self) -> None:
        """Watch all roots. Never raises for one that cannot be: see :meth:`health`."""
        with self._lock:
            self._started = True
            for root in self._roots:
                root.arm(self._get_backend)

    def stop(self) -> None:
        """End all watching and join the threads, within seconds. A second call does nothing."""
        self._stopping.set()
        with self._lock:
            backend, self._backend = self._backend, None
        if backend is not None:
            backend.shut()

    def check(self) -> None:
        """Replace a dead backend, watch roots that came back, request the rescans needed."""
        with self._lock:
            running = self._started and not self._stopping.is_set()
            reasons = self._find_reasons() if running else []
        for root, reason in reasons:
            self._rescan(root, reason)

    def health(self) -> tuple[RootHealth, ...]:
        """The state of each root now, in the order of the config."""
        return tuple(root.health() for root in self._roots)

    def _find_reasons(self) -> list[tuple[str, str]]:
        """Return each root that has to be rescanned, with the reason."""
        self._drop_dead_backend()
        missed = self._missed_event.is_set()
        self._missed_event.clear()
        reasons = []
        for root in self._roots:
            reason = root.check(self._get_backend)
            if missed and reason is None:
                reason = "an event could not be handled"
            if reason is not None:
                reasons.append((root.path, reason))
        return reasons

    def _get_backend(self) -> Backend:
        if self._backend is None:
            self._backend = self._make_backend(
                stopping=self._stopping, failed=self._missed_event.set
            )
        return self._backend

    def _drop_dead_backend(self) -> None:
        """With the backend all its watches are lost, so each root is armed again at its check."""
        if self._backend is not None and not self._backend.alive:
            log.warning("observer died", extra=fields(action="it is replaced"))
            self._backend.shut()
            self._backend = None
