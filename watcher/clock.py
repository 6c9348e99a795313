"""The clock of the real program, its type, and times as RFC 3339 text."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import overload

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """What time it is, in UTC."""
    return datetime.now(UTC)


def format_time(moment: datetime) -> str:
    """An aware time as RFC 3339 in UTC with ``Z``; whole seconds without a fraction."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return utc.isoformat(timespec="auto").replace("+00:00", "Z")


def parse_time(text: str) -> datetime:
    """The inverse of :func:`format_time`."""
    return datetime.fromisoformat(text)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """An aware time as whole microseconds since the epoch."""
    return (moment - EPOCH) // _MICROSECOND


@overload
def moment(stored: int) -> datetime: ...
@overload
def moment(stored: None) -> None: ...
def moment(stored: int | None) -> datetime | None:
    """The time that is stored so, in UTC."""
    return None if stored is None else EPOCH + timedelta(microseconds=stored)
