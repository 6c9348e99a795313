"""Signs of life of the daemon's loops, and who finds those that hang. It stops and starts nothing.

A loop that waits for work may do so for ever; one that is at work must get on: each file, batch,
feed file or attempt is a beat. So a slow disk is no reason to worry, and a hanging one is.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass


class Pulse:
    """One loop's sign of life. It beats in the loop's own thread; any thread may look at it.

    ``longest`` is how many seconds one step of it may take by right, beyond what all may take.
    """

    __slots__ = ("at_work", "beats", "longest", "name")

    def __init__(self, name: str, *, longest: float = 0.0) -> None:
        self.name = name
        self.longest = longest
        self.beats = 0
        self.at_work = False

    def beat(self) -> None:
        """The loop is at work, and got on."""
        self.beats += 1
        self.at_work = True

    def rest(self) -> None:
        """The loop waits for work, for however long that takes to come."""
        self.at_work = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """A loop that is at work and has not got on for so many seconds."""

    name: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.name} has not got on for {self.seconds:.0f} s"


class Vigil:
    """Finds, among the pulses that it is shown again and again, those that are stuck."""

    def __init__(self, patience: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._patience = patience
        self._clock = clock
        self._seen: dict[Pulse, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def look(self, pulses: Iterable[Pulse]) -> list[Stuck]:
        """Those that have not got on for longer than they may, as far as earlier looks tell."""
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
        """How far a pulse is, and when it was first seen to be there."""
        beats, since = self._seen.get(pulse, (-1, now))
        return (beats, since) if beats == pulse.beats else (pulse.beats, now)
