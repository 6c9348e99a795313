"""Notices that the wall clock was set back. What then waits for a moment would wait twice.

It changes no clock, and minds nothing that waits by the monotonic one.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

TOLERANCE = timedelta(seconds=1)
"""So much is slewed or measured between two checks, and no step."""


class ClockWatch:
    """Compares ``clock`` with the monotonic one; ``told`` hears by how much it was set back."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        told: Callable[[timedelta], None],
        *,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._told = told
        self._steady = steady
        self._zero = self._steady_zero()

    def check(self) -> None:
        """To be called every few seconds. What ``told`` raises goes on, and it is told again."""
        zero = self._steady_zero()
        back = self._zero - zero
        if back > TOLERANCE:
            self._told(back)
        self._zero = zero

    def _steady_zero(self) -> datetime:
        """What the wall clock would say when the monotonic one was at zero."""
        return self._clock() - timedelta(seconds=self._steady())
