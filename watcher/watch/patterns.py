"""Which paths of a root are seeds: include and exclude globs. Pure; looks at names, never at files.

A glob without ``/`` is matched against a base name, one with ``/`` against the whole path
relative to the root. Matching is :mod:`fnmatch`'s, case-sensitive; ``*`` also matches ``/``.
"""

import re
from collections.abc import Iterable
from fnmatch import translate


class Patterns:
    """A root's include and exclude globs; exclude wins, and counts for every parent folder too."""

    __slots__ = ("_excluded_name", "_excluded_path", "_included_name", "_included_path")

    def __init__(self, include: Iterable[str], exclude: Iterable[str]) -> None:
        self._included_name, self._included_path = _compile(tuple(include))
        self._excluded_name, self._excluded_path = _compile(tuple(exclude))

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
        included = self._included_name.match(name) or (
            self._included_path is not None and self._included_path.match(folder + name)
        )
        return bool(included) and self.wants_directory_in(folder, name)

    def wants_directory_in(self, folder: str, name: str) -> bool:
        """:meth:`wants_directory` for a folder in one that is known to be wanted, as above."""
        excluded = self._excluded_name.match(name) or (
            self._excluded_path is not None and self._excluded_path.match(folder + name)
        )
        return not excluded


def _compile(globs: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str] | None]:
    """The globs for names as one expression, and those for paths, of which there seldom are any."""
    names = [translate(glob) for glob in globs if "/" not in glob]
    paths = [translate(glob) for glob in globs if "/" in glob]
    never = r"(?!)"
    return re.compile("|".join(names) or never), re.compile("|".join(paths)) if paths else None
