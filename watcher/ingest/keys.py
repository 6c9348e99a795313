"""Which front matter keys say what, which one is never read, and how a key is shown."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Self

from watcher.config.schema import FIELDS, ArticlesConfig

KeyPath = tuple[str | int, ...]
BODY: KeyPath = ("the body",)  # what follows the front matter has a place, but no key

SEVERAL = "several fields"


@dataclass(frozen=True, slots=True)
class FieldKeys:
    """For each field the keys that may hold it, best first; ``known`` are all of them.

    ``field_of`` is the other way round; a key of several fields is of none in particular.
    """

    of: dict[str, tuple[str, ...]]
    known: frozenset[str]
    field_of: dict[str, str]

    @classmethod
    def from_config(cls, articles: ArticlesConfig) -> Self:
        of = {field: articles.keys_of(field) for field in FIELDS}
        pairs = [(key, field) for field, keys in of.items() for key in dict.fromkeys(keys)]
        shared = Counter(key for key, _ in pairs)
        field_of = {key: field if shared[key] == 1 else SEVERAL for key, field in pairs}
        return cls(of, frozenset(field_of), field_of)


_DEFAULT = FieldKeys.from_config(ArticlesConfig())


def field_keys(articles: ArticlesConfig) -> FieldKeys:
    """The keys under a config; those of the default one are ready made, once for all seeds."""
    return FieldKeys.from_config(articles) if articles.fields else _DEFAULT


def is_secured(key: Any) -> bool:
    """Whether ``key`` is ``secured``, in any letter case: somebody's ciphertext, never kept."""
    return isinstance(key, str) and key.strip().casefold() == "secured"


def show_path(path: KeyPath) -> str:
    """A path of keys as people write it: ``images[2].url``."""
    shown = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return shown.removeprefix(".")
