"""Times as they are stored: whole microseconds since the epoch, so that they are exact."""

from datetime import UTC, datetime, timedelta
from typing import overload

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
