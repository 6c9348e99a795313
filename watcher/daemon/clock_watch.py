"""Notices when the wall clock is set back: whatever waits for a time would otherwise wait twice.

It changes no clock, and does not affect what waits by the monotonic one.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

TOLERANCE = timedelta(seconds=1)
"""A smaller difference between two checks is slewing or measurement, not a step."""


class ClockWatch:
    """Compares ``clock`` with the monotonic one; ``on_set_back`` is called with the difference."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        on_set_back: Callable[[timedelta], None],
        *,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._on_set_back = on_set_back
        self._steady = steady
        self._zero = self._steady_zero()

    def check(self) -> None:
        """Call this every few seconds. If ``on_set_back`` raises, it is called again next time."""
        zero = self._steady_zero()
        back = self._zero - zero
        if back > TOLERANCE:
            self._on_set_back(back)
        self._zero = zero

    def _steady_zero(self) -> datetime:
        """Return what the wall clock would have shown when the monotonic one was at zero."""
        return self._clock() - timedelta(seconds=self._steady())
