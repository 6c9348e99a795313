import contextlib
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.config.loading import PATIENT
from watcher.config.timing import (
    LONGEST_DURATION,
    QuietHours,
    Schedule,
    format_duration,
    parse_duration,
    uneven_steps,
)

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    BERLIN,
    ZoneInfo("UTC"),
    ZoneInfo("America/New_York"),
    ZoneInfo("Australia/Lord_Howe"),  # its clock jumps by half an hour
    ZoneInfo("America/Sao_Paulo"),  # it used to jump at midnight
    ZoneInfo("Asia/Kathmandu"),  # +05:45
    ZoneInfo("Pacific/Apia"),  # it once left out a whole day
]
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=29 * 365)).map(
    lambda since: datetime(2008, 1, 1, tzinfo=UTC) + since
)
CLOCKS = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))


def berlin(text: str, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# ---------------------------------------------------------------- durations


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("200ms", 0.2),
        ("30s", 30),
        ("1.5s", 1.5),
        ("15m", 900),
        ("1h30m", 5400),
        ("3d", 259_200),
        ("2w", 1_209_600),
        ("0", 0),
        ("0s", 0),
        (" 5m ", 300),
        (0, 0),
        ("36525d", 36_525 * 86_400),
    ],
)
def test_durations_as_people_write_them(text: object, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        5,
        "5 m",
        "m",
        "-5m",
        "1e3s",
        "5M",
        "five minutes",
        "1h-30m",
        "\N{ARABIC-INDIC DIGIT FIVE}m",
        True,
        None,
        ["5m"],
    ],
)
def test_what_is_no_duration_is_told_the_forms(text: object) -> None:
    with pytest.raises(ValueError, match="is not a duration: write it like 200ms, 30s, 15m"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["36526d", "9999999999999w", "9" * 400 + "s"])
def test_a_duration_beyond_all_dates_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="the longest is a century"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0"),
        (0.2, "200ms"),
        (60, "1m"),
        (5400, "90m"),
        (86_400, "1d"),
        (604_800, "1w"),
        (3600.5, "3600500ms"),
        (0.000_001, "0.001ms"),
    ],
)
def test_durations_are_written_in_the_largest_unit_that_divides_them(
    seconds: float, text: str
) -> None:
    assert format_duration(timedelta(seconds=seconds)) == text


@PATIENT
@given(st.timedeltas(timedelta(0), LONGEST_DURATION))
def test_a_written_duration_reads_as_the_same(duration: timedelta) -> None:
    assert parse_duration(format_duration(duration)) == duration


@PATIENT
@given(st.text())
def test_any_text_is_a_duration_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert parse_duration(text) >= timedelta(0)


# ---------------------------------------------------------------- schedules


def test_immediately_is_at_once() -> None:
    moment = utc("2024-05-01T12:34:56.789")
    assert Schedule.parse("immediately").due_after(moment, BERLIN) == moment


@pytest.mark.parametrize(
    ("moment", "due"),
    [
        ("2024-05-01T12:00:00", "2024-05-01T12:15:00"),
        ("2024-05-01T12:00:01", "2024-05-01T12:15:00"),
        ("2024-05-01T12:14:59.999999", "2024-05-01T12:15:00"),
    ],
)
def test_every_falls_on_a_grid_that_all_workers_share(moment: str, due: str) -> None:
    assert Schedule.parse("every 15m").due_after(utc(moment), BERLIN) == utc(due)


def test_every_needs_at_least_a_second() -> None:
    with pytest.raises(ValueError, match="cannot be shorter than 1s"):
        Schedule.parse("every 500ms")


def test_cron_is_in_local_time() -> None:
    schedule = Schedule.parse("0 9 * * mon-fri")
    friday = berlin("2024-05-03T09:00:01")
    assert schedule.due_after(friday, BERLIN) == utc("2024-05-06T07:00:00")


def test_cron_at_its_own_time_is_the_next_one() -> None:
    schedule = Schedule.parse("0 9 * * *")
    nine = berlin("2024-05-03T09:00:00")
    assert schedule.due_after(nine, BERLIN) == nine + timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "moment", "due"),
    [
        # 31 March 2024: 02:00 to 03:00 does not exist in Berlin.
        ("30 2 * * *", "2024-03-31T01:00:00", "2024-03-31T01:00:00+00:00"),
        ("30 2 * * *", "2024-03-31T03:00:00", "2024-04-01T00:30:00+00:00"),
        ("*/15 * * * *", "2024-03-31T01:50:00", "2024-03-31T01:00:00+00:00"),
        # 27 October 2024: 02:00 to 03:00 happens twice.
        ("30 2 * * *", "2024-10-27T01:00:00", "2024-10-27T00:30:00+00:00"),
        ("30 2 * * *", "2024-10-27T02:30:00", "2024-10-28T01:30:00+00:00"),
        ("0 3 * * *", "2024-10-27T02:30:00", "2024-10-27T02:00:00+00:00"),
        ("*/15 * * * *", "2024-10-27T02:50:00", "2024-10-27T01:00:00+00:00"),
    ],
)
def test_cron_through_changes_of_the_clock(text: str, moment: str, due: str) -> None:
    assert Schedule.parse(text).due_after(berlin(moment), BERLIN) == datetime.fromisoformat(due)


def test_cron_in_the_second_pass_of_an_hour_is_never_before_now() -> None:
    second_pass = berlin("2024-10-27T02:10:00", fold=1)
    due = Schedule.parse("30 2 * * *").due_after(second_pass, BERLIN)
    assert due == utc("2024-10-28T01:30:00")


CRONS = [
    "* * * * *",
    "*/7 * * * *",
    "30 2 * * *",
    "0 0 * * *",
    "15 1-3 * * *",
    "0 9 * * mon-fri",
    "0 0 1 * *",
    "59 23 l * *",
]


@PATIENT
@given(st.sampled_from(["every 7m", "every 1d", *CRONS]), MOMENTS, st.sampled_from(ZONES))
def test_due_is_always_later_than_the_moment(text: str, moment: datetime, zone: ZoneInfo) -> None:
    due = Schedule.parse(text).due_after(moment, zone)
    assert due > moment
    assert due.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("daily", "it has not five fields"),
        ("@reboot", "it has not five fields"),
        ("0 9 * * fri-mon/2", "bad day-of-week"),
        ("0 9 * *", "it has not five fields"),
        ("0 0 9 * * *", "it has not five fields"),
        ("61 9 * * *", "bad minute"),
        ("0 9 * * mon-fry", "bad day-of-week"),
        ("0 0 30 2 *", "bad day-of-month"),
        ("", "it has not five fields"),
    ],
)
def test_what_is_no_schedule_is_told_why_and_the_forms(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match="write immediately, every 15m, or cron") as caught:
        Schedule.parse(text)
    assert f"({reason})" in str(caught.value)


def test_every_of_no_duration_says_so() -> None:
    with pytest.raises(ValueError, match='"soon" is not a duration'):
        Schedule.parse("every soon")


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("@daily", "0 0 * * *"),
        ("@midnight", "0 0 * * *"),
        ("@Hourly", "0 * * * *"),
        ("@weekly", "0 0 * * sun"),
        ("@monthly", "0 0 1 * *"),
        ("@yearly", "0 0 1 1 *"),
        ("0 9 * * fri-mon", "0 9 * * fri,sat,sun,mon"),
        ("0 9 * * SAT-Sun", "0 9 * * 6,0"),
        ("0 9 * * 5-1,wed", "0 9 * * 5,6,0,1,3"),
    ],
)
def test_nicknames_and_weekdays_that_pass_sunday(text: str, same: str) -> None:
    moment, ours, theirs = utc("2024-05-06T07:00:00"), Schedule.parse(text), Schedule.parse(same)
    for _ in range(20):
        expected = theirs.due_after(moment, BERLIN)
        assert ours.due_after(moment, BERLIN) == expected
        moment = expected


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("*/90 * * * *", "*/90 in minutes is every 90th of the 60, once in each hour"),
        ("*/45 * * * *", "*/45 in minutes is every 45th of the 60, and anew with each hour"),
        ("0 */36 * * *", "*/36 in hours is every 36th of the 24, once in each day"),
        ("0 0 */5 * *", None),
        ("*/15 */6 * * *", None),
        ("0 0 1 */3 *", None),
        ("every 90m", None),
        ("@daily", None),
    ],
)
def test_a_step_that_hardly_means_what_it_says_is_warned_of(text: str, warning: str | None) -> None:
    Schedule.parse(text)
    assert uneven_steps(text) == warning


FIELD = st.text("0123456789*/,-#LWlmontue", min_size=1, max_size=6)


@PATIENT
@given(st.one_of(st.text(), st.lists(FIELD, min_size=5, max_size=5).map(" ".join)))
def test_any_text_is_a_schedule_or_a_value_error(text: str) -> None:
    try:
        schedule = Schedule.parse(text)
    except ValueError:
        return
    assert Schedule.parse(schedule.text) == schedule


# ---------------------------------------------------------------- quiet hours


def quiet(text: str) -> QuietHours:
    return QuietHours.parse(text)


def test_quiet_hours_read_and_write() -> None:
    assert quiet(" 22:00 - 7:00 ") == QuietHours(start=time(22), end=time(7))
    assert str(quiet("22:00-7:00")) == "22:00-07:00"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "22-7",
        "22:00",
        "22:00-24:00",
        "25:00-07:00",
        "22:00-22:00",
        "22:00-07:00:00",
        "22:60-07:00",
        "22:00-0\N{ARABIC-INDIC DIGIT SEVEN}:00",
        1320,
    ],
)
def test_what_are_no_quiet_hours_is_told_the_form(text: object) -> None:
    with pytest.raises(ValueError, match="two different times of day like 22:00-07:00"):
        QuietHours.parse(text)


@pytest.mark.parametrize(
    ("moment", "deferred"),
    [
        ("2024-05-01T21:59:59", "2024-05-01T21:59:59"),
        ("2024-05-01T22:00:00", "2024-05-02T07:00:00"),
        ("2024-05-01T23:59:59.5", "2024-05-02T07:00:00"),
        ("2024-05-02T00:00:00", "2024-05-02T07:00:00"),
        ("2024-05-02T06:59:59.999999", "2024-05-02T07:00:00"),
        ("2024-05-02T07:00:00", "2024-05-02T07:00:00"),
    ],
)
def test_quiet_hours_over_midnight(moment: str, deferred: str) -> None:
    assert quiet("22:00-07:00").defer(berlin(moment), BERLIN) == berlin(deferred)


def test_quiet_hours_within_a_day() -> None:
    assert quiet("12:00-13:30").defer(berlin("2024-05-01T12:10"), BERLIN) == berlin(
        "2024-05-01T13:30"
    )
    assert quiet("12:00-13:30").defer(berlin("2024-05-01T11:59"), BERLIN) == berlin(
        "2024-05-01T11:59"
    )


def test_quiet_hours_until_midnight() -> None:
    assert quiet("20:00-00:00").defer(berlin("2024-05-01T21:00"), BERLIN) == berlin(
        "2024-05-02T00:00"
    )


@pytest.mark.parametrize(
    ("text", "moment", "deferred"),
    [
        # The night of 31 March 2024 is an hour shorter: 02:00 to 03:00 does not exist.
        ("22:00-07:00", "2024-03-30T20:00:00", "2024-03-30T20:00:00"),
        ("22:00-07:00", "2024-03-30T21:00:00", "2024-03-31T05:00:00"),
        ("22:00-02:30", "2024-03-30T21:00:00", "2024-03-31T01:00:00"),
        ("02:15-02:45", "2024-03-31T00:59:59", "2024-03-31T00:59:59"),
        # The night of 27 October 2024 is an hour longer: 02:00 to 03:00 happens twice.
        ("22:00-07:00", "2024-10-26T20:00:00", "2024-10-27T06:00:00"),
        ("22:00-03:00", "2024-10-26T20:00:00", "2024-10-27T02:00:00"),
        ("22:00-02:30", "2024-10-26T20:00:00", "2024-10-27T00:30:00"),
        ("22:00-02:30", "2024-10-27T01:10:00", "2024-10-27T01:30:00"),
    ],
)
def test_quiet_hours_through_changes_of_the_clock(text: str, moment: str, deferred: str) -> None:
    assert quiet(text).defer(utc(moment), BERLIN) == utc(deferred)


@PATIENT
@given(CLOCKS, CLOCKS, MOMENTS, st.sampled_from(ZONES))
def test_deferring_leads_to_the_first_moment_that_is_not_quiet(
    start: time, end: time, moment: datetime, zone: ZoneInfo
) -> None:
    if start == end:
        return
    hours = QuietHours(start=start, end=end)
    deferred = hours.defer(moment, zone)
    assert deferred.tzinfo is UTC
    assert not hours.holds(deferred.astimezone(zone))
    assert moment <= deferred <= moment + timedelta(hours=26)
    before = moment
    while before < deferred:
        assert hours.holds(before.astimezone(zone))
        before += timedelta(minutes=7)
    if deferred > moment:
        assert hours.holds((deferred - timedelta(microseconds=1)).astimezone(zone))


def test_quiet_hours_near_every_change_of_the_clock_of_a_year() -> None:
    hours = [quiet(t) for t in ("22:00-02:30", "01:30-03:00", "02:10-02:20", "23:30-00:30")]
    for zone in ZONES:
        for change in clock_changes(zone, 2024):
            for minutes in range(-180, 181, 20):
                moment = change + timedelta(minutes=minutes)
                for span in hours:
                    assert span.defer(moment, zone) == first_loud_minute(span, moment, zone)


def clock_changes(zone: ZoneInfo, year: int) -> list[datetime]:
    hours = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(hours=h) for h in range(366 * 24)]
    offsets = [hour.astimezone(zone).utcoffset() for hour in hours]
    return [hours[i] for i in range(1, len(hours)) if offsets[i] != offsets[i - 1]]


def first_loud_minute(span: QuietHours, moment: datetime, zone: ZoneInfo) -> datetime:
    while span.holds(moment.astimezone(zone)):
        moment += timedelta(minutes=1)
    return moment
