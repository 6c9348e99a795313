"""Which paths of a root are seeds: include and exclude globs. Pure; looks at names, never at files.

A glob without ``/`` is matched against a base name, one with ``/`` against the whole path
relative to the root. Matching is :mod:`fnmatch`'s, case-sensitive; ``*`` also matches ``/``.
"""

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase, translate

from watcher.model.left_out import LeftOut

_WILD = re.compile(r"[*?\[]")
_BEGINNING = re.compile(r"([^*?\[]*)\*")
_END = re.compile(r"\*([^*?\[]*)")


class _Globs:
    """Some globs. Nearly all are a name, a beginning or an end, which need no expression."""

    __slots__ = ("beginnings", "ends", "exact", "names", "paths")

    def __init__(self, globs: Iterable[str]) -> None:
        globs = tuple(globs)
        without_slash = [glob for glob in globs if "/" not in glob]
        self.exact = frozenset(glob for glob in without_slash if not _WILD.search(glob))
        simple = [glob for glob in without_slash if glob not in self.exact]
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
        """True if none of them needs an expression."""
        return self.names is None and self.paths is None

    def match(self, folder: str, name: str) -> bool:
        """True if one of them matches ``name``, or the whole path of ``folder`` and ``name``."""
        return (
            name.endswith(self.ends)
            or name.startswith(self.beginnings)
            or name in self.exact
            or (self.names is not None and self.names.match(name) is not None)
            or (self.paths is not None and self.paths.match(folder + name) is not None)
        )


class Patterns:
    """A root's include and exclude globs; exclude wins, and counts for every parent folder too.

    ``left_out`` are more globs to exclude, of names that are no articles in any root or by its
    ``like``; ``top_folders_left_out`` are names of folders directly in the root.
    """

    __slots__ = ("_excluded", "_included", "_left_out", "_own", "_top_folders")

    def __init__(
        self,
        include: Iterable[str],
        exclude: Iterable[str],
        *,
        left_out: Iterable[str] = (),
        top_folders_left_out: frozenset[str] = frozenset(),
    ) -> None:
        self._included = _Globs(include)
        self._own = _Globs(exclude)
        self._left_out = tuple(left_out)
        self._excluded = _Globs((*exclude, *self._left_out))
        self._top_folders = top_folders_left_out

    def wants_file(self, path: str) -> bool:
        """True if ``path``, relative to the root, is that of a seed."""
        folder, slash, name = path.rpartition("/")
        return self.wants_directory(folder) and self.wants_file_in(folder + slash, name)

    def wants_directory(self, path: str) -> bool:
        """True if there may be seeds in the folder ``path``; ``""`` is the root itself."""
        folder = ""
        for name in path.split("/") if path else ():
            if not self.wants_directory_in(folder, name):
                return False
            folder += f"{name}/"
        return True

    def wants_file_in(self, folder: str, name: str) -> bool:
        """:meth:`wants_file` for a folder known to be wanted: ``""``, or a path with its slash."""
        return self._included.match(folder, name) and not self._excluded.match(folder, name)

    def wanted_files(self, folder: str, names: Sequence[str]) -> list[str]:
        """Those of ``names`` that :meth:`wants_file_in` would want, in a fraction of its time."""
        wanted, spurned = self._included, self._excluded
        are_simple = wanted.are_simple and spurned.are_simple
        if not are_simple or not (wanted.exact | spurned.exact).isdisjoint(names):
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
        return not self._excluded.match(folder, name) and (
            bool(folder) or name not in self._top_folders
        )

    def count_left_out(
        self,
        folder: str,
        names: list[str],
        wanted: list[str],
        folders: list[str],
        left_out: LeftOut,
    ) -> None:
        """Count those of a folder's ``names`` that are not wanted; ``folders`` are among them.

        Not counted is what the root's own exclude says.
        """
        for name in set(names).difference(wanted, folders):
            if self._own.match(folder, name):
                continue
            glob = self._name_left_out(name)
            if glob is None:
                left_out.add_unmatched([name])
            elif self._included.match(folder, name):
                left_out.by_name[glob] += 1
        for name in folders:
            if not folder and name in self._top_folders:
                left_out.by_name[f"{name}/"] += 1
            elif glob := self._name_left_out(name):
                left_out.by_name[f"{glob}/"] += 1

    def _name_left_out(self, name: str) -> str | None:
        return next((glob for glob in self._left_out if fnmatchcase(name, glob)), None)


def _share_an_end(some: Iterable[str], others: Sequence[str]) -> bool:
    """True if a name may have one of these ends and one of the others, too."""
    return any(one.endswith(other) or other.endswith(one) for one in some for other in others)


def _compile(globs: Iterable[str]) -> re.Pattern[str] | None:
    """The globs as one expression, if there are any."""
    expressions = [translate(glob) for glob in globs]
    return re.compile("|".join(expressions)) if expressions else None
