"""Writes a feed to disk atomically: a reader sees the whole old file or the whole new one.

It writes only feed files, and removes only its own temporary ones.
"""

import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path

from watcher.errors import PublishError

_MODE = 0o644
# The temporary names that mkstemp makes: hidden, so that no reader or pattern picks them up.
_LEFTOVER = re.compile(r"\..+\.(?:atom|rss|json|opml)\.[a-z0-9_]{8}\.tmp")


def publish_file(path: Path, data: bytes) -> bool:
    """Write ``data`` to ``path``, readable by everybody.

    Returns False if it was there already. Makes the folder if necessary; the bytes are on disk when
    this returns. Raises PublishError, with the old file untouched and no temporary file left, if it
    cannot.
    """
    try:
        if _holds(path, data):
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, data)
        _sync_folder(path.parent)
    except OSError as error:
        raise PublishError(str(path), error.strerror or str(error)) from error
    return True


def clean_leftovers(folder: Path) -> int:
    """Remove the temporary files of a process that was killed. Returns how many there were.

    Call it only in the one process that publishes here, before it does.
    """
    try:
        found = [path for path in folder.iterdir() if _LEFTOVER.fullmatch(path.name)]
        for path in found:
            path.unlink(missing_ok=True)
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise PublishError(str(folder), error.strerror or str(error)) from error
    return len(found)


def _holds(path: Path, data: bytes) -> bool:
    """True if the file has these bytes; one that cannot be read is written again."""
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except OSError:
        return False


def _replace(path: Path, data: bytes) -> None:
    descriptor, temporary = tempfile.mkstemp(".tmp", f".{path.name}.", path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(descriptor, _MODE)  # whatever the umask says: a web server reads it
            os.fsync(descriptor)
        Path(temporary).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
