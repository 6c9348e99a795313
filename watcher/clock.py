"""The clock of the real program, and its type: everything else is given one."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """What time it is, in UTC."""
    return datetime.now(UTC)
