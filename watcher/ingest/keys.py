"""Which front matter keys say what, which one is never read, and how a key is shown."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

from watcher.config.schema import FIELDS, ArticlesConfig

KeyPath = tuple[str | int, ...]
BODY: KeyPath = ("the body",)  # what follows the front matter has a place, but no key

SEVERAL = "several fields"


@dataclass(frozen=True, slots=True, eq=False)
class FieldKeys:
    """For each field the keys that may hold it, best first; ``known`` are all of them.

    ``field_of`` is the other way round; a key of several fields is of none in particular. There is
    one for each config, so that what is made for it can be kept.
    """

    of: dict[str, tuple[str, ...]]
    known: frozenset[str]
    field_of: dict[str, str]

    @classmethod
    def of_fields(cls, fields: Iterable[tuple[str, tuple[str, ...]]]) -> Self:
        of = FIELDS | dict(fields)
        pairs = [(key, field) for field, keys in of.items() for key in dict.fromkeys(keys)]
        shared = Counter(key for key, _ in pairs)
        field_of = {key: field if shared[key] == 1 else SEVERAL for key, field in pairs}
        return cls(of, frozenset(field_of), field_of)


_of_fields = lru_cache(maxsize=8)(FieldKeys.of_fields)


def field_keys(articles: ArticlesConfig) -> FieldKeys:
    """The keys under a config, made once for all seeds."""
    return _of_fields(tuple(articles.fields.items()))


def is_secured(key: Any) -> bool:
    """Whether ``key`` is ``secured``, in any letter case: somebody's ciphertext, never kept."""
    return isinstance(key, str) and key.strip().casefold() == "secured"


def show_path(path: KeyPath) -> str:
    """A path of keys as people write it: ``images[2].url``."""
    shown = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return shown.removeprefix(".")
