"""One front matter value to one typed value: text, numbers, yes or no. Pure.

Each function takes whatever YAML gives but None, answers None for what is there but empty, and
raises BadValue, which says what to write instead, for what cannot be used.
"""

import re
from datetime import date
from functools import lru_cache
from math import isfinite

from watcher.ingest.text import plain_text

MAX_PIXELS = 1_000_000
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
LONGEST_SHOWN = 40
_LONGEST_NUMBER = 40
_EXACT = 2**53  # up to here each whole number is a float, too
_SHORT = 40
_KINDS: dict[type, str] = {dict: "a mapping", list: "a list", set: "a set", bytes: "binary data"}


class BadValue(Exception):
    """A value that cannot be used. The text goes on from the key: ``is …: write …``."""


def show(value: object) -> str:
    """A value for a message: itself if it is short, else what kind of thing it is."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | float):
        shown = repr(value)
        return shown if len(shown) <= LONGEST_SHOWN else "too long to show"
    return _KINDS.get(type(value), "a date")


def text_value(value: object) -> str | None:
    """Plain text; a number or a date becomes its text."""
    if isinstance(value, str):
        # short ones are names and topics, which come again
        return (_short_text(value) if len(value) < _SHORT else plain_text(value)) or None
    if isinstance(value, date):
        return value.isoformat()
    if type(value) is int or (isinstance(value, float) and isfinite(value)):
        return str(value)
    raise BadValue(f"is {show(value)}, not text: put the text in quotes")


_short_text = lru_cache(maxsize=4_096)(plain_text)


def number_value(value: object) -> float | None:
    """A finite number; one in quotes is taken too, yes and no are not."""
    if type(value) is int and -_EXACT < value < _EXACT:
        return float(value)
    if isinstance(value, str) and not value.strip():
        return None
    number = _number(value)
    if number is None or not isfinite(number):
        raise BadValue(f"is {show(value)}, not a number: write it like 38 or 0.5")
    return number


def _number(value: object) -> float | None:
    if isinstance(value, str):
        text = value.strip()
        return float(text) if len(text) <= _LONGEST_NUMBER and _NUMBER.fullmatch(text) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def pixels_value(value: object) -> int | None:
    """A whole number of pixels."""
    if type(value) is int and 0 < value <= MAX_PIXELS:
        return value
    number = number_value(value)
    if number is None:
        return None
    if number != int(number) or not 0 < number <= MAX_PIXELS:
        raise BadValue(f"is {show(value)}, not a number of pixels: write it like 640")
    return int(number)


def flag_value(value: object) -> bool:
    """Yes or no."""
    if not isinstance(value, bool):
        raise BadValue(f"is {show(value)}, not yes or no: write true or false")
    return value
