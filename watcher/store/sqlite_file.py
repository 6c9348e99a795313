"""Opens the file of a SQLite store by SQLite's own library: what loads no other is quick to start.

For commands that look, and for what must not wait. Who takes seeds in uses ``database``.
"""

import fcntl
import os
import sqlite3
from pathlib import Path

from watcher.errors import StoreLocked, StoreUnavailable


def connect(file: str, *, patience: float) -> sqlite3.Connection:
    """A connection that begins no transaction by itself. Raises sqlite3.Error; makes no file.

    It waits ``patience`` seconds for whoever has locked it.
    """
    uri = f"{Path(file).as_uri()}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, timeout=patience, isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL").close()
    return connection


def take_lock(store: str) -> int:
    """Lock the store in this file; the handle to close at the end.

    Raises StoreLocked, with the process id of the holder.
    """
    path = f"{store}.lock"
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreUnavailable(f"{path}: {error.strerror}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.read(handle, 32).decode("ascii", "replace").strip() or "unknown"
        os.close(handle)
        raise StoreLocked(
            f"{store}: in use by another Seedwatch, process {holder}: "
            f"stop it first; `seedwatch status` shows it, `kill -USR1 {holder}` makes it rescan"
        ) from error
    os.ftruncate(handle, 0)
    os.write(handle, f"{os.getpid()}\n".encode())
    return handle


def is_held(lock: str) -> bool:
    """True if a process holds this lock of a store. It is not taken."""
    try:
        handle = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
