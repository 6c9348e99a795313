"""Heartbeats of the daemon's loops, and the watch that finds those that hang. It restarts nothing.

A loop may wait for work for ever; one that is at work must make progress: each file, batch,
feed file or attempt is a beat. So a slow disk is no problem, and a hanging one is.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass


class Pulse:
    """The heartbeat of one loop. It beats in the loop's own thread; any thread may read it.

    ``longest`` is how many seconds one step may take in addition to what every loop may take.
    """

    __slots__ = ("at_work", "beats", "longest", "name")

    def __init__(self, name: str, *, longest: float = 0.0) -> None:
        self.name = name
        self.longest = longest
        self.beats = 0
        self.at_work = False

    def beat(self) -> None:
        """The loop is at work, and made progress."""
        self.beats += 1
        self.at_work = True

    def rest(self) -> None:
        """The loop waits for work, which may take for ever."""
        self.at_work = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """A loop that is at work and has made no progress for so many seconds."""

    name: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.name} has not got on for {self.seconds:.0f} s"


class Vigil:
    """Finds the stuck pulses among those that it is given again and again."""

    def __init__(self, patience: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._patience = patience
        self._clock = clock
        self._seen: dict[Pulse, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def look(self, pulses: Iterable[Pulse]) -> list[Stuck]:
        """Return those without progress for longer than they may be, judged by earlier looks."""
        now = self._clock()
        with self._lock:
            seen = {pulse: self._last(pulse, now) for pulse in pulses if pulse.at_work}
            self._seen = seen
        return [
            Stuck(name=pulse.name, seconds=now - since)
            for pulse, (_, since) in seen.items()
            if now - since > self._patience + pulse.longest
        ]

    def _last(self, pulse: Pulse, now: float) -> tuple[int, float]:
        """The count of a pulse, and when that count was first seen."""
        beats, since = self._seen.get(pulse, (-1, now))
        return (beats, since) if beats == pulse.beats else (pulse.beats, now)
