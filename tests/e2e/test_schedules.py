"""Schedules and quiet hours when clocks change, and due times that were slept through.

The whole way: seeds, routing, the store, and the deliverer, with a clock that the test drives.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.support.receiver import Receiver
from tests.support.simulated import Simulated
from watcher.store.store import open_store

BERLIN = ZoneInfo("Europe/Berlin")
AHEAD = datetime(2024, 3, 31, tzinfo=BERLIN)
"""That night, 02:00 to 03:00 does not exist."""
BACK = datetime(2024, 10, 27, tzinfo=BERLIN)
"""That night, 02:00 to 03:00 happens twice."""


@pytest.fixture
def place(tmp_path: Path, database_url: str, receiver: Receiver) -> "Place":
    return Place(tmp_path / "simulated", database_url, receiver)


class Place:
    """Makes simulations with one endpoint in Berlin."""

    def __init__(self, folder: Path, state: str, receiver: Receiver) -> None:
        self._folder = folder
        self._state = state
        self._receiver = receiver

    def simulate(self, start: datetime, **keys: Any) -> Simulated:
        hook = {"type": "webhook", "url": self._receiver.url, "timezone": "Europe/Berlin"} | keys
        return Simulated(self._folder, self._state, start.astimezone(UTC), hook=hook)


def sent_at(simulated: Simulated) -> list[str]:
    """When messages were made, in local time with its offset."""
    times = (each.created_at.astimezone(BERLIN) for each in simulated.deliveries("hook"))
    return [f"{time:%d %H:%M %z}" for time in times]


def hours_of(simulated: Simulated, hours: int) -> Iterator[int]:
    """Each of the next hours, in real time; an article comes at its half."""
    for hour in range(hours):
        simulated.advance(minutes=30)
        simulated.arrive()
        simulated.advance(minutes=30)
        yield hour


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (AHEAD, ["30 02:30 +0100", "31 03:00 +0200", "01 02:30 +0200"]),
        (BACK, ["26 02:30 +0200", "27 02:30 +0200", "28 02:30 +0100"]),
    ],
)
def test_a_daily_time_is_kept_once_each_night(
    place: Place, day: datetime, expected: list[str]
) -> None:
    simulated = place.simulate(day - timedelta(days=1), schedule="30 2 * * *")
    with open_store(simulated.config.state) as store:
        simulated.open(store)
        assert len(list(hours_of(simulated, 55))) == 55
        assert sent_at(simulated) == expected
        left = store.outbox.statuses()[0].owed
        assert sum(count for _, count in simulated.states("hook")) + left == 55


@pytest.mark.parametrize(("day", "nights"), [(AHEAD, 8), (BACK, 10)])
def test_quiet_hours_end_when_the_clock_on_the_wall_says_so(
    place: Place, day: datetime, nights: int
) -> None:
    evening = day - timedelta(hours=2)
    simulated = place.simulate(evening, quiet_hours="22:00-07:00")
    with open_store(simulated.config.state) as store:
        simulated.open(store)
        list(hours_of(simulated, 12))
        morning = sent_at(simulated)
        offset = day.replace(hour=12).strftime("%z")
        assert morning[0] == f"{day:%d} 07:00 {offset}"
        assert simulated.states("hook")[0][1] == nights


def test_what_fell_due_while_nobody_was_there_is_sent_once_when_somebody_is(place: Place) -> None:
    monday = datetime(2024, 5, 6, 8, 0, tzinfo=BERLIN)
    simulated = place.simulate(monday, schedule="0 9 * * *")
    with open_store(simulated.config.state) as store:
        simulated.open(store)
        simulated.arrive(2)
        simulated.clock.advance(days=2, hours=4)  # over three due times, and nobody drains
        simulated.restart()
        simulated.advance(minutes=1)
        assert sent_at(simulated) == ["08 12:00 +0200"]
        assert simulated.states("hook")[0][1] == 2
        simulated.advance(days=1)
        assert len(sent_at(simulated)) == 1
        simulated.arrive()
        simulated.advance(days=1)
        assert sent_at(simulated)[1:] == ["10 09:00 +0200"]
