from datetime import UTC, datetime, timedelta, timezone

import pytest

from watcher.serve.wording import cut, day, minute, printable_path, relative

NOW = datetime(2024, 5, 6, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(0), "just now"),
        (-timedelta(seconds=4), "just now"),
        (timedelta(seconds=5), "5 seconds ago"),
        (timedelta(seconds=59.9), "59 seconds ago"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=13), "13 days ago"),
        (timedelta(days=14), "22 April 2024"),
        (-timedelta(minutes=5), "in 5 minutes"),
        (-timedelta(days=365), "6 May 2025"),
    ],
)
def test_times_are_said_from_now_on(ago: timedelta, said: str) -> None:
    assert relative(NOW - ago, NOW) == said


def test_days_and_minutes_are_in_utc() -> None:
    moment = datetime(2024, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    assert day(moment) == "31 December 2023"
    assert minute(moment) == "31 December 2023, 23:30 UTC"


def test_only_long_texts_are_cut() -> None:
    assert cut("12345", 5) == "12345"
    assert cut("123 56", 5) == "123…"


def test_bytes_that_are_no_text_are_spelled_out() -> None:
    assert printable_path("caf\udce9.md") == "caf\\xe9.md"
