"""What happened in one root, as hints: paths to mark dirty, reasons to rescan. Decides nothing.

Events are hints and the store is the truth: a hint too many costs one look at a file.
"""

import os
from collections.abc import Callable, Iterator

from watcher.config.schema import RootConfig
from watcher.errors import WatchError
from watcher.model.seed import SeedPath
from watcher.watch.patterns import Patterns
from watcher.watch.walk import Found, printable, walk_folder

Dirty = Callable[[SeedPath, bool], None]
Rescan = Callable[[str, str], None]


class Hints:
    """One root's way to ``dirty(path, complete)`` and ``rescan(root, reason)``.

    Paths are relative to the root. Those that its patterns do not want go no further.
    """

    def __init__(self, config: RootConfig, *, dirty: Dirty, rescan: Rescan) -> None:
        self.config = config
        self.root = os.fspath(config.path)
        self.patterns = Patterns(config.include, config.exclude)
        self._dirty = dirty
        self._rescan = rescan

    def file_touched(self, path: str, *, complete: bool) -> None:
        """Something happened to a file; ``complete`` if it is not being written any more."""
        if self.patterns.wants_file(path):
            self._dirty(SeedPath(root=self.root, path=path), complete)

    def folder_came(self, path: str, *, complete: bool) -> None:
        """A folder is new, or was moved in: no event tells of the files that it brought."""
        if not self.patterns.wants_directory(path):
            return
        self.file_touched(path, complete=complete)  # a folder may be named like a seed
        try:
            for found in self._walk(path):
                self._dirty(SeedPath(root=self.root, path=found.path), complete)
        except WatchError:
            return  # the root went: the observer's next check sees it

    def folder_went(self, path: str) -> None:
        """A folder was deleted, or moved out: no event tells of the files that it took."""
        if self.patterns.wants_directory(path):
            self.rescan(f"directory {printable(path)} went")

    def rescan(self, reason: str) -> None:
        self._rescan(self.root, reason)

    def _walk(self, folder: str) -> Iterator[Found]:
        return walk_folder(
            self.config, folder, patterns=self.patterns, unreadable=_leave_to_rescans
        )


def _leave_to_rescans(path: str, error: OSError) -> None:
    """A folder that cannot be read cannot be watched either, which degrades the root."""
