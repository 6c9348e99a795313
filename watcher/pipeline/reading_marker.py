"""Notes which seed is being read now, so that it is known if the process dies of it.

The note is in memory that is mapped to a file: it outlives the process, and costs no system call.
"""

import fcntl
import os
from contextlib import suppress
from mmap import mmap
from pathlib import Path
from typing import Self

from watcher.model.seed import SeedPath

_SIZE = 16 * 1024  # two paths of 4 KiB each, and more
_LENGTH = 4


class ReadingMarker:
    """One note. Without a file it is shared with processes that are forked from this one."""

    def __init__(self, handle: int = -1) -> None:
        self._handle = handle
        self._memory = mmap(handle, _SIZE)

    @classmethod
    def open(cls, file: Path) -> Self:
        """The note in ``file``, made if need be; without one if it cannot be, or is in use."""
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        with suppress(OSError):
            handle = os.open(file, flags, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.ftruncate(handle, _SIZE)
                return cls(handle)
            except OSError:
                os.close(handle)
        return cls()

    def set(self, at: SeedPath) -> None:
        """This seed is about to be read."""
        note = os.fsencode(at.root) + b"\0" + os.fsencode(at.path)
        if len(note) <= _SIZE - _LENGTH:
            self._memory[: _LENGTH + len(note)] = len(note).to_bytes(_LENGTH) + note

    def clear(self) -> None:
        """No seed is being read."""
        self._memory[:_LENGTH] = bytes(_LENGTH)

    def get(self) -> SeedPath | None:
        """The seed that is being read, or was when the process died."""
        length = int.from_bytes(self._memory[:_LENGTH])
        root, separator, path = self._memory[_LENGTH : _LENGTH + length].partition(b"\0")
        return SeedPath(root=os.fsdecode(root), path=os.fsdecode(path)) if separator else None

    def close(self) -> None:
        self._memory.close()
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
