"""A path and a link to somewhere else that change places all the time: renameat2(2).

``python -m tests.support.exchange ONE OTHER`` does so until it is killed: a process of its own
gets between two system calls of ours, which a thread seldom does.
"""

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
_SYS_RENAMEAT2 = {"x86_64": 316, "aarch64": 276}[os.uname().machine]
_CALL = ctypes.CDLL(None, use_errno=True).syscall


def exchange(one: Path, other: Path) -> None:
    """Let two paths change places in one step."""
    names = os.fsencode(one), os.fsencode(other)
    if _CALL(_SYS_RENAMEAT2, _AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


@contextmanager
def exchanging(one: Path, other: Path) -> Iterator[None]:
    """Exchange both without a pause until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, str(one), str(other)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parent.parent.parent,
    )
    with process:
        try:
            assert process.stdout is not None
            process.stdout.readline()  # it has begun
            yield
        finally:
            process.kill()


if __name__ == "__main__":
    here, there = Path(sys.argv[1]), Path(sys.argv[2])
    print("begun", flush=True)
    while True:
        exchange(here, there)
