"""An article as the index of stories has it, and what two of them have in common. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from watcher.diff.story_words import telling_words
from watcher.model.story import StoryText

_TITLE_COUNTS = 2
"""How often a word of the title counts, beside one of the summary."""

FEW = 2
SHORT = 12
"""So many terms in common are more than chance, in articles that are longer than that."""

_SHORT_COMMON = 3
"""Two articles of which one has no more text than that tell of one event if they have so many
terms in common, one of them in both titles; or fewer, all in the titles. Not "some text" alone."""

_NAMED = 3
"""A term counts so much if it is in the title, and again in the summary."""


@dataclass(slots=True, kw_only=True)
class Entry:
    """An article in the index. ``terms`` are sorted, ``counts`` go with them."""

    key: int
    article: str
    title: str
    title_key: str
    outlet: str
    terms: tuple[str, ...]
    counts: bytes
    norm: float
    story: str
    reprint_of: str | None


def vector(text: StoryText) -> tuple[tuple[str, ...], bytes, dict[str, str]]:
    """The terms of an article, sorted, how often each counts, and a word as written for each."""
    in_title, in_summary = telling_words(text.title, text.summary)
    counts: dict[str, int] = {}
    for term, _ in in_title:
        counts[term] = counts.get(term, 0) + _TITLE_COUNTS
    for term, _ in in_summary:
        counts[term] = counts.get(term, 0) + 1
    shown = dict(reversed([*in_title, *in_summary]))
    terms = tuple(sorted(counts))
    return terms, bytes([min(counts[term], 255) for term in terms]), shown


def text_only(entry: Entry) -> frozenset[str]:
    """The terms of an article that its title does not have."""
    in_title, _ = telling_words(entry.title, "")
    return frozenset(entry.terms) - {term for term, _ in in_title}


def is_alike_by_chance(entry: Entry, other: Entry) -> bool:
    """True if there is too little text to compare, and what is in common is not the titles'."""
    if min(len(entry.terms), len(other.terms)) > SHORT:
        return False
    titles = [
        {term for term, _ in telling_words(title, "")[0]} for title in (entry.title, other.title)
    ]
    in_titles = len(titles[0] & titles[1])
    in_all = len(set(entry.terms) & set(other.terms))
    return not in_titles or (in_titles < FEW and in_all < _SHORT_COMMON)


def own_terms(entry: Entry, other: Entry) -> Iterator[str]:
    """The terms that one article has in title and summary, and the other one not at all."""
    there = set(other.terms)
    for term, count in zip(entry.terms, entry.counts, strict=True):
        if count >= _NAMED and term not in there:
            yield term
