"""Walk a root and say what is there, in byte order of the paths. Reads no file's content.

The order is that of ``os.fsencode(path)`` over whole relative paths, the store's order of known
files, so that the two can be merged without holding either in memory.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from watcher.config import RootConfig
from watcher.errors import WatchError
from watcher.model import Signature
from watcher.watch.patterns import Patterns

Unreadable = Callable[[str, OSError], None]

_NOT_THERE = (errno.ENOENT, errno.ENOTDIR)
_DANGLING = (*_NOT_THERE, errno.ELOOP)


class FoundKind(StrEnum):
    """``link_out``: a symlink that leaves the root, or leads nowhere. ``other``: fifo, device."""

    REGULAR = "regular"
    DIRECTORY_NAMED_LIKE_SEED = "directory_named_like_seed"
    LINK_OUT = "link_out"
    OTHER = "other"


class Found(NamedTuple):
    """What is at a path that the patterns want; through a symlink, its target's status.

    A tuple, because a scan makes one of each seed that there is.
    """

    path: str
    status: os.stat_result
    kind: FoundKind

    @property
    def signature(self) -> Signature:
        return Signature(
            size=self.status.st_size,
            mtime_ns=self.status.st_mtime_ns,
            ctime_ns=self.status.st_ctime_ns,
            inode=self.status.st_ino,
        )


def walk_root(root: RootConfig, *, unreadable: Unreadable) -> Iterator[Found]:
    """All that ``root``'s patterns want, sorted by ``os.fsencode(path)``.

    ``unreadable`` is told of each path that could not be looked at: it, and all beneath it, is
    unknown rather than gone. Raises WatchError, when called or while iterating, if the root itself
    cannot be read or is not the same folder to the end: nothing may then be deemed gone.
    Holds one folder's names per level of depth, not the tree.
    """
    return _Walk(root, Patterns(root.include, root.exclude), unreadable).walk("")


def walk_folder(
    root: RootConfig, folder: str, *, patterns: Patterns, unreadable: Unreadable
) -> Iterator[Found]:
    """As :func:`walk_root`, for what is beneath ``folder``; nothing if it went meanwhile.

    ``patterns`` are the root's, made once: new folders may come by the thousand.
    """
    return _Walk(root, patterns, unreadable).walk(f"{folder}/")


def root_identity(path: str) -> tuple[int, int]:
    """Device and inode of the folder at ``path``, symlinks followed; raises OSError if none."""
    status = Path(path).stat()
    if not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
    return status.st_dev, status.st_ino


def with_slash(folder: str) -> str:
    """``folder`` as a prefix of what is in it."""
    return f"{folder.rstrip('/')}/"


def printable(path: str) -> str:
    """``path`` for people: what is not UTF-8 in it as an escape."""
    return path.encode("utf-8", "backslashreplace").decode()


class _Walk:
    """One walk. Folders are written with their slash, which also is how they sort."""

    __slots__ = ("_identity", "_inside", "_patterns", "_root", "_top", "_unreadable")

    def __init__(self, root: RootConfig, patterns: Patterns, unreadable: Unreadable) -> None:
        self._root = os.fspath(root.path)
        self._top = with_slash(self._root)
        self._identity = self._look_at_root()
        self._inside = with_slash(os.path.realpath(root.path))
        self._patterns = patterns
        self._unreadable = unreadable

    def walk(self, folder: str) -> Iterator[Found]:
        # Not recursive: a deep tree would cost a generator per level for each file found.
        pending = [(folder, iter(self._names(folder)))]
        while pending:
            folder, names = pending[-1]
            for name in names:
                path = folder + name
                if name[-1] == "/":
                    pending.append((path, iter(self._names(path))))
                    break
                try:
                    status = os.lstat(self._top + path)
                    kind = FoundKind.REGULAR
                    if not stat.S_ISREG(status.st_mode):
                        kind, status = self._look_closer(path, status)
                except OSError as error:
                    self._miss(path, error)
                    continue
                yield Found(path, status, kind)
            else:
                pending.pop()
        self._require_root()

    def _names(self, folder: str) -> list[str]:
        """What is wanted in ``folder``, sorted; a folder to walk ends in a slash."""
        try:
            names = self._list(folder)
        except OSError as error:
            if not folder:
                raise self._cannot_scan(error) from error
            self._miss(folder[:-1], error)
            return []
        # For ASCII, text order is byte order and needs no key; undecodable bytes sort elsewhere.
        names.sort(key=None if all(map(str.isascii, names)) else os.fsencode)
        return names

    def _list(self, folder: str) -> list[str]:
        names = []
        wants_file = self._patterns.wants_file_in
        wants_directory = self._patterns.wants_directory_in
        with os.scandir(self._top + folder) as entries:
            for entry in entries:
                name = entry.name
                if wants_file(folder, name):
                    names.append(name)
                if entry.is_dir(follow_symlinks=False) and wants_directory(folder, name):
                    names.append(f"{name}/")
        return names

    def _look_closer(self, path: str, link: os.stat_result) -> tuple[FoundKind, os.stat_result]:
        """What a symlink leads to; itself if that is nothing, or out of the root, or no symlink."""
        if not stat.S_ISLNK(link.st_mode):
            return _kind(link.st_mode), link
        try:
            target = os.path.realpath(self._top + path, strict=True)
            status = os.lstat(target)
        except OSError as error:
            if error.errno in _DANGLING:
                return FoundKind.LINK_OUT, link
            raise
        if not target.startswith(self._inside):
            return FoundKind.LINK_OUT, link
        return _kind(status.st_mode), status

    def _miss(self, path: str, error: OSError) -> None:
        """What vanished is gone, if the root still stands; anything else is unknown."""
        if error.errno in _NOT_THERE:
            self._require_root()
        else:
            self._unreadable(path, error)

    def _require_root(self) -> None:
        if self._look_at_root() != self._identity:
            raise WatchError(f"{self._root}: was replaced while it was scanned; scan it again")

    def _look_at_root(self) -> tuple[int, int]:
        try:
            return root_identity(self._root)
        except OSError as error:
            raise self._cannot_scan(error) from error

    def _cannot_scan(self, error: OSError) -> WatchError:
        return WatchError(f"{self._root}: cannot be scanned: {error.strerror}")


def _kind(mode: int) -> FoundKind:
    if stat.S_ISREG(mode):
        return FoundKind.REGULAR
    if stat.S_ISDIR(mode):
        return FoundKind.DIRECTORY_NAMED_LIKE_SEED
    return FoundKind.OTHER
