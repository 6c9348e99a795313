"""Keeps people from getting many messages in a row: a burst seldom is there all at once.

What it knows it forgets with the process. It waits for nothing itself.
"""

from collections import deque
from datetime import datetime, timedelta

CALM = timedelta(minutes=1)
"""What comes within it after a message for people is better told together, at its end."""


class Pace:
    """What one endpoint was told in the last minute, and of more than ``limit`` what follows."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._told: deque[tuple[datetime, int]] = deque()

    def note(self, at: datetime, changes: int) -> None:
        """A message with so many changes arrived."""
        self._told.append((at, changes))

    def resume_at(self, now: datetime, due: int) -> datetime:
        """``now``; or, where that makes too many within a minute, a minute after the last one.

        By then all that the burst has brought can be one digest.
        """
        while self._told and not self._told[0][0] <= now < self._told[0][0] + CALM:
            self._told.popleft()  # also if the clock was set back
        told = sum(changes for _, changes in self._told)
        return self._told[-1][0] + CALM if told and told + due > self._limit else now
