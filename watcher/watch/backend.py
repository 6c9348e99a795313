"""What a source of events (inotify, or plain watchdog) offers, and the hints that it gives.

Events are hints and the store is the truth: one hint too many costs one look at a file.
"""

import errno
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from watcher.config.schema import RootConfig
from watcher.errors import WatchError
from watcher.model.seed import SeedPath
from watcher.watch.walk import Found, patterns_of, printable, walk_folder

Dirty = Callable[[SeedPath, bool], None]
Rescan = Callable[[str, str], None]


class Hints:
    """Turns one root's events into calls of ``dirty(path, complete)`` and ``rescan(root, reason)``.

    Paths are relative to the root. Those that its patterns do not want are dropped.
    """

    def __init__(self, config: RootConfig, *, dirty: Dirty, rescan: Rescan) -> None:
        self.config = config
        self.root = os.fspath(config.path)
        self.patterns = patterns_of(config)
        self._dirty = dirty
        self._rescan = rescan

    def file_touched(self, path: str, *, complete: bool, came: bool = False) -> None:
        """Something happened to a file; ``complete`` if it is not being written any more.

        ``came``: it is new at this path. A link that is no seed may be on the way to seeds that
        are links themselves: so a ConfigMap is exchanged (``a.md -> ..data/a.md``).
        """
        if self.patterns.wants_file(path):
            self._dirty(SeedPath(root=self.root, path=path), complete)
        elif came and self._is_link(path):
            self.rescan(f"link {printable(path)} changed")

    def folder_came(self, path: str, *, complete: bool) -> None:
        """A folder is new, or was moved in: its files raised no events of their own."""
        if not self.patterns.wants_directory(path):
            return
        self.file_touched(path, complete=complete)  # a folder may be named like a seed
        try:
            for found in self._walk(path):
                self._dirty(SeedPath(root=self.root, path=found.path), complete)
        except WatchError:
            return  # the root went: the observer's next check sees it

    def folder_went(self, path: str) -> None:
        """A folder was deleted, or moved out: its files raised no events of their own."""
        if self.patterns.wants_directory(path):
            self.rescan(f"directory {printable(path)} went")

    def rescan(self, reason: str) -> None:
        self._rescan(self.root, reason)

    def _is_link(self, path: str) -> bool:
        folder = path.rpartition("/")[0]
        return self.patterns.wants_directory(folder) and Path(self.root, path).is_symlink()

    def _walk(self, folder: str) -> Iterator[Found]:
        return walk_folder(
            self.config, folder, patterns=self.patterns, unreadable=_leave_to_rescans
        )


def _leave_to_rescans(path: str, error: OSError) -> None:
    """A folder that cannot be read cannot be watched either, which degrades the root."""


class Watched(Protocol):
    """One root under watch. For any threads."""

    @property
    def lost(self) -> bool:
        """True once the root's own folder was moved, deleted or unmounted: no more events come."""

    @property
    def trouble(self) -> str | None:
        """Which folders are not watched and why, in words; None if all are."""

    def arm_again(self) -> None:
        """Try once more to watch every folder; raises OSError if not even the root can be."""

    def close(self) -> None:
        """No more events of this root."""


class Backend(Protocol):
    """A source of events. A thread of it calls :class:`Hints`."""

    @property
    def alive(self) -> bool:
        """True while its threads run."""

    def watch(self, hints: Hints) -> Watched:
        """Watch a root; raises OSError if the root's own folder cannot be."""

    def shut(self) -> None:
        """Stop and join its threads, in bounded time."""


class MakeBackend(Protocol):
    """Starts a backend; raises OSError if the system has no more to give.

    ``failed`` is called, in place of an exception that would kill a thread, for an event that
    could not be handled. Long work is given up once ``stopping`` is set.
    """

    def __call__(self, *, stopping: threading.Event, failed: Callable[[], None]) -> Backend: ...


def explain(error: OSError) -> str:
    """Why something cannot be watched, and what to do about it."""
    match error.errno:
        case errno.ENOSPC:
            return "no inotify watches are left; raise the sysctl fs.inotify.max_user_watches"
        case errno.EMFILE:
            return "no inotify instances are left; raise the sysctl fs.inotify.max_user_instances"
        case _:
            return error.strerror or str(error)
