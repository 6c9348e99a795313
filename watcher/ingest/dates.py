"""Times: whatever a seed says, as aware UTC. Pure; a time in the future is as good as any."""

import re
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

from watcher.ingest.values import BadValue, show

_LONGEST = 64
_ZULU = re.compile(r"\s*(?:UTC|GMT|Z)$")


def time_value(value: object) -> datetime | None:
    """A time in UTC; one without a zone is taken as UTC, a date as its midnight.

    Text is ISO 8601 or RFC 2822. None for empty text; raises BadValue for anything else.
    """
    if type(value) is datetime and value.tzinfo is UTC:
        return value
    if isinstance(value, str) and not value.strip():
        return None
    try:
        return _as_utc(_time(value))
    except (ValueError, TypeError, IndexError, OverflowError):
        raise BadValue(
            f"is {show(value)}, not a time: write it like 2022-10-20T20:36:00Z or 2022-10-20"
        ) from None


def _time(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise ValueError("no time")
    text = value.strip()
    if text[:4].isdecimal():
        return datetime.fromisoformat(_ZULU.sub("+00:00", text.upper()))
    return parsedate_to_datetime(text)


def _as_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
