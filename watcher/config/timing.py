"""Durations, schedules and quiet hours as people write them, and the times they mean.

cronsim reads cron expressions; it follows Debian's cron through changes of the clock: a job in
the hour that does not exist runs right after it, one in the hour that happens twice runs once.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Self
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from watcher.config.wording import BadValue

_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
DURATION = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h|d|w))+")
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d|w)")

LONGEST_DURATION = timedelta(days=36_525)
"""A century: times that are so far ahead can still be written as a date."""


def parse_duration(value: Any) -> timedelta:
    """``200ms``, ``15m``, ``1h30m``, ``3d``, or a plain 0; raises ValueError with the forms."""
    if isinstance(value, timedelta):
        return value
    text = str(value).strip()
    if text == "0":
        return timedelta(0)
    if not DURATION.fullmatch(text):
        raise BadValue(value, "a duration", "write it like 200ms, 30s, 15m, 1h30m or 3d")
    return _sum_parts(text)


def _sum_parts(text: str) -> timedelta:
    too_long = BadValue(text, "a usable duration", "the longest is a century, 36525d")
    try:
        parts = (float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
        duration = sum(parts, timedelta(0))
    except OverflowError:
        raise too_long from None
    if duration > LONGEST_DURATION:
        raise too_long
    return duration


def format_duration(duration: timedelta) -> str:
    """A duration as the config writes it, in the largest unit that divides it."""
    if not duration:
        return "0"
    for unit in ("w", "d", "h", "m", "s", "ms"):
        if duration % _UNITS[unit] == timedelta(0):
            return f"{duration // _UNITS[unit]}{unit}"
    milliseconds, rest = divmod(duration, _UNITS["ms"])
    return f"{milliseconds}.{rest.microseconds:03}ms"


_QUIET_HOURS = re.compile(r"([0-9]{1,2}:[0-9]{2})\s*-\s*([0-9]{1,2}:[0-9]{2})")
_CRON_FIELDS = 5
_WEEKDAYS = {"sun": "0", "mon": "1", "tue": "2", "wed": "3", "thu": "4", "fri": "5", "sat": "6"}
_SPANS = (
    ("minutes", 60, "hour"),
    ("hours", 24, "day"),
    ("days of the month", 31, "month"),
    ("months", 12, "year"),
    ("weekdays", 7, "week"),
)
_EVEN = ("minutes", "hours")
"""Where nobody expects an uneven step; */5 in days of the month is plain enough."""

NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
"""As crontab(5) has them; ``@reboot`` is no time."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


class ScheduleKind(StrEnum):
    IMMEDIATELY = "immediately"
    EVERY = "every"
    CRON = "cron"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When what is owed becomes due: at once, on a grid of the clock, or by cron."""

    text: str
    kind: ScheduleKind
    every: timedelta = timedelta(0)

    @classmethod
    def parse(cls, value: Any) -> Self:
        """``immediately``, ``every 15m`` or a cron expression of five fields."""
        if isinstance(value, cls):
            return value
        text = " ".join(str(value).split())
        if text == "immediately":
            return cls(text=text, kind=ScheduleKind.IMMEDIATELY)
        if text.startswith("every "):
            every = parse_duration(text.removeprefix("every "))
            if every < timedelta(seconds=1):
                raise BadValue(text, "a usable schedule", "it cannot be shorter than 1s")
            return cls(text=text, kind=ScheduleKind.EVERY, every=every)
        _check_cron(_plain_cron(text))
        return cls(text=text, kind=ScheduleKind.CRON)

    def due_after(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """The first due time for what is owed from ``moment`` on, in UTC.

        ``immediately`` is ``moment`` itself, all others are later than it. ``every`` falls on
        whole multiples since the epoch, so all workers agree on it.
        """
        match self.kind:
            case ScheduleKind.IMMEDIATELY:
                return moment.astimezone(UTC)
            case ScheduleKind.EVERY:
                return _EPOCH + ((moment - _EPOCH) // self.every + 1) * self.every
            case ScheduleKind.CRON:
                return self._next_cron(moment, zone)

    def _next_cron(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """In the second pass of a repeated hour cronsim also names times of the first one."""
        ticks = CronSim(_plain_cron(self.text), moment.astimezone(zone))
        return next(found for tick in ticks if (found := tick.astimezone(UTC)) > moment)


def _plain_cron(text: str) -> str:
    """A cron expression as cronsim takes it: without nicknames, and without ``fri-mon``."""
    fields = NICKNAMES.get(text.lower(), text).split()
    if len(fields) == _CRON_FIELDS:
        fields[4] = ",".join(map(_days, fields[4].split(",")))
    return " ".join(fields)


def _days(part: str) -> str:
    """A range of weekdays that passes Sunday, as a list: ``fri-mon`` is 5,6,0,1."""
    span, slash, _ = part.partition("/")
    first, dash, last = (_WEEKDAYS.get(end.lower(), end) for end in span.partition("-"))
    if not dash or slash or not (first + last).isdecimal() or int(first) <= int(last):
        return part
    days = [*range(int(first), 7), *range(int(last) + 1)]
    return ",".join(map(str, days)) if max(int(first), int(last)) <= len(_WEEKDAYS) else part


def uneven_steps(text: str) -> str | None:
    """A warning about a step that does not do what it looks like; None if there is none.

    Steps start anew with each hour, day, month or week: ``*/90`` in minutes is hourly.
    """
    fields = _plain_cron(text).split()
    if len(fields) != _CRON_FIELDS:
        return None
    for field, (name, size, larger) in zip(fields, _SPANS, strict=True):
        for part in field.split(","):
            base, slash, step = part.partition("/")
            if not slash or base != "*" or not step.isdecimal() or not int(step):
                continue
            once = int(step) > size
            if once or (name in _EVEN and size % int(step)):
                means = f"once in each {larger}" if once else f"and anew with each {larger}"
                return f"*/{step} in {name} is every {step}th of the {size}, {means}"
    return None


def _check_cron(text: str) -> None:
    try:
        if len(text.split()) != _CRON_FIELDS:
            raise CronSimError("it has not five fields")
        next(CronSim(text, _EPOCH))
    except (CronSimError, StopIteration, ValueError) as error:
        reason = str(error).lower() if isinstance(error, CronSimError) else "it never falls"
        advice = 'write immediately, every 15m, or cron like "0 9 * * mon-fri"'
        raise BadValue(text, "a schedule", advice, reason=reason) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """A daily span of local time, start included and end excluded; it may pass midnight.

    The wall clock decides, also on the days when it jumps: it is quiet while it shows a time
    within the span.
    """

    start: time
    end: time

    @classmethod
    def parse(cls, value: Any) -> Self:
        """``22:00-07:00``."""
        if isinstance(value, cls):
            return value
        form = _QUIET_HOURS.fullmatch(str(value).strip())
        try:
            if form is None:
                raise ValueError
            start, end = (time.fromisoformat(part.zfill(5)) for part in form.groups())
            if start == end:
                raise ValueError
        except ValueError:
            advice = "write two different times of day like 22:00-07:00"
            raise BadValue(value, "a span of quiet hours", advice) from None
        return cls(start=start, end=end)

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"

    def holds(self, local: datetime) -> bool:
        """True if it is quiet when the wall clock shows ``local``."""
        clock = local.time()
        if self.start < self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end

    def defer(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """``moment`` itself, or the first moment after it that is not quiet, in UTC."""
        instant = moment.astimezone(UTC)
        while self.holds(local := instant.astimezone(zone)):
            end = instant + (_since_midnight(self.end) - _since_midnight(local.time())) % _DAY
            instant = _clock_change(instant, end, zone) or end
        return instant


def _since_midnight(clock: time) -> timedelta:
    return timedelta(
        hours=clock.hour,
        minutes=clock.minute,
        seconds=clock.second,
        microseconds=clock.microsecond,
    )


def _clock_change(start: datetime, end: datetime, zone: ZoneInfo) -> datetime | None:
    """When the zone's offset changes after ``start``, to the second; None if not by ``end``."""
    offset = start.astimezone(zone).utcoffset()
    if end.astimezone(zone).utcoffset() == offset:
        return None
    low, high = start.replace(microsecond=0), end
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        same = middle.astimezone(zone).utcoffset() == offset
        low, high = (middle, high) if same else (low, middle)
    return high
