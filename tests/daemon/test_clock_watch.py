"""A clock that is set back is noticed; one that is slewed, or jumps ahead, is let be."""

from datetime import UTC, datetime, timedelta

import pytest

from watcher.daemon.clock_watch import ClockWatch
from watcher.errors import StoreUnavailable

START = datetime(2024, 1, 2, tzinfo=UTC)


class Clocks:
    """A wall clock and a monotonic one, and a watch on both."""

    def __init__(self) -> None:
        self.wall = START
        self.steady = 1000.0
        self.told: list[timedelta] = []
        self.watch = ClockWatch(lambda: self.wall, self._tell, steady=lambda: self.steady)
        self.fails = False

    def _tell(self, by: timedelta) -> None:
        if self.fails:
            raise StoreUnavailable("full")
        self.told.append(by)

    def advance(self, *, wall: float, steady: float) -> None:
        self.wall += timedelta(seconds=wall)
        self.steady += steady


def test_a_clock_that_goes_on_is_let_be() -> None:
    clocks = Clocks()
    for wall in (5, 4.999, 5.001, 4.5, 3605, 5):
        clocks.advance(wall=wall, steady=5)
        clocks.watch.check()
    assert clocks.told == []


def test_a_clock_that_is_set_back_is_told_once() -> None:
    clocks = Clocks()
    clocks.advance(wall=5 - 3600, steady=5)
    clocks.watch.check()
    clocks.advance(wall=5, steady=5)
    clocks.watch.check()
    assert clocks.told == [timedelta(hours=1)]


def test_what_could_not_be_told_is_told_again() -> None:
    clocks = Clocks()
    clocks.fails = True
    clocks.advance(wall=-60, steady=0)
    with pytest.raises(StoreUnavailable):
        clocks.watch.check()
    clocks.fails = False
    clocks.watch.check()
    assert clocks.told == [timedelta(minutes=1)]
