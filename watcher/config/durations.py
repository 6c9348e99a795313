"""Durations as people write them, one into the other. Pure; no schema, so it is quick to load."""

import re
from datetime import timedelta
from typing import Any

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
