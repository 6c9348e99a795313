"""A post on its way to a URL: its path taken apart, its keys, its date. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Self

_DATED = re.compile(
    r"(?P<year>\d{4})(?:[-_.](?P<month>\d{1,2})[-_.](?P<day>\d{1,2})|(?P<mm>\d{2})(?P<dd>\d{2}))"
    r"(?:[-_. ]+(?P<rest>.*)|$)",
    re.DOTALL,
)
_LANGUAGES = (
    "ar bg ca cs da de el en es et eu fa fi fr gl he hi hr hu id it ja ko lt lv nb nl no pl pt ro "
    "ru sk sl sr sv th tr uk vi zh"
).replace(" ", "|")
_LANGUAGE = re.compile(rf"(?P<stem>.+)\.(?P<language>(?:{_LANGUAGES})(?:-[A-Za-z]{{2,4}})?)")
_FIRST_YEAR = 1900
_INDEXES = ("index", "_index")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileName:
    """A root-relative path taken apart.

    ``folders`` lead to the file; of a bundle (``first/index.md``) the last one is its ``stem``.
    ``name`` is the stem without the date it may begin with; ``language`` is that of ``a.de.md``.
    """

    folders: tuple[str, ...]
    stem: str
    name: str
    suffix: str
    day: date | None
    is_index: bool
    language: str | None

    @classmethod
    def of_member(cls) -> Self:
        """Of one of many in a file: its path says nothing of it."""
        return cls(folders=(), stem="", name="", suffix="", day=None, is_index=False, language=None)


def take_apart(path: str, *, has_languages: bool = False) -> FileName:
    *folders, file = path.split("/")
    stem, dot, suffix = file.rpartition(".")
    if not dot or not stem:
        stem, suffix = file, ""
    language = None
    if has_languages and (found := _LANGUAGE.fullmatch(stem)):
        stem, language = found["stem"], found["language"]
    is_index = stem.lower() in _INDEXES
    if is_index and folders:
        stem = folders.pop()
    day, name = split_date(stem)
    return FileName(
        folders=tuple(folders),
        stem=stem,
        name=name,
        suffix=suffix.lower(),
        day=day,
        is_index=is_index,
        language=language,
    )


def split_date(stem: str) -> tuple[date | None, str]:
    """The date that a name begins with, and the rest; the whole name where there is none."""
    found = _DATED.match(stem)
    if found is None:
        return None, stem
    try:
        month, day_of_month = found["month"] or found["mm"], found["day"] or found["dd"]
        day = date(int(found["year"]), int(month), int(day_of_month))
    except ValueError:
        return None, stem
    return (day, found["rest"] or stem) if day.year >= _FIRST_YEAR else (None, stem)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """``values`` are the seed's own, by folded key; ``day`` is the local time of publication."""

    file: FileName
    values: Mapping[str, Any] = field(repr=False)
    title: str | None
    day: datetime | None
    categories: tuple[str, ...]

    def text(self, *keys: str) -> str | None:
        """The first of ``keys`` that holds text, or a number."""
        for key in keys:
            value = self.values.get(key)
            if isinstance(value, str | int | float) and not isinstance(value, bool):
                shown = str(value).strip()
                if shown:
                    return shown
        return None
