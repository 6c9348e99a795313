"""Which front matter keys say what, which one is never read, and how a key is shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

from watcher.config.schema import FIELDS, ArticlesConfig

KeyPath = tuple[str | int, ...]
BODY: KeyPath = ("the body",)  # what follows the front matter has a place, but no key

INGEST_VERSION = 3
"""Raised whenever the same bytes may give another Seed, so that known files are read again."""


@dataclass(frozen=True, slots=True, eq=False)
class FieldKeys:
    """For each field the keys that may hold it, best first; ``fields_of`` is the other way round.

    There is one for each config, so that what is made for it can be kept.
    """

    of: dict[str, tuple[str, ...]]
    fields_of: dict[str, tuple[str, ...]]
    max_topics: int

    @classmethod
    def of_fields(cls, fields: Iterable[tuple[str, tuple[str, ...]]], max_topics: int) -> Self:
        of = FIELDS | dict(fields)
        fields_of: dict[str, tuple[str, ...]] = {}
        for field, keys in of.items():
            for key in dict.fromkeys(keys):
                fields_of[key] = (*fields_of.get(key, ()), field)
        return cls(of, fields_of, max_topics)


_of_fields = lru_cache(maxsize=8)(FieldKeys.of_fields)


def field_keys(articles: ArticlesConfig) -> FieldKeys:
    """The keys under a config, made once for all seeds."""
    return _of_fields(tuple(articles.fields.items()), articles.max_topics)


def is_secured(key: Any) -> bool:
    """Whether ``key`` is ``secured``, in any letter case: somebody's ciphertext, never kept."""
    return isinstance(key, str) and key.strip().casefold() == "secured"


def show_path(path: KeyPath) -> str:
    """A path of keys as people write it: ``images[2].url``."""
    shown = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return shown.removeprefix(".")
