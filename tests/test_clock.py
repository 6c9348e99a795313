"""Times go into text and come back."""

from datetime import datetime, timedelta, timezone

from watcher.clock import format_time, parse_time


def test_times_are_utc_with_z() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=2)))
    assert format_time(moment) == "2026-01-02T01:04:05Z"
    assert parse_time("2026-01-02T01:04:05Z") == moment
