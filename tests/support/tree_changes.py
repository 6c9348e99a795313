"""What may happen to a folder of seeds: each act does one thing to one of few paths, by chance."""

import os
import random
from pathlib import Path

from tests.support.seeds import write_seed
from tests.support.site import LONG_AGO

NAMES = ["a.md", "b.md", "d/a.md", "d/b.md", "d/e/a.md", "é.md", os.fsdecode(b"\xff.md")]


def age(root: Path) -> None:
    for path in root.rglob("*.md"):
        if path.is_file():
            os.utime(path, (LONG_AGO, LONG_AGO))


def write(root: Path, chance: random.Random) -> None:
    path = root / chance.choice(NAMES)
    if path.is_symlink() or not path.is_dir():
        if chance.random() < 0.3:
            path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not os.path.lexists(path):
            write_seed(path.parent, chance.randrange(9), name=path.name)


def edit(root: Path, chance: random.Random) -> None:
    """In place, to the same size and the same time, now and then."""
    path = pick(root, chance)
    if path is not None and path.is_file():
        before = path.stat()
        path.write_bytes(path.read_bytes().replace(b"Article", b"article", 1))
        if chance.random() < 0.5:
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def settle(root: Path, chance: random.Random) -> None:
    del chance
    age(root)


def remove(root: Path, chance: random.Random) -> None:
    path = pick(root, chance)
    if path is not None:
        path.unlink()


def rename(root: Path, chance: random.Random) -> None:
    path = pick(root, chance)
    there = root / chance.choice(NAMES)
    if path is not None and there.parent.is_dir():
        path.rename(there)


def exchange(root: Path, chance: random.Random) -> None:
    """Put another file of the same size and time in its place."""
    path = pick(root, chance)
    if path is not None and path.is_file():
        other = path.with_name("other.tmp")
        other.write_bytes(path.read_bytes())
        os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
        other.rename(path)


def link(root: Path, chance: random.Random) -> None:
    path = root / chance.choice(NAMES)
    if path.parent.is_dir() and not os.path.lexists(path):
        path.symlink_to(root / chance.choice(NAMES))


def pick(root: Path, chance: random.Random) -> Path | None:
    there = [path for name in NAMES if os.path.lexists(path := root / name)]
    return chance.choice(there) if there else None


ACTS = [write, write, write, edit, edit, settle, settle, remove, rename, exchange, link]
