"""A path to its bytes, or why there are none. Never blocks, never leaves the root, never raises.

It may not: look inside the bytes.
"""

import errno
import os
import stat
from hashlib import blake2b

from watcher.beneath import (
    FOLLOWED_AT_MOST,
    OutsideRoot,
    opened_folder,
    opened_root,
    resolve_beneath,
)
from watcher.model.seed import Missing, Problem, RawSeed, Reason, SeedPath, Signature, Unusable

DIGEST_SIZE = 16
# Kernels before 6.13 stamp files by a coarse clock: a file can change again and look the same.
# Git calls that racily clean.
RACY_NS = 2_000_000_000

# NONBLOCK: opening a FIFO to which nobody writes would wait for ever.
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def read_seed(at: SeedPath, *, max_size: int, now_ns: int) -> RawSeed | Unusable | Missing:
    """The file at ``at``, of at most ``max_size`` bytes, with its signature as it was read.

    ``now_ns`` is the time of the call in nanoseconds since the epoch. An unusable file is never
    trusted: what cures it (a mount, a group, a limit) need not show in its signature.
    """
    seen: list[os.stat_result] = []
    try:
        with opened_root(at.root) as root:
            found = _read_beneath(root, at, seen, max_size=max_size, now_ns=now_ns)
    except (FileNotFoundError, NotADirectoryError):
        return Missing(at=at)
    except OutsideRoot:
        found = _OUTSIDE
    except OSError as error:
        found = _unreadable(error)
    if isinstance(found, Problem):
        return Unusable(at=at, problem=found, signature=_signature(seen[0]) if seen else None)
    return found


def _read_beneath(
    root: int, at: SeedPath, seen: list[os.stat_result], *, max_size: int, now_ns: int
) -> RawSeed | Problem:
    """Read the file, or what symlinks on the way lead to; ``seen`` gets the file's own status."""
    path = at.path
    for _ in range(FOLLOWED_AT_MOST):
        folder, _, name = path.rpartition("/")
        try:
            with opened_folder(root, folder) as descriptor:
                status = os.lstat(name, dir_fd=descriptor)
                seen.append(status)
                if not stat.S_ISLNK(status.st_mode):
                    problem = _misfit(status, max_size)
                    return problem or _read_from(
                        descriptor, name, at, max_size=max_size, now_ns=now_ns
                    )
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
        path = resolve_beneath(at.root, path)
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))


def _read_from(
    folder: int, name: str, at: SeedPath, *, max_size: int, now_ns: int
) -> RawSeed | Problem:
    descriptor = os.open(name, _OPEN, dir_fd=folder)
    try:
        return _read_open(at, descriptor, max_size=max_size, now_ns=now_ns)
    finally:
        os.close(descriptor)


def _read_open(at: SeedPath, descriptor: int, *, max_size: int, now_ns: int) -> RawSeed | Problem:
    status = os.fstat(descriptor)
    problem = _misfit(status, max_size)
    if problem:  # it became something else since it was looked at
        return problem
    data, status, is_still = _read_still(descriptor, status, max_size)
    if len(data) > max_size:
        return _too_large(max_size)
    return RawSeed(
        at=at,
        signature=_signature(status),
        trusted=is_still and abs(now_ns - status.st_mtime_ns) >= RACY_NS,
        digest=blake2b(data, digest_size=DIGEST_SIZE).digest(),
        data=data,
    )


def _read_still(
    descriptor: int, before: os.stat_result, max_size: int
) -> tuple[bytes, os.stat_result, bool]:
    """The bytes, the status from before reading them, and whether it was the same afterwards.

    A file that moved while it was read is read once more.
    """
    for _ in range(2):
        data = _read_all(descriptor, before.st_size, max_size)
        after = os.fstat(descriptor)
        if _as_it_was(before, after) and len(data) == before.st_size:
            return data, before, True
        moved, before = before, after
    return data, moved, False


def _read_all(descriptor: int, size: int, max_size: int) -> bytes:
    """All bytes of a file that should have ``size``; at most one more than ``max_size``."""
    parts: list[bytes] = []
    length = 0
    while length <= max_size:
        wanted = min(max(size - length, 0), max_size - length) + 1
        part = os.pread(descriptor, wanted, length)
        parts.append(part)
        length += len(part)
        if not part or length == size:  # should it have grown, its status says so
            break
    return b"".join(parts)


def _as_it_was(before: os.stat_result, after: os.stat_result) -> bool:
    """True if both have the same signature."""
    return (
        before.st_mtime_ns == after.st_mtime_ns
        and before.st_ctime_ns == after.st_ctime_ns
        and before.st_size == after.st_size
        and before.st_ino == after.st_ino
    )


def _signature(status: os.stat_result) -> Signature:
    return Signature(
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        ctime_ns=status.st_ctime_ns,
        inode=status.st_ino,
    )


# ---------------------------------------------------------------- what is in the way

_OUTSIDE = Problem(
    message="the symlink leads out of the root: put the file itself here",
    reason=Reason.OUTSIDE_ROOT,
)
_KINDS = {
    stat.S_IFDIR: "directory",
    stat.S_IFIFO: "FIFO",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
}


def _misfit(status: os.stat_result, max_size: int) -> Problem | None:
    """Why a file is not to be read, as far as its status tells."""
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "special file")
        message = f"it is a {kind}, not a regular file: move it, or exclude it in the config"
        return Problem(message=message, reason=Reason.NOT_REGULAR)
    return _too_large(max_size) if status.st_size > max_size else None


def _too_large(max_size: int) -> Problem:
    message = f"it is larger than {max_size:,} bytes: make it smaller, or raise the root's max_size"
    return Problem(message=message, reason=Reason.TOO_LARGE)


def _unreadable(error: OSError) -> Problem:
    cause = os.strerror(error.errno) if error.errno else str(error)
    message = f"it cannot be read ({cause}): check its permissions and its disk"
    return Problem(message=message, reason=Reason.UNREADABLE)
