"""Times as text, one into the other, as RFC 3339 has it. Pure."""

from datetime import UTC, datetime


def format_time(moment: datetime) -> str:
    """An aware time as RFC 3339 in UTC with ``Z``; whole seconds without a fraction."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return utc.isoformat(timespec="auto").replace("+00:00", "Z")


def parse_time(text: str) -> datetime:
    """The inverse of :func:`format_time`."""
    return datetime.fromisoformat(text)
