"""Feed files as they are on disk, with what conditional requests need.

The file is the truth: what is cached counts only while its stat signature is the same. It writes
nothing.
"""

import errno
import hashlib
import os
import stat
import threading
import zlib
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

_SETTLED_SECONDS = 2.0
"""A younger file may be written again without a change of its signature."""

CHUNK = 16 * 1024
"""What is unpacked at once for one client; it holds no more of a feed than this, and a window."""
_READ = 256 * 1024
_GZIP = 16 + 13
"""gzip with a window of 8 KiB: unpacking for a client takes that much, where 32 KiB is usual. An
entry and the next are closer together than that, so hardly anything is packed worse."""

Signature = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedFile:
    """A feed's bytes, packed. ``modified`` is in seconds since the epoch.

    It is None while it would be that of a version served before: two in one second. ``size`` is in
    bytes, unpacked. However many clients are sent a file, its bytes are in memory once.
    """

    digest: str
    modified: int | None
    packed: bytes
    size: int

    def etag(self, *, packed: bool) -> str:
        """The strong entity tag of the bytes as sent: packed ones are others (RFC 9110 §8.8.3)."""
        return f'"{self.digest}-gzip"' if packed else f'"{self.digest}"'

    def length(self, *, packed: bool) -> int:
        """How many bytes are sent."""
        return len(self.packed) if packed else self.size

    def chunks(self, *, packed: bool) -> Iterator[bytes]:
        """What is sent, a little at a time."""
        pieces = memoryview(self.packed)
        unpacker = zlib.decompressobj(_GZIP)
        for start in range(0, len(pieces), CHUNK):
            piece = bytes(pieces[start : start + CHUNK])
            if packed:
                yield piece
                continue
            while piece:
                yield unpacker.decompress(piece, CHUNK)
                piece = unpacker.unconsumed_tail


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
        self._looking: defaultdict[Path, threading.Lock] = defaultdict(threading.Lock)
        self._size = 0

    def read(self, path: Path) -> FeedFile:
        """Return the file as it is now. Raises OSError; FileNotFoundError if there is none."""
        with self._lock:
            looking = self._looking[path]
        with looking:  # only one of many concurrent requests reads and packs it
            fresh = self._look(path)
            with self._lock:
                self._remember(path, fresh)
        return fresh.file

    def _look(self, path: Path) -> _Memory:
        with self._lock:
            known = self._known.get(path)
        if known and known.settled and _signature(path.stat()) == known.signature:
            return known
        with _open(path) as file:
            status = os.fstat(file.fileno())
            now = self._clock().timestamp()
            found = _feed_file(file, int(status.st_mtime), int(now), known)
        dated = found.modified if found.modified is not None else known.dated if known else 0
        settled = now - status.st_mtime > _SETTLED_SECONDS and found.modified is not None
        return _Memory(file=found, signature=_signature(status), settled=settled, dated=dated)

    def _remember(self, path: Path, memory: _Memory) -> None:
        old = self._known.pop(path, None)
        self._size += len(memory.file.packed) - (len(old.file.packed) if old else 0)
        self._known[path] = memory
        while self._size > self._room and len(self._known) > 1:
            _, dropped = self._known.popitem(last=False)
            self._size -= len(dropped.file.packed)


def _feed_file(file: BinaryIO, modified: int, now: int, known: _Memory | None) -> FeedFile:
    digest, size = hashlib.sha256(), 0
    while data := file.read(_READ):
        digest.update(data)
        size += len(data)
    name = digest.hexdigest()[:32]
    if known and known.file.digest == name and known.file.modified is not None:
        return known.file
    if known:
        modified = max(modified, known.dated + 1)
    return FeedFile(
        digest=name,
        modified=modified if modified <= now else None,
        packed=_pack(file, size),
        size=size,
    )


def _pack(file: BinaryIO, size: int) -> bytes:
    """The first ``size`` bytes of the file, packed without a time: the same bytes every time."""
    file.seek(0)
    packer = zlib.compressobj(6, wbits=_GZIP)
    packed = bytearray()
    while size and (data := file.read(min(_READ, size))):
        size -= len(data)
        packed += packer.compress(data)
    return bytes(packed + packer.flush())


def _signature(status: os.stat_result) -> Signature:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def _open(path: Path) -> BinaryIO:
    """A regular file, to be read. Never waits for a pipe."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    file = os.fdopen(descriptor, "rb", buffering=0)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return file
