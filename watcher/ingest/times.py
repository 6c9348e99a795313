"""Dates and times as people write them, read strictly: one meaning, or none. Pure.

``dateutil`` and ``dateparser`` guess the order of ``1/2/2024``, complete what is missing from
today, and take ``IST`` for whichever they know: none can say that a text has two meanings.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from unicodedata import normalize
from zoneinfo import ZoneInfo, available_timezones

from watcher.ingest.month_names import MONTHS, WEEKDAYS
from watcher.ingest.values import BadValue, show

_LONGEST = 100
_FIRST_YEAR = 1_000  # what is older is a slip of the pen, or a "zero" of some program
_NOON = 12
_MIDNIGHT = 24
_LEAP_SECOND = 60
_LAST_MINUTE = 59
_MONTHS_OF_YEAR = 12
_FIRST_OF_1900S = 69  # of two digits, as POSIX reads them
_SUMMER = range(4, 10)  # months that are in summer time to their end, or nearly
_MOST_OFFSET = timedelta(hours=18)

# The eight of RFC 2822 §4.3, and those that mean one offset wherever they are used.
_HOURS = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "cet": 1, "cest": 2, "mez": 1,
    "mesz": 2, "eet": 2, "eest": 3, "msk": 3, "msd": 4, "wat": 1, "cat": 2, "sast": 2, "eat": 3,
    "pkt": 5, "npt": 5.75, "wib": 7, "wita": 8, "wit": 9, "hkt": 8, "sgt": 8, "awst": 8, "jst": 9,
    "kst": 9, "acst": 9.5, "acdt": 10.5, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
    "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
    "akst": -9, "akdt": -8, "hst": -10, "nst": -3.5, "ndt": -2.5, "adt": -3, "brt": -3, "brst": -2,
}  # fmt: skip

_MONTH = "(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")(?![^\W\d_])\.?"
_WEEKDAY = (
    r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|thur|fri|sat(?:ur)?|sun)(?:day)?\.?\s*,?\s+|"
    r"(?:mon|tue|wed|thu|fri|sat|sun),\s*|"
    rf"(?:{'|'.join(WEEKDAYS)})\.?(?:\s*,\s*|\s+))?"
)
_D = r"(?P<day>\d{1,2})"
_Y = r"(?P<year>\d{4})(?:\s*\u0433(?:\.|\u043e\u0434\u0430)?(?!\w))?"
_NTH = r"(?:st|nd|rd|th|er|ère|º|ª|\.)?"
_TIME = (
    r"(?P<hour>\d{1,2})(?:[:h](?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    r"(?:\s*(?P<half>[ap])\.?m\b\.?|\s*uhr\b)?"
)
_ZONE = r"(?P<zone>[^\d\s].*?|[-+]\d.*?)"
_AT = r"(?:\s*[t,]\s*|\s*,?\s+(?:at|um|à|às|alle|om|kl\.?|в)\s+|\s+|\s+[-\u2013\u2014@]\s+)"
_REST = rf"(?:{_AT}{_TIME}(?:\s*{_ZONE})?)?"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"{_WEEKDAY}{_Y}(?P<mark>[-/. ])(?P<month>\d{{1,2}})(?P=mark){_D}{_REST}",
        rf"{_WEEKDAY}{_Y}[-/. ]{_MONTH}[-/. ]{_D}{_REST}",
        (
            rf"{_WEEKDAY}{_D}{_NTH}(?:\s+(?:of|de))?[-/. ]?\s*{_MONTH}"
            rf"(?:[-/ ]|,\s*|\s+del?\s+)\s*{_Y}{_REST}"
        ),
        rf"{_WEEKDAY}{_MONTH}[-/ ]\s*{_D}{_NTH}(?:\s*,\s*|[-/ ]\s*){_Y}{_REST}",
        rf"{_WEEKDAY}{_MONTH}\s+{_D}\s+{_TIME}(?:\s+(?P<zone>[a-z]+|[-+]\d{{2}}:?\d{{2}}))?\s+{_Y}",
        rf"{_WEEKDAY}{_D}[ -]\s*{_MONTH}[ -]\s*(?P<short>\d{{2}})\s+{_TIME}(?:\s*{_ZONE})?",
        rf"{_WEEKDAY}(?P<one>\d{{1,2}})(?P<mark>[-/.])(?P<two>\d{{1,2}})(?P=mark){_Y}{_REST}",
        (
            rf"{_Y}(?P<month>\d{{2}})(?P<day>\d{{2}})"
            rf"(?:[t ]?(?P<hour>\d{{2}})(?P<minute>\d{{2}})(?P<second>\d{{2}})?(?:\s*{_ZONE})?)?"
        ),
        (
            rf"{_Y}\s*[年년]\s*(?P<month>\d{{1,2}})\s*[月월]\s*{_D}\s*[日일号](?:\s*\(?[월화수목금토일]"
            r"요?일?\)|\s*\([月火水木金土日]\)|\s*(?:星期|周)[一二三四五六日天])?"
            r"(?:\s*(?P<eastern_half>午前|午後|上午|下午|오전|오후)?\s*"
            r"(?P<eastern_hour>\d{1,2})\s*[:時时시点]\s*(?:(?P<eastern_minute>\d{1,2})\s*[분分]?)?"
            rf"(?:\s*:?\s*(?P<eastern_second>\d{{1,2}})\s*[秒초]?)?|{_AT}{_TIME}(?:\s*{_ZONE})?)?"
        ),
    )
)
_ISO = re.compile(
    r"\d{4}-\d\d-\d\d(?:[Tt ]([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?"
    r"(?:[Zz]|[-+]\d\d:?\d\d)?|T([01]\d|2[0-3])(?:Z|[-+]\d\d)?)?"
)
_DAY_OF_YEAR = re.compile(r"(?P<year>\d{4})-(?P<number>\d{3})")
_WEEK = re.compile(r"\d{4}-?W\d\d(?:-?[1-7])(?:T[\d:]{4,8}(?:Z|[-+]\d\d:?\d\d)?)?")
_OFFSET = re.compile(
    r"(?:utc|gmt)?\s*(?P<sign>[-+\u2212])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?", re.IGNORECASE
)
_NAMED_OFFSET = re.compile(r"(?P<offset>[-+]\d{2}:?\d{2}) [A-Z]{2,5}")
_COMMENT = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]$")
_EPOCH_SECONDS = re.compile(r"-?\d{9,10}(?:\.\d+)?")
_FINER = {13: 1_000, 16: 1_000_000, 19: 1_000_000_000}
_SPACES = re.compile(r"[\s\u00a0\u202f]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A moment in the zone in which it was written, or else in the root's.

    ``warning`` is what could not be known of it; ``has_zone`` if it says its own.
    """

    moment: datetime
    has_zone: bool = False
    warning: str | None = None


def read_time(value: object, zone: tzinfo) -> When | None:
    """What a value says, in ``zone`` where it names none; a day is its midnight there.

    None for empty text. Raises BadValue for what is no time, has two meanings, or is the zero of
    some program.
    """
    if isinstance(value, str) and not value.strip():
        return None
    try:
        when = _read(value, zone)
        _check(when.moment)
        when.moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadValue(
            f"is {show(value)}, not a time: write it like 2022-10-20T20:36:00Z or 2022-10-20"
        ) from None
    return when


def _check(moment: datetime) -> None:
    is_epoch = moment.replace(tzinfo=None) == datetime(1970, 1, 1) or moment.timestamp() == 0  # noqa: DTZ001
    if moment.year < _FIRST_YEAR or is_epoch:
        raise BadValue("is the zero of a program, not a time: write the real one, or remove it")


def _read(value: object, zone: tzinfo) -> When:
    if isinstance(value, datetime):
        return _in_zone(value, zone)
    if isinstance(value, date):
        return When(moment=datetime(value.year, value.month, value.day, tzinfo=zone))
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("no time")  # noqa: TRY004  # as for any other bad value
    text = str(value)
    if len(text) > _LONGEST:
        raise ValueError("no time")
    text = _SPACES.sub(" ", text if text.isascii() else normalize("NFKC", text)).strip()
    if _ISO.fullmatch(text) or _WEEK.fullmatch(text):
        return _in_zone(datetime.fromisoformat(text.upper()), zone)
    if found := _DAY_OF_YEAR.fullmatch(text):
        return _in_zone(datetime.strptime(f"{found['year']} {found['number']}", "%Y %j"), zone)  # noqa: DTZ007
    if _EPOCH_SECONDS.fullmatch(text):
        return When(moment=datetime.fromtimestamp(float(text), UTC), has_zone=True)
    if text.isdecimal() and len(text) in _FINER:
        seconds = int(text) / _FINER[len(text)]
        return When(moment=datetime.fromtimestamp(seconds, UTC), has_zone=True)
    return _read_words(text, zone)


def _in_zone(moment: datetime, zone: tzinfo) -> When:
    if moment.tzinfo is not None:
        return When(moment=moment, has_zone=True)
    return When(moment=moment.replace(tzinfo=zone))


def _read_words(text: str, zone: tzinfo) -> When:
    for form in _FORMS:
        if found := form.fullmatch(text):
            parts = _western(found.groupdict())
            year, month, day = _day(parts)
            naive = datetime(year, month, day) + _time_of_day(parts)  # noqa: DTZ001
            return _with_zone(naive, parts.get("zone"), zone)
    raise ValueError("no time")


def _western(parts: dict[str, str | None]) -> dict[str, str | None]:
    """The parts of a time as 午後3時30分 under the names of 3:30 pm."""
    if not parts.get("eastern_hour"):
        return parts
    half = parts["eastern_half"]
    return parts | {
        "hour": parts["eastern_hour"],
        "minute": parts["eastern_minute"] or "0",
        "second": parts["eastern_second"],
        "half": half and ("p" if half in ("午後", "下午", "오후") else "a"),
    }


def _day(parts: dict[str, str | None]) -> tuple[int, int, int]:
    if parts.get("short"):
        two = int(parts["short"] or 0)
        year = 1900 + two if two >= _FIRST_OF_1900S else 2000 + two
    else:
        year = int(parts["year"] or 0)
    if parts.get("one"):
        month, day = _order(int(parts["one"] or 0), int(parts["two"] or 0))
        return year, month, day
    name = (parts["month"] or "").lower()
    return year, MONTHS.get(name) or int(name), int(parts["day"] or 0)


def _order(one: int, two: int) -> tuple[int, int]:
    """Month and day of ``1/15``: the one that can be no month is the day."""
    if one == two or one <= _MONTHS_OF_YEAR < two:
        return one, two
    if two <= _MONTHS_OF_YEAR < one:
        return two, one
    raise BadValue("may be a day and a month in either order: write it like 2024-01-31")


def _time_of_day(parts: dict[str, str | None]) -> timedelta:
    hour, minute = int(parts.get("hour") or 0), int(parts.get("minute") or 0)
    second, half = int(parts.get("second") or 0), parts.get("half")
    if parts.get("hour") and not parts.get("minute") and not half:
        raise ValueError("a number, not a time")
    if half:
        if (not hour and half in "pP") or (hour > _NOON and half in "aA"):
            raise ValueError("no such hour")
        hour = hour % _NOON + (_NOON if half in "pP" else 0)
    is_over = hour == _MIDNIGHT and not minute and not second
    if (hour >= _MIDNIGHT and not is_over) or minute > _LAST_MINUTE or second > _LEAP_SECOND:
        raise ValueError("no such time")
    if second == _LEAP_SECOND and minute != _LAST_MINUTE:
        raise ValueError("no leap second is there")
    fraction = f"{parts.get('fraction') or ''}000000"[:6]
    return timedelta(hours=hour, minutes=minute, seconds=second, microseconds=int(fraction))


def _with_zone(naive: datetime, text: str | None, zone: tzinfo) -> When:
    if not text:
        return When(moment=naive.replace(tzinfo=zone))
    if twice := _NAMED_OFFSET.fullmatch(text):  # as Go writes it: -0700 PDT
        text = twice["offset"]
    comment = _COMMENT.search(text)
    name = text[: comment.start()].strip() if comment else text
    if comment and not name:
        name, comment = comment[1].strip(), None
    found = _zone_named(name, naive)
    if found is None and comment:
        found = _zone_named(comment[1].strip(), naive)
    if found is not None:
        return When(moment=naive.replace(tzinfo=found), has_zone=True)
    if not re.fullmatch(r"[A-Z]{2,6}", name):
        raise ValueError("no zone")
    return When(
        moment=naive.replace(tzinfo=zone),
        warning=f"has a time zone that may be several ({name}): write it like +02:00; "
        "the root's was taken",
    )


def _zone_named(name: str, naive: datetime) -> tzinfo | None:
    """The zone of this name; None if nobody can know which one it is."""
    if found := _OFFSET.fullmatch(name):
        offset = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
        if offset > _MOST_OFFSET:
            raise ValueError("no such offset")
        return timezone(offset if found["sign"] == "+" else -offset)
    folded = name.lower()
    if folded in _HOURS:
        return timezone(timedelta(hours=_HOURS[folded]))
    if folded == "bst" and naive.month in _SUMMER:  # British; in winter it can only be Bangladesh's
        return timezone(timedelta(hours=1))
    if "/" in name:
        return ZoneInfo(name) if name in available_timezones() else None
    return None
