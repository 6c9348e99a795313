"""Feeds systemd's watchdog as long as each of the daemon's loops makes progress.

A loop that hangs is named in the log, with where it hangs; systemd then restarts the daemon.
"""

import logging
import sys
import threading
import traceback
from collections.abc import Callable, Iterable

from watcher.daemon.systemd import Systemd
from watcher.liveness import Pulse, Stuck, Vigil
from watcher.log import fields

log = logging.getLogger(__name__)

PATIENCE = 180.0
"""Seconds that reading a file, storing a batch or writing a feed may take on a slow disk."""

BEATS = 4
"""How often the watchdog is fed within the time that systemd allows."""


class Heartbeat:
    """A thread that checks all ``pulses`` at regular intervals."""

    def __init__(self, systemd: Systemd, pulses: Callable[[], Iterable[Pulse]]) -> None:
        patience = systemd.watchdog_seconds or PATIENCE
        self._systemd = systemd
        self._pulses = pulses
        self._pause = patience / BEATS
        self._vigil = Vigil(patience)
        self._stuck: list[Stuck] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def stuck(self) -> list[Stuck]:
        """The loops that hung at the last check."""
        return self._stuck

    def _run(self) -> None:
        while not self._stopping.wait(self._pause):
            self._look()

    def _look(self) -> None:
        before = {stuck.name for stuck in self._stuck}
        self._stuck = self._vigil.look(self._pulses())
        if not self._stuck:
            self._systemd.alive()
        for stuck in self._stuck:
            if stuck.name not in before:
                log.error("stuck", extra=fields(loop=stuck, threads=_where_threads_are()))


def _where_threads_are() -> str:
    """The innermost lines of every thread but this one."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    return "; ".join(
        f"{names.get(ident, ident)}: " + " < ".join(_lines(traceback.extract_stack(frame)))
        for ident, frame in sys._current_frames().items()  # noqa: SLF001  # documented as it is
        if ident != threading.get_ident()
    )


def _lines(stack: traceback.StackSummary) -> list[str]:
    inner = list(stack)[-3:]
    return [f"{frame.name} {frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in inner]
