"""Open what lies beneath a root by descriptor, so that no symlink on the way can lead out of it.

A path that was checked and is then opened by name can be exchanged in between (renameat2(2),
RENAME_EXCHANGE). Here a folder is opened without following any link, and all that follows uses
its descriptor. Links that stay inside the root work: they are resolved to a path without links,
which is then opened in the same way.
"""

import ctypes
import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

FOLLOWED_AT_MOST = 8
"""How often a path is resolved again after a link appeared on it."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_SYS_OPENAT2 = 437  # openat2(2), Linux 5.6; the number is the same on every architecture
_RESOLVE_NO_SYMLINKS, _RESOLVE_BENEATH = 0x04, 0x08


class OutsideRoot(OSError):
    """A symlink, or ``..``, leads out of the root."""

    def __init__(self, path: str) -> None:
        super().__init__(errno.EXDEV, "it leads out of the root", path)


class _OpenHow(ctypes.Structure):
    _fields_ = (
        ("flags", ctypes.c_uint64),
        ("mode", ctypes.c_uint64),
        ("resolve", ctypes.c_uint64),
    )


@contextmanager
def opened_root(path: str) -> Iterator[int]:
    """A descriptor of the root's own folder. The root may be a symlink: the config says so."""
    root = os.open(path, _FOLDER)
    try:
        yield root
    finally:
        os.close(root)


@contextmanager
def opened_folder(root: int, folder: str) -> Iterator[int]:
    """A descriptor of ``folder``, relative to the open ``root``; ``""`` is the root itself.

    Raises OSError with ELOOP if a symlink or ``..`` is on the way.
    """
    if not folder:
        yield root
        return
    descriptor = _open_folder()(root, folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def resolve_beneath(root: str, path: str) -> str:
    """``path`` below the folder ``root`` with all symlinks followed, relative to it.

    A hint, for it may change at once: open the result with :func:`opened_folder`. Raises
    OutsideRoot, or OSError if it leads nowhere.
    """
    top = os.path.realpath(root).rstrip("/") + "/"
    real = os.path.realpath(f"{root}/{path}", strict=True)
    if not real.startswith(top):
        raise OutsideRoot(path)
    return real.removeprefix(top)


@cache
def _open_folder() -> Callable[[int, str], int]:
    """openat2(2) where the kernel has it and lets us use it, else the same step by step."""
    if hasattr(os, "O_PATH"):  # Linux
        probe = os.open("/", _FOLDER)
        try:
            os.close(_open_at_once(probe, "."))
        except OSError:  # an old kernel, or a container's seccomp filter
            return _open_step_by_step
        finally:
            os.close(probe)
        return _open_at_once
    return _open_step_by_step


def _open_at_once(root: int, folder: str) -> int:
    how = _OpenHow(flags=_FOLDER, resolve=_RESOLVE_BENEATH | _RESOLVE_NO_SYMLINKS)
    while True:
        opened = _syscall()(
            _SYS_OPENAT2, root, os.fsencode(folder), ctypes.byref(how), ctypes.sizeof(how)
        )
        if opened >= 0:
            return int(opened)
        number = ctypes.get_errno()
        if number == errno.EXDEV:  # ".." out of the root, for us no better than a link
            number = errno.ELOOP
        if number not in (errno.EAGAIN, errno.EINTR):
            raise OSError(number, os.strerror(number), folder)


@cache
def _syscall() -> Callable[..., int]:
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    call.argtypes = [
        ctypes.c_long, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_size_t,
    ]  # fmt: skip
    return call


def _open_step_by_step(root: int, folder: str) -> int:
    steps = [step for step in folder.split("/") if step not in {"", "."}]
    descriptor = os.open(".", _FOLDER, dir_fd=root)
    for step in steps:
        above = descriptor
        try:
            descriptor = _open_step(above, step)
        finally:
            os.close(above)
    return descriptor


def _open_step(above: int, step: str) -> int:
    if step == "..":
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), step)
    try:
        return os.open(step, _FOLDER | os.O_NOFOLLOW, dir_fd=above)
    except NotADirectoryError:  # what Linux says of a link, too
        if stat.S_ISLNK(os.lstat(step, dir_fd=above).st_mode):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), step) from None
        raise
