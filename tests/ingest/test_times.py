import json
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from watcher.clock import format_time, parse_time
from watcher.ingest.month_names import MONTHS
from watcher.ingest.times import read_time
from watcher.ingest.values import BadValue

MOMENT = datetime(2022, 10, 20, 20, 36, tzinfo=UTC)
CASES = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "cases/dates.jsonl").read_text("utf-8").splitlines()
]


def utc(value: object) -> datetime | None:
    when = read_time(value, UTC)
    return None if when is None else when.moment.astimezone(UTC)


def as_yaml(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except ValueError:
        return text


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["date"])
def test_a_date_means_one_moment_or_none(case: dict[str, Any]) -> None:
    try:
        when = read_time(as_yaml(case["date"]), UTC)
    except BadValue:
        assert case["published_at"] is None
        assert case["warning"]
        return
    assert when is not None
    assert format_time(when.moment.astimezone(UTC)) == case["published_at"]
    assert (when.warning is not None) == case["warning"]


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
        "2022-10-20T22:36:00+02:00[Europe/Berlin]",
        "2022-10-20 22:36 Europe/Berlin",
        "2022-10-20 20:36:00 UTC",
        "20221020T203600Z",
        "202210202036",
        "20221020203600",
        "2022-W42-4T20:36",
        "2022/10/20 20:36",
        "2022.10.20 20:36",
        "2022-Oct-20 20:36",
        "Thu, 20 Oct 2022 20:36:00 GMT",
        "Thu, 20 Oct 2022 22:36:00 +0200",
        "Thu, 20 Oct 22 20:36:00 GMT",
        "20 Oct 2022 15:36 EST",
        "Thu, 20 Oct 2022 20:36:00 -0000",
        "Thu Oct 20 20:36:00 2022",
        "Thu Oct 20 22:36:00 CEST 2022",
        "Thu Oct 20 2022 22:36:00 GMT+0200 (Central European Summer Time)",
        "October 20th, 2022 at 8:36 pm",
        "20th of October 2022, 8:36\u202fPM",
        "20. October 2022 20:36",
        "10/20/2022, 8:36:00 PM",
        "20.10.2022 20:36",
        "2022年10月20日 20:36",
        "2022年10月20日(木) 午後8時36分",
        "2022年10月20日 下午8:36",
        "2022년 10월 20일 오후 8:36",
        "\uff12\uff10\uff12\uff12-10-20 20:36",
        "Donnerstag, 20. Oktober 2022, 20:36 Uhr",
        "20 octobre 2022 à 20h36",
        "jueves, 20 de octubre de 2022 20:36",
        "20 октября 2022 \u0433., 20:36",
        "20 de outubro de 2022 20:36",
        "2022-10-20 \u2013 20:36",
        "2022 10 20 20:36",
        "2022-10-20 13:36:00 -0700 PDT",
        "Thursday, 20-Oct-22 20:36:00 GMT",
        1666298160,
        1666298160000,
        "1666298160",
    ],
)
def test_all_spellings_of_a_moment_are_that_moment(value: object) -> None:
    assert utc(value) == MOMENT


@pytest.mark.parametrize("value",
    [date(2022, 10, 20), "2022-10-20", "20221020", 20221020, "2022-293",
     "20. Okt. 2022", "20 oct. 2022"],
)  # fmt: skip
def test_a_date_is_its_midnight_where_the_root_is(value: object) -> None:
    assert utc(value) == datetime(2022, 10, 20, tzinfo=UTC)
    when = read_time(value, ZoneInfo("Asia/Seoul"))
    assert when is not None
    assert when.moment.astimezone(UTC) == datetime(2022, 10, 19, 15, tzinfo=UTC)
    assert when.moment.day == 20


def test_every_month_has_its_names_once() -> None:
    for name, month in MONTHS.items():
        assert utc(f"7 {name} 2022") == datetime(2022, month, 7, tzinfo=UTC)
    assert utc("2022-10-20T20Z") == datetime(2022, 10, 20, 20, tzinfo=UTC)


def test_a_time_without_a_zone_is_the_roots() -> None:
    when = read_time("2022-10-20 22:36", ZoneInfo("Europe/Berlin"))
    assert when is not None
    assert (when.moment, when.has_zone) == (MOMENT, False)


@pytest.mark.parametrize("zone", ["IST", "AST", "PT", "XYZ"])
def test_a_zone_that_nobody_can_know_is_the_roots_and_said(zone: str) -> None:
    when = read_time(f"2022-10-20 20:36 {zone}", UTC)
    assert when is not None
    assert when.moment == MOMENT
    assert when.warning is not None
    assert zone in when.warning


def test_british_summer_time_is_known_in_summer_only() -> None:
    summer, winter = read_time("2022-07-01 12:00 BST", UTC), read_time("2022-12-01 12:00 BST", UTC)
    assert summer is not None
    assert winter is not None
    assert summer.moment.utcoffset() == timedelta(hours=1)
    assert (summer.warning, winter.warning is None) == (None, False)


@pytest.mark.parametrize("value", ["1/2/2024", "01.02.2024", "1-2-2024", "12/11/2024 10:00"])
def test_a_day_and_a_month_in_either_order_are_not_guessed(value: str) -> None:
    with pytest.raises(BadValue, match="either order"):
        utc(value)


@pytest.mark.parametrize(
    "value", ["0001-01-01", "0001-01-01T00:00:00Z", "1970-01-01", 0.0, "1970-01-01T00:00:00Z"]
)
def test_the_zero_of_a_program_is_no_date(value: object) -> None:
    with pytest.raises(BadValue):
        utc(value)


def test_fractions_of_a_second_are_kept() -> None:
    assert utc("2022-10-20T20:36:00.1234567Z") == MOMENT.replace(microsecond=123456)


def test_old_and_future_times_are_kept() -> None:
    assert utc("1915-03-04") == datetime(1915, 3, 4, tzinfo=UTC)
    assert utc("2999-01-01") == datetime(2999, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("value", ["", "  "])
def test_empty_text_is_no_time(value: str) -> None:
    assert utc(value) is None


@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        "2022-02-30",
        "2022",
        "2022-10",
        "20 October",
        "October 2022",
        "20:36",
        "2022-10-20 20",
        "2022-10-20 25:00",
        "2022-10-20 24:01",
        "2022-10-20 20:60",
        "2022-10-20 13:00 am",
        "2022-10-20 20:36 and more",
        "05/15/24",
        "1" * 10_000,
        1.5,
        True,
        ["2022-10-20"],
        {"a": 1},
        b"2022-10-20",
        datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-10))),
        "Thu, 32 Oct 2022 20:36:00 GMT",
        "Thu, 20 Oct 2022 20:36:00 +9999",
    ],
)
def test_what_is_no_time_is_not_taken(value: object) -> None:
    with pytest.raises(BadValue, match="not a time: write it like 2022-10-20"):
        utc(value)


@given(st.one_of(st.text(), st.from_regex(r"\A[0-9TZ:+. -]{1,30}\Z"), st.datetimes(), st.dates()))
def test_a_time_survives_the_store_or_is_bad(value: object) -> None:
    try:
        time = utc(value)
    except BadValue:
        return
    assert time is None or parse_time(format_time(time)) == time
