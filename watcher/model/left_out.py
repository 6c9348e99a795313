"""What a walk of a root passes by, counted, so that nothing is silent. Pure."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from watcher.model.wording import count

MOST_SUFFIXES = 50
"""Kinds counted one by one; a hostile folder may have a new suffix for every file."""
LONGEST_SUFFIX = 20
LONGEST_SHOWN = 80
_SHOWN = 6
_OTHER = "other"


@dataclass(slots=True, kw_only=True)
class LeftOut:
    """Files that are no seeds by their name. What the root's ``exclude`` says is not counted.

    ``unmatched`` counts by suffix what no ``include`` matches, ``by_name`` what is no article by
    its name (``README*``, ``node_modules/``), ``too_long`` the paths that are too long for the
    system or the store. ``looks_like`` says which site generator the folder seems to belong to.
    """

    unmatched: Counter[str] = field(default_factory=Counter)
    by_name: Counter[str] = field(default_factory=Counter)
    too_long: int = 0
    first_too_long: str = ""
    looks_like: str = ""

    def add_unmatched(self, names: Iterable[str]) -> None:
        for name in names:
            suffix = suffix_of(name)
            is_counted = suffix in self.unmatched or len(self.unmatched) < MOST_SUFFIXES
            self.unmatched[suffix if is_counted else _OTHER] += 1

    def add_too_long(self, path: str) -> None:
        self.too_long += 1
        self.first_too_long = self.first_too_long or f"{path[:LONGEST_SHOWN]}…"

    @property
    def files(self) -> int:
        """How many files no ``include`` matches."""
        return self.unmatched.total()

    def words(self) -> list[str]:
        """A phrase for each way of being left out, for people."""
        said = []
        if self.unmatched:
            files = count(self.files, "file matches", "files match")
            said.append(f"{files} no include: {_listed(self.unmatched)}")
        if self.by_name:
            said.append(f"no articles by their name: {_listed(self.by_name)}")
        if self.too_long:
            paths = count(self.too_long, "path is", "paths are")
            said.append(f"{paths} too long, first {self.first_too_long}")
        return said

    def to_json(self) -> str:
        """The counts as the store keeps them; equal counts give equal text."""
        values = {
            "unmatched": dict(sorted(self.unmatched.items())),
            "by_name": dict(sorted(self.by_name.items())),
            "too_long": self.too_long,
            "first_too_long": self.first_too_long,
            "looks_like": self.looks_like,
        }
        return json.dumps({key: value for key, value in values.items() if value})


def left_out_from(text: str | None) -> LeftOut:
    """The inverse of :meth:`LeftOut.to_json`; nothing is left out where nothing was noted."""
    values = json.loads(text) if text else {}
    return LeftOut(
        unmatched=Counter(values.get("unmatched", {})),
        by_name=Counter(values.get("by_name", {})),
        too_long=values.get("too_long", 0),
        first_too_long=values.get("first_too_long", ""),
        looks_like=values.get("looks_like", ""),
    )


def suffix_of(name: str) -> str:
    """The suffix of a file's name in lower case, with its dot; ``no suffix`` without one."""
    stem, dot, suffix = name.rpartition(".")
    return f".{suffix.lower()}" if dot and stem and len(suffix) <= LONGEST_SUFFIX else "no suffix"


def _listed(counts: Counter[str]) -> str:
    shown = [f"{kind} {number:,}" for kind, number in counts.most_common(_SHOWN)]
    more = len(counts) - _SHOWN
    return ", ".join(shown) + (f" and {count(more, 'more kind')}" if more > 0 else "")
