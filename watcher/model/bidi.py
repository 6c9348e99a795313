"""Text of any direction inside a line of ours. Pure."""

import re

_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"

# Letters that are written from right to left, and whatever sets a direction.
_TURNS = re.compile(
    "[\u0590-\u08ff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefe"
    "\U00010800-\U00010fff\U0001e800-\U0001efff]"
)


def isolate(text: str) -> str:
    """``text``, isolated: it cannot reverse the text beside it on a line.

    For plain text of several parts (``title · provider``): UAX #9's first strong isolate around
    what may turn. HTML has ``<bdi>`` for this.
    """
    if not _TURNS.search(text):
        return text
    return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}"


def without_isolates(text: str) -> str:
    """``text`` as it was before :func:`isolate`, for terminals, which show these as signs."""
    return text.replace(_FIRST_STRONG_ISOLATE, "").replace(_POP_ISOLATE, "")
