"""What two titles say of one another: the same again, a series, or nothing."""

import re
from collections.abc import Collection
from functools import lru_cache

from watcher.diff.story_words import plain_words

_DATES = """january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec
    januar februar märz mai juni juli oktober dezember
    janvier février mars avril juin juillet août septembre octobre novembre décembre
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
    monday tuesday wednesday thursday friday saturday sunday"""
_MONTHS = frozenset(_DATES.split())

_ALIKE = 0.8
"""From this share of words in common on (numbers aside) two titles are of one template."""

_SAME_TEXT = 0.6
"""Share of words in common: where runs of five words agree by half, as many words do."""

_FIGURE = re.compile(
    r"(?P<money>[$€£¥]?)\s?(?P<digits>\d[\d,]*(?:\.\d+)?)\s?"
    r"(?P<unit>k|m|mn|mln|b|bn|bln|t|tn|thousand|million|billion|trillion|%)?(?![\w])",
    re.IGNORECASE,
)
_POWERS = {"k": 3, "t": 3, "m": 6, "b": 9, "%": 0}
_TRILLIONS = ("t", "tn", "trillion")


def title_key(title: str) -> str:
    """A title as it is compared with others: its words, in order."""
    return " ".join(plain_words(title))


@lru_cache(maxsize=4096)
def _template(title: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words of a title, and apart from them its numbers, codes and months."""
    words = frozenset(plain_words(title))
    varying = frozenset(word for word in words if word in _MONTHS or any(map(str.isdigit, word)))
    return words - varying, varying


def is_series(title: str, other: str) -> bool:
    """True if two titles are of one template with another number, code or month in it.

    Rounded figures of one event (``$73.6 Million``, ``$74M``) are no other number.
    """
    words, varying = _template(title)
    words_there, varying_there = _template(other)
    if varying == varying_there:
        return False
    common = len(words & words_there)
    if not common or common < _ALIKE * len(words | words_there):
        return False
    return not _is_rounded(title, other)


def _is_rounded(title: str, other: str) -> bool:
    """True if the figures of the titles differ in how exactly they are given, and in no more."""
    here, there = _figures(title), _figures(other)
    if not here or len(here) != len(there):
        return False
    if _without_figures(title) != _without_figures(other):
        return False
    return all(_one_amount(a, b) for a, b in zip(here, there, strict=True))


@lru_cache(maxsize=4096)
def _figures(title: str) -> tuple[tuple[float, float], ...]:
    """Each figure of a title: its value, and the value of one in its last significant place."""
    found = []
    for match in _FIGURE.finditer(title):
        digits, unit = match["digits"], (match["unit"] or "").lower()
        power = 12 if unit in _TRILLIONS and unit != "thousand" else _POWERS.get(unit[:1], 0)
        if unit == "thousand":
            power = 3
        whole, _, decimals = digits.replace(",", "").partition(".")
        place = -len(decimals)
        if not decimals and ("," in digits or match["money"]):
            place = len(whole) - len(whole.rstrip("0"))
        found.append((float(f"{whole}.{decimals or 0}") * 10**power, 10.0 ** (place + power)))
    return tuple(found)


@lru_cache(maxsize=4096)
def _without_figures(title: str) -> frozenset[str]:
    """The months and codes of a title, without its figures."""
    _, varying = _template(_FIGURE.sub(" ", title))
    return varying


def _one_amount(a: tuple[float, float], b: tuple[float, float]) -> bool:
    (value, place), (other, other_place) = a, b
    if value == other:
        return True
    return place != other_place and abs(value - other) < max(place, other_place)


def is_same_text(words: Collection[str], other: Collection[str], *, one_outlet: bool) -> bool:
    """True if two texts below one title may be one text, given the words of each.

    Outlets put their own first words before what they reprint. One outlet does not: what it says
    in other words under an old title is the next of a series, as is what says nothing.
    """
    if one_outlet:
        return bool(words) and set(words) == set(other)
    if not words or not other:
        return True
    here, there = set(words), set(other)
    return len(here & there) >= _SAME_TEXT * len(here | there)
