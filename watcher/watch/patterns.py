"""Which paths of a root are seeds: include and exclude globs. Pure; looks at names, never at files.

A glob without ``/`` is matched against a base name, one with ``/`` against the whole path
relative to the root. Matching is :mod:`fnmatch`'s, case-sensitive; ``*`` also matches ``/``.
"""

import re
from collections.abc import Iterable, Sequence
from fnmatch import translate

_BEGINNING = re.compile(r"([^*?\[]*)\*")
_END = re.compile(r"\*([^*?\[]*)")


class _Globs:
    """Some globs. Nearly all are a beginning or an end, for which strings need no expression."""

    __slots__ = ("beginnings", "ends", "names", "paths")

    def __init__(self, globs: Iterable[str]) -> None:
        globs = tuple(globs)
        simple = [glob for glob in globs if "/" not in glob]
        self.ends = tuple(found[1] for glob in simple if (found := _END.fullmatch(glob)))
        self.beginnings = tuple(
            found[1] for glob in simple if (found := _BEGINNING.fullmatch(glob))
        )
        self.names = _compile(
            glob for glob in simple if not _END.fullmatch(glob) and not _BEGINNING.fullmatch(glob)
        )
        self.paths = _compile(glob for glob in globs if "/" in glob)

    @property
    def are_simple(self) -> bool:
        """Whether each of them is a beginning or an end."""
        return self.names is None and self.paths is None

    def match(self, folder: str, name: str) -> bool:
        """Whether one of them matches ``name``, or the whole of ``folder`` and ``name``."""
        return (
            name.endswith(self.ends)
            or name.startswith(self.beginnings)
            or (self.names is not None and self.names.match(name) is not None)
            or (self.paths is not None and self.paths.match(folder + name) is not None)
        )


class Patterns:
    """A root's include and exclude globs; exclude wins, and counts for every parent folder too."""

    __slots__ = ("_excluded", "_included")

    def __init__(self, include: Iterable[str], exclude: Iterable[str]) -> None:
        self._included = _Globs(include)
        self._excluded = _Globs(exclude)

    def wants_file(self, path: str) -> bool:
        """Whether ``path``, relative to the root, is that of a seed."""
        folder, slash, name = path.rpartition("/")
        return self.wants_directory(folder) and self.wants_file_in(folder + slash, name)

    def wants_directory(self, path: str) -> bool:
        """Whether there may be seeds in the folder ``path``; ``""`` is the root itself."""
        folder = ""
        for name in path.split("/") if path else ():
            if not self.wants_directory_in(folder, name):
                return False
            folder += f"{name}/"
        return True

    def wants_file_in(self, folder: str, name: str) -> bool:
        """:meth:`wants_file` for a folder known to be wanted: ``""``, or a path with its slash."""
        return self._included.match(folder, name) and not self._excluded.match(folder, name)

    def wanted_files(self, folder: str, names: Iterable[str]) -> list[str]:
        """Those of ``names`` that :meth:`wants_file_in` would want, in a fraction of its time."""
        wanted, spurned = self._included, self._excluded
        if not (wanted.are_simple and spurned.are_simple):
            return [name for name in names if self.wants_file_in(folder, name)]
        if not (wanted.beginnings or _share_an_end(wanted.ends, spurned.ends)):
            ends, beginnings = wanted.ends, spurned.beginnings  # the commonest: two looks, not four
            return [
                name for name in names if name.endswith(ends) and not name.startswith(beginnings)
            ]
        return [
            name
            for name in names
            if (name.endswith(wanted.ends) or name.startswith(wanted.beginnings))
            and not (name.endswith(spurned.ends) or name.startswith(spurned.beginnings))
        ]

    def wants_directory_in(self, folder: str, name: str) -> bool:
        """:meth:`wants_directory` for a folder in one that is known to be wanted, as above."""
        return not self._excluded.match(folder, name)


def _share_an_end(some: Iterable[str], others: Sequence[str]) -> bool:
    """Whether a name may have one of these ends and one of the others, too."""
    return any(one.endswith(other) or other.endswith(one) for one in some for other in others)


def _compile(globs: Iterable[str]) -> re.Pattern[str] | None:
    """The globs as one expression, if there are any."""
    expressions = [translate(glob) for glob in globs]
    return re.compile("|".join(expressions)) if expressions else None
