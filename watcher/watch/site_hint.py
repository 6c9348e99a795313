"""Which site generator a folder belongs to, read from the generator's own config.

Opens only a few well-known files in the folder, at most 64 KiB of each, and follows no link.
"""

import errno
import os
import re
import stat
from pathlib import Path

from watcher.beneath import opened_folder, opened_root
from watcher.watch.site_configs import CONFIGS, CONFIGS_BELOW, SiteHint

LONGEST = 64 * 1024
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def find_site(root: str | Path) -> SiteHint | None:
    """The hint of the folder ``root``, or of the folder above it where it holds only the posts.

    None if it looks like no site. Never raises for what it cannot read.
    """
    top = Path(root)
    for folder in (top, *_above(top)):
        hint = _find_in(folder)
        if hint is not None:
            return hint
    return None


_CONTENT = {"_posts", "content", "posts", "source", "src", "blog"}


def _above(folder: Path) -> list[Path]:
    """Folders above one that is usually part of a site, such as ``content/posts``."""
    above = []
    while folder.name in _CONTENT and folder.parent != folder:
        folder = folder.parent
        above.append(folder)
    return above


def _find_in(folder: Path) -> SiteHint | None:
    try:
        with opened_root(str(folder)) as root:
            for pattern, read in CONFIGS:
                for name in _matching(root, pattern):
                    text = _read(root, name)
                    if text is None:
                        continue
                    hint = read(name, text, lambda path: _read(root, path))
                    if hint is not None:
                        return hint
            for name, read in CONFIGS_BELOW:
                if (text := _read(root, name)) is not None:
                    return read(name, text, lambda path: _read(root, path))
            if _is_folder(root, ".obsidian"):
                return SiteHint(like="obsidian", found_in=".obsidian/")
    except OSError:
        return None
    return None


def _matching(folder: int, pattern: re.Pattern[str]) -> list[str]:
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries if pattern.fullmatch(entry.name))


def _is_folder(folder: int, name: str) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(name, dir_fd=folder).st_mode)
    except OSError:
        return False


def _read(root: int, path: str) -> str | None:
    """The text of a file below the open ``root``, or as much of it as is looked at."""
    folder, _, name = path.rpartition("/")
    try:
        with opened_folder(root, folder) as opened:
            return _read_in(opened, name)
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE):
            raise
        return None


def _read_in(folder: int, name: str) -> str | None:
    descriptor = os.open(name, _OPEN, dir_fd=folder)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        return os.read(descriptor, LONGEST).decode("utf-8", "replace")
    finally:
        os.close(descriptor)
