"""Isolates text that runs from right to left, so that it cannot reorder its line. Pure.

https://www.unicode.org/reports/tr9/: what is between FSI and PDI has no effect on what is around
it, as long as it closes every isolate that it opens, and no other.
"""

from unicodedata import bidirectional

FSI, PDI = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"

_OPENERS = ("LRI", "RLI", "FSI")
_OWN_DIRECTION = {*_OPENERS, "R", "AL", "AN", "LRE", "RLE", "LRO", "RLO", "PDF", "PDI"}


def isolate(text: str) -> str:
    """``text``, within isolating marks if it holds anything that runs from right to left."""
    if text.isascii() or _OWN_DIRECTION.isdisjoint(map(bidirectional, text)):
        return text
    kept, depth = list[str](), 0
    for character in text:
        kind = bidirectional(character)
        if kind == "PDI" and not depth:
            continue
        depth += (kind in _OPENERS) - (kind == "PDI")
        kept.append(character)
    return f"{FSI}{''.join(kept)}{PDI * depth}{PDI}"
