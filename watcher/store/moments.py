"""Times as they are stored: whole microseconds since the epoch, so that they are exact."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """An aware time as whole microseconds since the epoch."""
    return (moment - EPOCH) // _MICROSECOND
