"""What a scan compares: the rows of files as they are listed. No query, no library."""

import os
from collections.abc import Iterable

ScanRow = tuple[bytes, str | None, int]
"""A file as a scan compares it: its path below its root in the file system's own bytes; its
signature as :func:`stored_signature` writes it, None if that is not to be trusted; and what else
is to be said of it: nothing, or ``QUARANTINED`` or ``ABSENT`` or both."""

QUARANTINED = 1
ABSENT = 2


def stored_signature(size: int, mtime_ns: int, ctime_ns: int, inode: int) -> str:
    """A stat signature as it is stored, so that two can be compared without reading either."""
    return f"{size} {mtime_ns} {ctime_ns} {inode}"


def as_listed(
    folder: str, names: Iterable[str], statuses: Iterable[os.stat_result]
) -> list[ScanRow]:
    """The rows of usable files that have these names in a folder, and these statuses."""
    # As stored_signature writes it, without a call for each of a million files.
    return [
        (os.fsencode(folder + name), f"{s.st_size} {s.st_mtime_ns} {s.st_ctime_ns} {s.st_ino}", 0)
        for name, s in zip(names, statuses, strict=True)
    ]
