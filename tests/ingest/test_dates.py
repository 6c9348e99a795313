from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.clock import format_time, parse_time
from watcher.ingest.dates import time_value
from watcher.ingest.values import BadValue

MOMENT = datetime(2022, 10, 20, 20, 36, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        MOMENT,
        datetime(2022, 10, 20, 20, 36),  # noqa: DTZ001 - naive ones are what it is about
        datetime(2022, 10, 20, 22, 36, tzinfo=timezone(timedelta(hours=2))),
        "2022-10-20T20:36:00Z",
        "2022-10-20t20:36:00z",
        " 2022-10-20 20:36\n",
        "2022-10-20 22:36:00 +0200",
        "2022-10-20 22:36:00+02:00",
        "2022-10-20 20:36:00 UTC",
        "20221020T203600Z",
        "2022-W42-4T20:36",
        "Thu, 20 Oct 2022 20:36:00 GMT",
        "Thu, 20 Oct 2022 22:36:00 +0200",
        "20 Oct 2022 15:36 EST",
        "Thu, 20 Oct 2022 20:36:00 -0000",
    ],
)
def test_a_time_becomes_aware_utc(value: object) -> None:
    time = time_value(value)
    assert time == MOMENT
    assert time is not None
    assert time.tzinfo is UTC


@pytest.mark.parametrize("value", [date(2022, 10, 20), "2022-10-20", "20221020"])
def test_a_date_is_its_midnight(value: object) -> None:
    assert time_value(value) == datetime(2022, 10, 20, tzinfo=UTC)


def test_fractions_of_a_second_are_kept() -> None:
    assert time_value("2022-10-20T20:36:00.1234567Z") == MOMENT.replace(microsecond=123456)


def test_a_time_in_the_future_is_kept() -> None:
    assert time_value("2999-01-01") == datetime(2999, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("value", ["", "  "])
def test_empty_text_is_no_time(value: str) -> None:
    assert time_value(value) is None


@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        "2022-02-30",
        "2022",
        "2022-10",
        "20 October",
        "1" * 10_000,
        20221020,
        1.5,
        True,
        ["2022-10-20"],
        {"a": 1},
        b"2022-10-20",
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-10))),
        "Thu, 32 Oct 2022 20:36:00 GMT",
        "Thu, 20 Oct 2022 20:36:00 +9999",
    ],
)
def test_what_is_no_time_is_not_taken(value: object) -> None:
    with pytest.raises(BadValue, match="not a time: write it like 2022-10-20"):
        time_value(value)


@given(st.one_of(st.text(), st.from_regex(r"\A[0-9TZ:+. -]{1,30}\Z"), st.datetimes(), st.dates()))
def test_a_time_is_utc_and_survives_the_codec_or_is_bad(value: object) -> None:
    try:
        time = time_value(value)
    except BadValue:
        return
    assert time is None or (time.tzinfo is UTC and parse_time(format_time(time)) == time)
