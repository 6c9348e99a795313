"""Paths put aside for later, in order: in memory while they are few, in a temporary file if not."""

import os
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Self

_IN_MEMORY = 1024 * 1024
_AT_ONCE = 64 * 1024
_END = b"\0"  # no path has it


class Spool:
    """Filled first, then gone through once; gone with the end of its block."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  # closed by our own block

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def put(self, path: str) -> None:
        self._file.write(os.fsencode(path) + _END)

    def __iter__(self) -> Iterator[str]:
        self._file.seek(0)
        rest = b""
        while data := self._file.read(_AT_ONCE):
            *paths, rest = (rest + data).split(_END)
            yield from map(os.fsdecode, paths)
