"""Walk a root and list its files, in byte order of the paths. Reads no file's content.

The order is that of ``os.fsencode(path)`` over whole relative paths, the store's order of known
files, so that the two can be merged without holding either in memory.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from itertools import groupby, islice
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple, Protocol

from watcher.beneath import opened_folder, opened_root, resolve_beneath
from watcher.errors import WatchError
from watcher.model.left_out import LeftOut
from watcher.watch.patterns import Patterns

Unreadable = Callable[[str, OSError], None]


class Walked(NamedTuple):
    """Names that the patterns want, next to each other in one folder, and the status of each.

    The folder is "", or ends in a slash. Columns spare an object for each file.
    """

    folder: str
    names: list[str]
    statuses: list[os.stat_result]

    def found(self) -> Iterator[tuple[str, os.stat_result]]:
        """Each path, with its status."""
        return zip(map(self.folder.__add__, self.names), self.statuses, strict=True)


AT_ONCE = 1000
"""How many files are looked at, at most, before the first of them is yielded."""

PATH_MAX = 4096
"""Bytes of a path with the NUL at its end: limits.h(0p)."""
_LONGEST_NAME = 255
_BYTES_A_CHARACTER = 4

_MODE = attrgetter("st_mode")
_NOT_THERE = (errno.ENOENT, errno.ENOTDIR)
_GONE = (*_NOT_THERE, errno.ELOOP)
_DANGLING = (*_GONE, errno.EXDEV)


class Root(Protocol):
    """What a walk must know of a root: its config says it, and more."""

    @property
    def path(self) -> str | Path: ...
    @property
    def include(self) -> Sequence[str]: ...
    @property
    def exclude(self) -> Sequence[str]: ...
    @property
    def left_out(self) -> Sequence[str]: ...
    @property
    def top_folders_left_out(self) -> frozenset[str]: ...


class FoundKind(StrEnum):
    """``link_out``: a symlink that leaves the root, or leads nowhere. ``other``: fifo, device."""

    REGULAR = "regular"
    DIRECTORY_NAMED_LIKE_SEED = "directory_named_like_seed"
    LINK_OUT = "link_out"
    OTHER = "other"


class Found(NamedTuple):
    """A wanted path with its status; of a symlink, the status of its target."""

    path: str
    status: os.stat_result
    kind: FoundKind


def walk_root(
    root: Root, *, unreadable: Unreadable, left_out: LeftOut | None = None
) -> Iterator[Found]:
    """All that ``root``'s patterns want, sorted by ``os.fsencode(path)``.

    ``unreadable`` is called for each path that could not be looked at: it, and all beneath it, is
    unknown rather than gone. Raises WatchError, when called or while iterating, if the root itself
    cannot be read or is not the same folder to the end: nothing may then be deemed gone.
    Holds one folder's names per level of depth, not the tree. ``left_out`` counts what the walk
    passes by.
    """
    return _one_by_one(walk_stretches(root, unreadable=unreadable, left_out=left_out))


def walk_stretches(
    root: Root, *, unreadable: Unreadable, left_out: LeftOut | None = None
) -> Iterator[Walked]:
    """As :func:`walk_root`, but in lists of neighbours in one folder.

    A scan of a large root handles lists faster than single files. ``left_out`` counts what the
    walk passes by.
    """
    return _Walk(root, patterns_of(root), unreadable, left_out).walk("")


def patterns_of(root: Root) -> Patterns:
    """The patterns that decide which names of a root are seeds."""
    return Patterns(
        root.include,
        root.exclude,
        left_out=root.left_out,
        top_folders_left_out=root.top_folders_left_out,
    )


def walk_folder(
    root: Root, folder: str, *, patterns: Patterns, unreadable: Unreadable
) -> Iterator[Found]:
    """As :func:`walk_root`, for the files beneath ``folder``; nothing if it is gone.

    ``patterns`` are the root's, made once: new folders may come by the thousand.
    """
    return _one_by_one(_Walk(root, patterns, unreadable).walk(f"{folder}/"))


def _one_by_one(walk: Iterator[Walked]) -> Iterator[Found]:
    return (
        Found(path, status, _kind(status.st_mode))
        for stretch in walk
        for path, status in stretch.found()
    )


def root_identity(path: str) -> tuple[int, int]:
    """Device and inode of the folder at ``path``, symlinks followed; raises OSError if none."""
    status = Path(path).stat()
    if not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
    return _identity_of(status)


def _identity_of(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def with_slash(folder: str) -> str:
    """``folder`` as a prefix of the paths in it."""
    return f"{folder.rstrip('/')}/"


def printable(path: str) -> str:
    """``path`` for people: bytes that are not UTF-8 are escaped."""
    return path.encode("utf-8", "backslashreplace").decode()


class _Walk:
    """One walk. Folders are written with their slash, which also is how they sort."""

    __slots__ = ("_handle", "_identity", "_left_out", "_patterns", "_room", "_root", "_unreadable")

    def __init__(
        self,
        root: Root,
        patterns: Patterns,
        unreadable: Unreadable,
        left_out: LeftOut | None = None,
    ) -> None:
        self._root = os.fspath(root.path)
        self._identity = self._look_at_root()
        self._handle = -1  # of the root's folder, while it is walked
        self._patterns = patterns
        self._unreadable = unreadable
        self._left_out = left_out
        # A path as a whole must fit, or it could be walked but neither watched nor named.
        self._room = PATH_MAX - len(os.fsencode(with_slash(self._root)))

    def walk(self, folder: str) -> Iterator[Walked]:
        try:
            with opened_root(self._root) as self._handle:
                self._require(_identity_of(os.fstat(self._handle)))
                yield from self._walk(folder)
        except OSError as error:
            raise self._cannot_scan(error) from error
        self._require_root()

    def _walk(self, folder: str) -> Iterator[Walked]:
        # Not recursive: a deep tree would cost a generator per level for each stretch found.
        pending = [(folder, self._runs(folder))]
        while pending:
            folder, runs = pending[-1]
            for run in runs:
                if isinstance(run, str):
                    pending.append((folder + run, self._runs(folder + run)))
                    break
                yield self._look_at(folder, run)
            else:
                pending.pop()

    def _look_at(self, folder: str, names: list[str]) -> Walked:
        """What the files in a folder are, in the order of their names."""
        try:
            with opened_folder(self._handle, folder) as handle:
                return self._look_from(handle, folder, names)
        except OSError as error:
            for name in names:
                self._miss(folder + name, error)
            return Walked(folder, [], [])

    def _look_from(self, handle: int, folder: str, names: list[str]) -> Walked:
        # Names below an open folder: the kernel need not find the way to it for each.
        lstat = os.lstat
        try:
            statuses = [lstat(name, dir_fd=handle) for name in names]
        except OSError:
            return self._look_at_each(handle, folder, names)
        if all(map(stat.S_ISREG, set(map(_MODE, statuses)))):
            return Walked(folder, names, statuses)
        return self._look_at_each(handle, folder, names)

    def _look_at_each(self, handle: int, folder: str, names: list[str]) -> Walked:
        """Where one of them went, cannot be looked at, or is no plain file."""
        found = Walked(folder, [], [])
        for name in names:
            try:
                status = os.lstat(name, dir_fd=handle)
                if not stat.S_ISREG(status.st_mode):
                    status = self._look_closer(folder + name, status)
            except OSError as error:
                self._miss(folder + name, error)
            else:
                found.names.append(name)
                found.statuses.append(status)
        return found

    def _runs(self, folder: str) -> Iterator[list[str] | str]:
        """Yield the wanted files in ``folder``, in order and some at a time, and folders to walk.

        A folder ends in a slash.
        """
        names, has_folders = self._names(folder)
        if not has_folders:
            yield from (names[at : at + AT_ONCE] for at in range(0, len(names), AT_ONCE))
            return
        for is_folder, run in groupby(names, key=_is_folder):
            if is_folder:
                yield from run
            else:
                while files := list(islice(run, AT_ONCE)):
                    yield files

    def _names(self, folder: str) -> tuple[list[str], bool]:
        """The wanted entries of ``folder``, sorted, and True if there are folders among them."""
        try:
            files, folders = self._list(folder)
        except OSError as error:
            if not folder:
                raise self._cannot_scan(error) from error
            self._miss(folder[:-1], error)
            return [], False
        names = files + folders
        # For ASCII, text order is byte order and needs no key; undecodable bytes sort elsewhere.
        names.sort(key=None if "".join(names).isascii() else os.fsencode)
        return names, bool(folders)

    def _list(self, folder: str) -> tuple[list[str], list[str]]:
        names, folders = list[str](), list[str]()
        with opened_folder(self._handle, folder) as handle, os.scandir(handle) as entries:
            for entry in entries:
                names.append(entry.name)
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.name)
        wants_directory = self._patterns.wants_directory_in
        files = self._patterns.wanted_files(folder, names)
        wanted = [f"{name}/" for name in folders if wants_directory(folder, name)]
        if self._left_out is not None and len(files) + len(wanted) < len(names):
            self._patterns.count_left_out(folder, names, files, folders, self._left_out)
        if len(folder) + _LONGEST_NAME > self._room // _BYTES_A_CHARACTER:
            return self._fitting(folder, files), self._fitting(folder, wanted)
        return files, wanted

    def _fitting(self, folder: str, names: list[str]) -> list[str]:
        """The names whose whole path is not too long for the system; the others are counted."""
        room, fitting = self._room - len(os.fsencode(folder)), []
        for name in names:
            if len(os.fsencode(name.rstrip("/"))) < room:
                fitting.append(name)
            elif self._left_out is not None:
                self._left_out.add_too_long(printable(folder + name))
        return fitting

    def _look_closer(self, path: str, link: os.stat_result) -> os.stat_result:
        """What a symlink leads to; itself if that is nothing, or out of the root, or no symlink."""
        if not stat.S_ISLNK(link.st_mode):
            return link
        try:
            folder, _, name = resolve_beneath(self._root, path).rpartition("/")
            with opened_folder(self._handle, folder) as handle:
                return os.lstat(name, dir_fd=handle)
        except OSError as error:
            if error.errno in _DANGLING:
                return link
            raise

    def _miss(self, path: str, error: OSError) -> None:
        """A path that vanished is gone, if the root is still there; anything else is unknown.

        A folder in whose place a link was put has vanished, too.
        """
        if error.errno in _GONE:
            self._require_root()
        else:
            self._unreadable(path, error)

    def _require_root(self) -> None:
        self._require(self._look_at_root())

    def _require(self, identity: tuple[int, int]) -> None:
        if identity != self._identity:
            raise WatchError(f"{self._root}: was replaced while it was scanned; scan it again")

    def _look_at_root(self) -> tuple[int, int]:
        try:
            return root_identity(self._root)
        except OSError as error:
            raise self._cannot_scan(error) from error

    def _cannot_scan(self, error: OSError) -> WatchError:
        return WatchError(f"{self._root}: cannot be scanned: {error.strerror}")


def _is_folder(name: str) -> bool:
    return name[-1] == "/"


def _kind(mode: int) -> FoundKind:
    """The status of a path; one that is still a symlink leads out of the root."""
    if stat.S_ISREG(mode):
        return FoundKind.REGULAR
    if stat.S_ISDIR(mode):
        return FoundKind.DIRECTORY_NAMED_LIKE_SEED
    if stat.S_ISLNK(mode):
        return FoundKind.LINK_OUT
    return FoundKind.OTHER
