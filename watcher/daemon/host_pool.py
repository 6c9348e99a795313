"""Threads for calls that wait for strangers' hosts. One that hangs costs a thread, nobody's time.

Few calls run at once, as more would only compete for the interpreter; one that has waited for
longer than :data:`SLOW` does not count among them, so it keeps no other from its turn. The same
holds for one host. What waits for a host that only hangs is put off, not kept.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

log = logging.getLogger(__name__)

SLOW = 0.05
"""Seconds that most answers take at most."""

MOST_AT_ONCE = 4
MOST_OF_ONE_HOST = 3
"""Calls at once, without those that wait for a slow answer."""

MOST_THREADS = 128
MOST_SLOW_OF_ONE_HOST = 64
HURRIED_OF_ONE_HOST = 16
"""With so many slow ones, the next calls should give up early: see :meth:`HostPool.is_hurried`."""

GIVE_WAY_SECONDS = 0.05
"""How long nothing begins while there is something more urgent; and then not for twice as long."""

ALIVE_SECONDS = 5.0
"""A host that answered within these does not only hang."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """``put_off`` is called instead of ``run`` if the host only hangs."""

    host: str
    run: Callable[[], None]
    put_off: Callable[[], None]


class HostPool:
    """Runs calls, those of each host in their order. ``name`` is for its threads."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._pickable = threading.Condition(self._lock)
        self._waits = threading.Condition(self._lock)
        self._waiting: dict[str, deque[Call]] = {}
        self._running: dict[int, tuple[str, float]] = {}
        self._answered: dict[str, float] = {}
        self._threads = 0
        self._resumes_at = 0.0
        self._is_stopped = False
        self._watcher = threading.Thread(target=self._watch, name=f"{name}-pool", daemon=True)

    def start(self) -> None:
        self._watcher.start()

    def stop(self) -> None:
        """Begin no further call. What waits is dropped."""
        with self._lock:
            self._is_stopped = True
            self._waiting.clear()
            self._pickable.notify_all()
            self._waits.notify_all()

    def submit(self, call: Call) -> None:
        """Run it in a thread when it is its host's turn."""
        with self._lock:
            if self._is_stopped:
                return
            self._waiting.setdefault(call.host, deque()).append(call)
            if self._threads < MOST_AT_ONCE:
                self._add()
            self._pickable.notify()
            self._waits.notify()

    def give_way(self) -> None:
        """Begin nothing for a moment: something else needs the interpreter. For any thread."""
        now = time.monotonic()
        if now > self._resumes_at + 2 * GIVE_WAY_SECONDS:
            self._resumes_at = now + GIVE_WAY_SECONDS

    @property
    def is_busy(self) -> bool:
        """True if a call is running."""
        return bool(self._running)

    def is_hurried(self, host: str) -> bool:
        """True if so many calls to this host, or of all, hang that the next should be short."""
        with self._lock:
            return (
                self._count(host) >= HURRIED_OF_ONE_HOST or len(self._running) >= MOST_THREADS // 2
            )

    def _work(self) -> None:
        me = threading.get_ident()
        while (call := self._next(me)) is not None:
            try:
                call.run()
            except Exception:
                log.exception("call failed")

    def _next(self, me: int) -> Call | None:
        """Wait for the next call, and begin it; None once the pool is stopped."""
        with self._lock:
            if me in self._running:
                self._end(me)
            while not self._is_stopped:
                call = self._pick()
                if call is not None:
                    self._running[me] = call.host, time.monotonic()
                    return call
                self._pickable.wait()
            return None

    def _end(self, me: int) -> None:
        host, since = self._running.pop(me)
        now = time.monotonic()
        if host in self._waiting and now - since < SLOW:
            self._answered[host] = now
        self._pickable.notify()  # its host may have its next turn

    def _pick(self) -> Call | None:
        """The first call that may run now; its host's next turn is after all others'."""
        quick = self._quick()
        if len(quick) >= MOST_AT_ONCE or time.monotonic() < self._resumes_at:
            return None
        for host, calls in self._waiting.items():
            if quick.count(host) < MOST_OF_ONE_HOST and self._count(host) < MOST_SLOW_OF_ONE_HOST:
                del self._waiting[host]
                call = calls.popleft()
                if calls:
                    self._waiting[host] = calls
                return call
        return None

    def _quick(self) -> list[str]:
        """The hosts of the calls that run and are not slow yet."""
        begun_after = time.monotonic() - SLOW
        return [host for host, since in self._running.values() if since > begun_after]

    def _count(self, host: str) -> int:
        return sum(running == host for running, _ in self._running.values())

    def _watch(self) -> None:
        """While calls wait for a turn, look which ones are slow, and give their turn to others."""
        while True:
            with self._lock:
                self._waits.wait_for(lambda: self._waiting or self._is_stopped)
                if self._is_stopped:
                    return
                put_off = self._take_hopeless()
                slow = len(self._running) - len(self._quick())
                while self._threads < min(MOST_AT_ONCE + slow, MOST_THREADS):
                    self._add()
                self._pickable.notify(MOST_AT_ONCE)
            for call in put_off:
                call.put_off()
            time.sleep(SLOW)

    def _take_hopeless(self) -> list[Call]:
        """Take what waits for hosts that only hang, as many times as may be."""
        alive_after = time.monotonic() - ALIVE_SECONDS
        self._answered = {host: at for host, at in self._answered.items() if at > alive_after}
        hosts = [
            host
            for host in self._waiting
            if host not in self._answered and self._count(host) >= MOST_SLOW_OF_ONE_HOST
        ]
        return [call for host in hosts for call in self._waiting.pop(host)]

    def _add(self) -> None:
        self._threads += 1
        name = f"{self._name}-{self._threads}"
        threading.Thread(target=self._work, name=name, daemon=True).start()
