"""Feed files as they are on disk, with what a client needs to ask for them conditionally.

The file is the truth: what is remembered of it counts only while its stat signature says that it
is the same. It writes nothing.
"""

import errno
import gzip
import hashlib
import os
import stat
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

_SETTLED_SECONDS = 2.0
"""A file that was written less long ago may be written again without its signature telling."""

Signature = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedFile:
    """A feed's bytes, packed. ``modified`` is in seconds since the epoch.

    It is None while it would be that of a version served before: two in one second.
    """

    digest: str
    modified: int | None
    packed: bytes

    def etag(self, *, packed: bool) -> str:
        """The strong entity tag of the bytes as sent: packed ones are others (RFC 9110 §8.8.3)."""
        return f'"{self.digest}-gzip"' if packed else f'"{self.digest}"'

    def data(self, *, packed: bool) -> bytes:
        return self.packed if packed else gzip.decompress(self.packed)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Memory:
    """``dated`` is the last ``modified`` that any version of the file was served with."""

    file: FeedFile
    signature: Signature
    settled: bool
    dated: int


class FeedFiles:
    """Reads feed files, and remembers those last asked for in ``room`` bytes."""

    def __init__(self, *, room: int, clock: Callable[[], datetime]) -> None:
        self._room = room
        self._clock = clock
        self._lock = threading.Lock()
        self._known: OrderedDict[Path, _Memory] = OrderedDict()
        self._size = 0

    def read(self, path: Path) -> FeedFile:
        """The file as it is now. Raises OSError; FileNotFoundError if there is none."""
        with self._lock:
            known = self._known.get(path)
        if known and known.settled and _signature(path.stat()) == known.signature:
            fresh = known
        else:
            fresh = self._look(path, known)
        with self._lock:
            self._remember(path, fresh)
        return fresh.file

    def _look(self, path: Path, known: _Memory | None) -> _Memory:
        status, data = _read(path)
        now = self._clock().timestamp()
        file = _feed_file(data, int(status.st_mtime), int(now), known)
        dated = file.modified if file.modified is not None else known.dated if known else 0
        settled = now - status.st_mtime > _SETTLED_SECONDS and file.modified is not None
        return _Memory(file=file, signature=_signature(status), settled=settled, dated=dated)

    def _remember(self, path: Path, memory: _Memory) -> None:
        old = self._known.pop(path, None)
        self._size += len(memory.file.packed) - (len(old.file.packed) if old else 0)
        self._known[path] = memory
        while self._size > self._room and len(self._known) > 1:
            _, dropped = self._known.popitem(last=False)
            self._size -= len(dropped.file.packed)


def _feed_file(data: bytes, modified: int, now: int, known: _Memory | None) -> FeedFile:
    digest = hashlib.sha256(data).hexdigest()[:32]
    if known and known.file.digest == digest and known.file.modified is not None:
        return known.file
    if known:
        modified = max(modified, known.dated + 1)
    return FeedFile(
        digest=digest,
        modified=modified if modified <= now else None,
        packed=gzip.compress(data, compresslevel=6, mtime=0),
    )


def _signature(status: os.stat_result) -> Signature:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def _read(path: Path) -> tuple[os.stat_result, bytes]:
    """A regular file's status and bytes, of one and the same file. Never waits for a pipe."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        return status, file.read()
