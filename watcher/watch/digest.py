"""Stands for what a walk found, in a few bytes: equal ones stand for the same files, unchanged.

It reads no file. What it is made of is what a scan compares: paths and stat signatures.
"""

import marshal
import os
from collections.abc import Iterable, Iterator
from hashlib import blake2b

from watcher.watch.walk import Walked

_PLAIN = 2
"""The format of marshal in which equal values are equal bytes: later ones count references."""
_BYTES = 16


class WalkDigest:
    """Of all stretches that came by, in their order."""

    def __init__(self) -> None:
        self._hash = blake2b(digest_size=_BYTES)

    def follow(self, walk: Iterable[Walked]) -> Iterator[Walked]:
        """The stretches of a walk, each taken note of before it is handed on."""
        for stretch in walk:
            self._hash.update(_bytes_of(*stretch))
            yield stretch

    def text(self) -> str:
        return self._hash.hexdigest()


def _bytes_of(folder: str, names: list[str], statuses: list[os.stat_result]) -> bytes:
    # In columns, for which there are no objects to be made but the numbers.
    columns = (
        folder,
        "\0".join(names),
        [status.st_size for status in statuses],
        [status.st_mtime_ns for status in statuses],
        [status.st_ctime_ns for status in statuses],
        [status.st_ino for status in statuses],
    )
    return marshal.dumps(columns, _PLAIN)
