"""One front matter value to one typed value: text, numbers, yes or no. Pure.

Each function takes whatever YAML gives but None, answers None for what is there but empty, and
raises BadValue, which says what to write instead, for what cannot be used. What is wrong in a seed
but does not cost it is collected in its Findings.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from math import isfinite
from typing import Any, Protocol, TypeVar

from watcher.ingest.keys import KeyPath, show_path
from watcher.ingest.limits import MAX_FINDINGS, MAX_NAME, MAX_SUMMARY, MAX_TITLE
from watcher.ingest.text import close_bidi, plain_text, title_text
from watcher.model.seed import Problem, Reason
from watcher.model.wording import count

MAX_PIXELS = 1_000_000
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
LONGEST_SHOWN = 40
_LONGEST_NUMBER = 40
_EXACT = 2**53  # up to here each whole number is a float, too
_SHORT = 40
_MARKUP_SHARE = 8  # so many times the length of a text is looked at, for tags and entities in it
_KINDS: dict[type, str] = {dict: "a mapping", list: "a list", set: "a set", bytes: "binary data"}


class BadValue(Exception):
    """A value that cannot be used. The text goes on from the key: ``is …: write …``.

    ``kept`` is what can be used of it all the same, if anything.
    """

    def __init__(self, message: str, *, kept: Any = None) -> None:
        super().__init__(message)
        self.kept = kept


def show(value: object) -> str:
    """A value for a message: itself if it is short, else what kind of thing it is."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | float):
        shown = repr(value)
        return shown if len(shown) <= LONGEST_SHOWN else "too long to show"
    return _KINDS.get(type(value), "a date")


def title_value(value: object) -> str | None:
    """The text of a title, on one line."""
    return _text(value, MAX_TITLE, title_text)


def summary_value(value: object) -> str | None:
    """The text of a summary."""
    return _text(value, MAX_SUMMARY)


def text_value(value: object) -> str | None:
    """The text of a name, a topic or the like."""
    return _text(value, MAX_NAME)


def _text(value: object, longest: int, make_plain: Callable[[str], str] = plain_text) -> str | None:
    """Plain text; a number or a date becomes its text. One that is too long is cut."""
    if isinstance(value, str):
        if len(value) < _SHORT and make_plain is plain_text:  # names and topics come again
            return _short_text(value) or None
        text = make_plain(value[: _MARKUP_SHARE * longest])
        if len(text) <= longest and len(value) <= _MARKUP_SHARE * longest:
            return text or None
        kept = close_bidi(text[: longest - 1]).rstrip() + "…"
        raise BadValue(f"is longer than {longest:,} characters: the rest is left out", kept=kept)
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


Value = TypeVar("Value")
Position = tuple[int, int]


class Front(Protocol):
    """Where the keys of a document stand in its file, and what is written there."""

    def locate(self, path: KeyPath) -> Position: ...

    def written(self, path: KeyPath) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong: where, and the rest of the sentence that begins with its key."""

    path: KeyPath
    message: str

    def problem(self, front: Front, reason: Reason | None = None) -> Problem:
        """The finding at its place in the file; with a ``reason``, it costs the seed."""
        line, column = front.locate(self.path)
        key = show_path(self.path)
        return Problem(
            message=f"{key} {self.message}", reason=reason, key=key, line=line, column=column
        )


@dataclass(slots=True)
class Findings:
    """The findings of one seed, in the order in which they were made."""

    made: list[Finding] = field(default_factory=list)
    beyond: int = 0

    def add(self, path: KeyPath, message: str) -> None:
        """Note what is wrong at ``path``; of very many only how many there are."""
        if len(self.made) >= MAX_FINDINGS:
            self.beyond += 1
        else:
            self.made.append(Finding(path=path, message=message))

    def problems(self, front: Front) -> tuple[Problem, ...]:
        """All of them at their places in the file."""
        problems = [finding.problem(front) for finding in self.made]
        if self.beyond:
            last = problems[-1]
            more = f"{last.message} ({count(self.beyond, 'more finding')} in this file)"
            problems[-1] = replace(last, message=more)
        return tuple(problems)

    def convert(
        self, convert: Callable[[Any], Value | None], value: Any, path: KeyPath
    ) -> Value | None:
        """What ``convert`` makes of the value at ``path``; None, with a finding, if it is bad."""
        try:
            return convert(value)
        except BadValue as bad:
            self.add(path, str(bad))
            return bad.kept  # type: ignore[no-any-return]

    def read(
        self,
        convert: Callable[[Any], Value | None],
        data: Mapping[Any, Any],
        key: str,
        path: KeyPath,
    ) -> Value | None:
        """What ``convert`` makes of the value of ``key`` in the mapping at ``path``, if any."""
        value = data.get(key)
        if value is None:
            return None
        try:
            return convert(value)
        except BadValue as bad:
            self.add((*path, key), str(bad))
            return bad.kept  # type: ignore[no-any-return]
