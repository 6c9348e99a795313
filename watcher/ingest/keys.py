"""Which front matter keys say what, which one is never read, and how a key is shown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

from watcher.config.schema import FIELDS

KeyPath = tuple[str | int, ...]
BODY: KeyPath = ("the body",)  # what follows the front matter has a place, but no key

INGEST_VERSION = 5
"""Raised whenever the same bytes may give another Seed, so that known files are read again."""


ALIASES: dict[str, tuple[str, ...]] = {
    "title": ("headline",),
    "summary": ("subtitle", "abstract", "lead", "teaser", "dek", "standfirst", "intro"),
    "web_url": ("permalink", "source", "sourceurl", "canonicalurl", "canonical", "externalurl"),
    "published_at": (
        "published", "pubdate", "pubdatetime", "publishdate", "publishedat", "publisheddate",
        "datepublished", "publishedtime", "publishedon", "posted", "postdate", "created",
        "createdat", "datecreated", "createddate", "creationdate", "issued",
    ),
    "modified_at": (
        "lastmod", "updated", "modified", "lastmodified", "lastmodifiedat", "lastmodifiedtime",
        "updatedat", "updateddate", "updatedate", "datemodified", "moddatetime", "modifiedat",
        "modifieddate", "lastupdated", "update",
    ),
    "authors": ("authors", "author", "by", "byline", "creator", "writer", "writers"),
    "topics": ("tag", "categories", "keywords", "labels", "topic", "subjects"),
    "images": (
        "image", "cover", "heroimage", "featuredimage", "coverimage", "thumbnail", "banner",
        "ogimage", "og:image", "socialimage", "featureimage", "teaserimage", "img", "imageurl",
        "thumb", "picture",
    ),
}  # fmt: skip
"""How other tools call the fields: folded keys, best first, behind those of the config."""

TELLING = frozenset({"title", "date"})
"""Keys that show, with those of the config, that lines of ``Key: value`` are metadata."""

_OWN_WORDS = ("url", "link")  # tools give them meanings of their own


@dataclass(frozen=True, slots=True, eq=False)
class FieldKeys:
    """For each field the keys that may hold it, best first; ``fields_of`` is the other way round.

    ``fields_of_folded`` does the same for keys in any spelling. There is one for each config and
    tool, so that what is made for it can be kept. ``telling`` ones hold a title or a date, folded.
    """

    of: dict[str, tuple[str, ...]]
    of_folded: dict[str, tuple[str, ...]]
    fields_of: dict[str, tuple[str, ...]]
    fields_of_folded: dict[str, tuple[str, ...]]
    configured: frozenset[str]
    max_topics: int
    telling: frozenset[str]

    @classmethod
    def of_fields(
        cls,
        fields: Iterable[tuple[str, tuple[str, ...]]],
        max_topics: int,
        url_keys: tuple[str, ...] | None = None,
    ) -> Self:
        configured = dict(fields)
        of = FIELDS | configured
        aliases = {field: keys for field, keys in ALIASES.items() if field not in configured}
        if url_keys is not None and "web_url" not in configured:
            own = tuple(key for key in of["web_url"] if key not in _OWN_WORDS)
            of, aliases = of | {"web_url": own}, aliases | {"web_url": url_keys}
        of_folded = {
            field: tuple(dict.fromkeys((*map(folded, keys), *aliases.get(field, ()))))
            for field, keys in of.items()
        }
        fields_of_folded = _inverse(of_folded)
        fields_of = {key: fields_of_folded[folded(key)] for keys in of.values() for key in keys}
        return cls(
            of,
            of_folded,
            fields_of,
            fields_of_folded,
            frozenset(configured),
            max_topics,
            frozenset(map(folded, (*of["title"], *of["published_at"]))) | TELLING,
        )

    def fields_for(self, key: Any) -> tuple[str, ...] | None:
        """The fields that a key may hold, in whatever spelling; None if nobody knows it."""
        return self.fields_of.get(key) or self.fields_of_folded.get(folded(key))

    def rank(self, field: str, key: str) -> int:
        """The place of a key among those of a field: the lowest is the best."""
        return self.of_folded[field].index(folded(key))

    def is_alias(self, field: str, key: str) -> bool:
        """True if a key is only another tool's word for a field."""
        return self.rank(field, key) >= len(self.of[field])


def _inverse(keys_of: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    fields_of: dict[str, tuple[str, ...]] = {}
    for field, keys in keys_of.items():
        for key in dict.fromkeys(keys):
            fields_of[key] = (*fields_of.get(key, ()), field)
    return fields_of


def folded(key: Any) -> str:
    """A key as it is compared: without its letter case, ``-``, ``_``, ``.`` and spaces."""
    if not isinstance(key, str):
        return ""
    return _folded_short(key) if len(key) < _SHORT else _folded(key)


_SHORT = 40  # the same keys come in each seed
_MARKS = str.maketrans("", "", "-_ .")


def _folded(key: str) -> str:
    return key.translate(_MARKS).casefold()


_folded_short = lru_cache(maxsize=4_096)(_folded)


@lru_cache(maxsize=32)
def field_keys(
    fields: tuple[tuple[str, tuple[str, ...]], ...],
    max_topics: int,
    url_keys: tuple[str, ...] | None = None,
) -> FieldKeys:
    """The keys of a config, made once for all seeds; ``url_keys`` where a tool has its own."""
    return FieldKeys.of_fields(fields, max_topics, url_keys)


def is_secured(key: Any) -> bool:
    """True if ``key`` is ``secured``, in any letter case: somebody's ciphertext, never kept."""
    return isinstance(key, str) and key.strip().casefold() == "secured"


def show_path(path: KeyPath) -> str:
    """A path of keys as people write it: ``images[2].url``."""
    shown = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return shown.removeprefix(".")
