"""The ``match`` language: which articles somebody cares about. Pure, and it says why not.

Words are compared in Unicode NFC and without regard to letter case.
"""

import html
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any
from unicodedata import normalize
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, field_validator

from watcher.config.patterns import LONGEST_TITLE, compile_pattern, search_text
from watcher.config.values import Duration, Number, RegularExpression, Section, Words

if TYPE_CHECKING:  # a config is read also where no article is
    from watcher.model.seed import Content


class Match(Section):
    """All clauses that are given must hold; an empty match holds for everything."""

    model_config = ConfigDict(populate_by_name=True)

    topics: Words = Field((), description="one of these topics, in any letter case")
    categories: Words = Field((), description="one of these categories, in any letter case")
    types: Words = Field((), description="one of these types, such as article or video")
    providers: Words = Field(
        (), description="the provider's domain, or else the URL's host; with globs: *.example.org"
    )
    title: RegularExpression | None = Field(
        None,
        description="a regular expression found in the title, in any letter case, in linear time",
    )
    text: Words = Field(
        (),
        description="one of these words or phrases in title, summary or body: whole, or recall*",
    )
    text_regex: RegularExpression | None = Field(
        None,
        description="a regular expression found in title, summary or body, in any letter case",
    )
    min_quality: Number | None = Field(
        None, description="a quality of at least this; an article without one has too little"
    )
    min_heat: Number | None = Field(
        None, description="a heat of at least this; an article without one has too little"
    )
    published: bool | None = Field(
        None, description="what the seed's published says; a seed without it says false"
    )
    max_age: Duration | None = Field(
        None, description="published at most so long ago; an article without a date is young"
    )
    not_: "Match | None" = Field(None, alias="not", description="a match that must not hold")

    @field_validator("not_")
    @classmethod
    def _excludes_something(cls, value: "Match | None") -> "Match | None":
        if value is not None and not _clauses(value):
            raise ValueError("needs a clause: an empty match holds for everything")
        return value


def first_mismatch(match: Match, content: "Content", now: datetime) -> str | None:
    """The first clause of ``match`` that says no to ``content``, in words; None if all hold."""
    for name, wanted in _clauses(match).items():
        objection = _objection(name, wanted, content, now)
        if objection is not None:
            return f"{name.rstrip('_')}: {objection}"
    return None


def choosing_clauses(match: Match) -> tuple[str, ...]:
    """The clauses that an article meets by one of several values, or by a piece of its text."""
    return tuple(name for name in _clauses(match) if name in _FINDERS)


def telling_clauses(match: Match) -> tuple[str, ...]:
    """Those of them that say what a reader of the message does not see in it anyway."""
    return tuple(
        name
        for name in choosing_clauses(match)
        if name in _SEARCHES or (name in _LABELS and len(getattr(match, name)) > 1)
    )


def matched_by(
    match: Match, content: "Content", clauses: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """Which of the wanted values ``content`` has, by clause: ``{"text": ("recall*",)}``.

    A regular expression gives the text that it found.
    """
    found = {name: tuple(_FINDERS[name](getattr(match, name), content)) for name in clauses}
    return {name: values for name, values in found.items() if any(values)}


def _objection(name: str, wanted: Any, content: "Content", now: datetime) -> str | None:
    if name in _LIMITS:
        return _LIMITS[name](wanted, content, now)
    if next(_FINDERS[name](wanted, content), None) is not None:
        return None
    return f"does not match {wanted}" if isinstance(wanted, str) else f"none of {', '.join(wanted)}"


def depends_on_time(match: Match) -> bool:
    """True if the result of matching depends on the current time."""
    return match.max_age is not None or (match.not_ is not None and depends_on_time(match.not_))


def _clauses(match: Match) -> dict[str, Any]:
    given = {name: getattr(match, name) for name in (*_FINDERS, *_LIMITS)}
    return {name: wanted for name, wanted in given.items() if wanted not in (None, ())}


def _folded(text: str) -> str:
    return normalize("NFC", text).casefold()


def _plain(markup: str) -> str:
    # Without the second "<" it would take quadratic time where tags are left open.
    return html.unescape(re.sub(r"<[^<>]*>", " ", markup))


def _among(wanted: tuple[str, ...], values: tuple[str | None, ...]) -> Iterator[str]:
    found = {_folded(value) for value in values if value}
    return (each for each in wanted if _folded(each) in found)


def _providers(wanted: tuple[str, ...], content: "Content") -> Iterator[str]:
    domain = (content.provider and content.provider.domain) or urlsplit(content.url).hostname
    folded = _folded(domain or "")
    names = {folded, folded.removeprefix("www.")}
    return (glob for glob in wanted if any(fnmatchcase(name, _folded(glob)) for name in names))


def _title(wanted: str, content: "Content") -> Iterator[str]:
    found = compile_pattern(wanted).search(normalize("NFC", content.title[:LONGEST_TITLE]))
    return iter([found[0]] if found else [])


def _words_of(content: "Content") -> str:
    parts = (content.title, content.summary or "", _plain(content.body or ""))
    return " ".join(" ".join(parts).split())


def _text(wanted: tuple[str, ...], content: "Content") -> Iterator[str]:
    text = _folded(_words_of(content))
    return (each for each in wanted if _occurs(_folded(" ".join(each.split())), text))


def _text_regex(wanted: str, content: "Content") -> Iterator[str]:
    found = search_text(wanted, normalize("NFC", _words_of(content)))
    return iter([] if found is None else [found])


_UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
    r"\U00020000-\U0003ffff"
)
"""Scripts that put no space between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese."""

_LETTER = rf"[^\W{_UNSPACED}]"
"""A character that continues a word in scripts with spaces between words."""


def _occurs(phrase: str, text: str) -> bool:
    """True if the phrase is in the text as whole words; after ``recall*`` anything may follow."""
    stem = phrase.removesuffix("*") or phrase
    begins = "" if re.match(f"[{_UNSPACED}]", stem) else f"(?<!{_LETTER})"
    is_open = stem != phrase or re.match(f"[{_UNSPACED}]", stem[-1])
    ends = "" if is_open else f"(?!{_LETTER})"
    return re.search(f"{begins}{re.escape(stem)}{ends}", text) is not None


def _at_least(wanted: float, value: float | None) -> str | None:
    if value is None:
        return "the article has none"
    return None if value >= wanted else f"{value:g} is less than {wanted:g}"


def _published(wanted: bool, content: "Content") -> str | None:
    published = bool(content.is_published)
    return None if published is wanted else f"it is {'' if published else 'not '}published"


def _young(wanted: timedelta, content: "Content", now: datetime) -> str | None:
    if content.published_at is None or now - content.published_at <= wanted:
        return None
    return f"published {content.published_at:%Y-%m-%d}, longer ago"


def _not(wanted: Match, content: "Content", now: datetime) -> str | None:
    if first_mismatch(wanted, content, now) is not None:
        return None
    names = (name.rstrip("_") for name in _clauses(wanted))
    return f"what it excludes holds ({', '.join(names)})"


_FINDERS: dict[str, Callable[[Any, "Content"], Iterator[str]]] = {
    "topics": lambda wanted, content: _among(wanted, content.topics),
    "categories": lambda wanted, content: _among(wanted, (content.category,)),
    "types": lambda wanted, content: _among(wanted, (content.type,)),
    "providers": _providers,
    "title": _title,
    "text": _text,
    "text_regex": _text_regex,
}
"""Which of the wanted values an article has, or what a regular expression finds in it."""

_SEARCHES = ("text", "text_regex")
"""These look into the body, which no message shows."""

_LABELS = ("topics", "categories", "types")
"""An article may have many topics, and a message shows neither category nor type."""

_LIMITS: dict[str, Callable[[Any, "Content", datetime], str | None]] = {
    "min_quality": lambda wanted, content, _: _at_least(wanted, content.quality),
    "min_heat": lambda wanted, content, _: _at_least(wanted, content.heat),
    "published": lambda wanted, content, _: _published(wanted, content),
    "max_age": _young,
    "not_": _not,
}
"""The other clauses: why one does not hold."""
