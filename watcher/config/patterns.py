r"""Regular expressions that somebody else's text is searched with, in linear time. Pure.

RE2 is such an engine: it knows no look-around and no back-reference, and its ``\b`` knows ASCII
letters only. A pattern without repetition needs no such engine: Python's own is linear on it too,
and knows every script. So each pattern is searched by the one that fits; one that fits neither is
refused.
"""

import re
from functools import lru_cache
from typing import Any, Protocol
from unicodedata import normalize

from watcher.config.wording import BadValue

LONGEST_PATTERN = 1000
LONGEST_TITLE = 2_000
"""Characters of a title that are searched: no real one is nearly so long."""

_LARGEST = 1_000
"""Instructions of a pattern as RE2 counts them. One of 1,564 took 38 ms in 2,000 characters: where
RE2 cannot keep its states in memory, it takes a step for each instruction and character."""

_SMALLEST = 50
"""Smaller patterns count as this size, so that at most 40,000 characters are searched."""

_MOST_GROUPS, _MOST_OPTIONAL = 3, 4
_ATOMS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?(?:[:=!]|<[=!]|P<\w+>)", re.DOTALL)
"""What holds characters that mean something else than outside of it."""


class Pattern(Protocol):
    """A compiled pattern of either engine."""

    def search(self, text: str, /) -> Any: ...


def check_pattern(value: str) -> str:
    """``value`` itself, if it can be searched for in linear time; raises BadValue if not."""
    advice = "a literal character of .*+?()[]{}|^$\\ needs a \\ before it"
    try:
        if len(value) > LONGEST_PATTERN:
            raise BadValue(value, "a usable regular expression", "it is far too long")
        re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        raise BadValue(value, "a regular expression", advice, reason=str(error)) from None
    try:
        compile_pattern(value)
    except _NotLinear as error:
        raise BadValue(
            value,
            "a regular expression that can be searched in linear time",
            "leave out look-around and back-references, or all of * + { }",
            reason=str(error),
        ) from None
    return value


@lru_cache(maxsize=1024)
def compile_pattern(value: str) -> Pattern:
    """The pattern, without regard to letter case, for texts in Unicode NFC."""
    text = normalize("NFC", value)
    if _repeats_nothing(text):
        return re.compile(text, re.IGNORECASE)
    import re2  # noqa: PLC0415 - loaded only where there is a pattern for it

    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    try:
        pattern = re2.compile(text.replace(r"\Z", r"\z"), options=options)
    except re2.error as error:
        said = error.args[0]
        raise _NotLinear(said.decode() if isinstance(said, bytes) else str(said)) from None
    if pattern.programsize > _LARGEST:
        raise _NotLinear("its repetitions make it too large")
    found: Pattern = pattern
    return found


def search_text(value: str, text: str) -> str | None:
    """What the pattern finds in the first characters of a text: in fewer, the larger it is.

    None if it finds nothing. What RE2 takes at worst grows with the size of the pattern times that
    of the text.
    """
    pattern = compile_pattern(value)
    size = max(getattr(pattern, "programsize", 0), _SMALLEST)
    found = pattern.search(text[: LONGEST_TITLE * _LARGEST // size])
    return None if found is None else found[0]


class _NotLinear(ValueError):
    """RE2 cannot search for this pattern; why."""


def _repeats_nothing(pattern: str) -> bool:
    """True if a search takes a bounded number of steps at each place of the text."""
    plain = _ATOMS.sub(lambda atom: "(" if atom[0].startswith("(") else "x", pattern)
    optional = plain.count("?") + len(re.findall(r"\\[1-9]", pattern))
    groups = plain.count("(")
    return not re.search(r"[*+{]", plain) and groups <= _MOST_GROUPS and optional <= _MOST_OPTIONAL
