"""How times, numbers and long texts are written for people. Pure."""

import os
from datetime import UTC, datetime, timedelta

from watcher.model.wording import count

LONGEST_TITLE = 300
LONGEST_SUMMARY = 600
_MOMENT = timedelta(seconds=5)
_STEPS = (
    (timedelta(minutes=1), timedelta(seconds=1), "second"),
    (timedelta(hours=1), timedelta(minutes=1), "minute"),
    (timedelta(days=1), timedelta(hours=1), "hour"),
    (timedelta(days=14), timedelta(days=1), "day"),
)


def day(moment: datetime) -> str:
    """``20 October 2022``, in UTC."""
    utc = moment.astimezone(UTC)
    return f"{utc.day} {utc:%B %Y}"


def day_of(moment: datetime, now: datetime) -> str:
    """``Today``, ``Yesterday``, else the day; in UTC, as all days here."""
    days = (now.astimezone(UTC).date() - moment.astimezone(UTC).date()).days
    return {0: "Today", 1: "Yesterday"}.get(days) or day(moment)


def minute(moment: datetime) -> str:
    """``20 October 2022, 20:36 UTC``."""
    return f"{day(moment)}, {moment.astimezone(UTC):%H:%M} UTC"


def relative(moment: datetime, now: datetime) -> str:
    """``just now``, ``3 hours ago``, ``in 5 minutes``; the day where it is two weeks away."""
    distance = abs(now - moment)
    if distance < _MOMENT:
        return "just now"
    for below, unit, name in _STEPS:
        if distance < below:
            said = count(distance // unit, name)
            return f"in {said}" if moment > now else f"{said} ago"
    return day(moment)


def cut(text: str, length: int) -> str:
    """The text, or its beginning and an ellipsis."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def printable_path(path: str) -> str:
    """A path as :func:`os.fsdecode` gave it, with bytes that are no text spelled out."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
