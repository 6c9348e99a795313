"""Many seeds to measure with: the five real ones again and again, each with a title and URLs of
its own. Writes folders of a thousand, as if they had been there for long.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.seeds import REAL_SEEDS
from tests.support.site import LONG_AGO

A_FOLDER = 1000

_URL = re.compile(rb'^((?:original|web|ampWeb|cdnAmpWeb)Url: "https://[^/"]+/)', re.MULTILINE)
_TITLE = re.compile(rb'^(title: ".*)"$', re.MULTILINE)


def write_seeds(folder: Path, count: int, *, first: int = 0) -> None:
    """Write seeds ``first`` to ``first + count - 1`` below ``folder``."""
    originals = read_originals()
    for number in range(first, first + count):
        path = folder / path_of(number)
        if number % A_FOLDER == 0 or number == first:
            path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(seed_bytes(originals, number))
        os.utime(path, (LONG_AGO + number, LONG_AGO + number))


def read_originals() -> list[bytes]:
    return [path.read_bytes() for path in sorted(REAL_SEEDS.iterdir())]


def path_of(number: int) -> str:
    """The relative path of a seed: its folder is that of its thousand."""
    return f"{number // A_FOLDER:05d}/{number:08d}.md"


def seed_bytes(originals: list[bytes], number: int) -> bytes:
    """A real seed about another article: its own, plus ``number`` in its title and URLs."""
    text = originals[number % len(originals)]
    text = _URL.sub(rb"\g<1>%d/" % number, text)
    return _TITLE.sub(rb'\1 %d"' % number, text)


def sizes(most: int, *, smallest: int = 1000) -> Iterator[int]:
    """1,000, 10,000, … up to ``most``."""
    size = smallest
    while size <= most:
        yield size
        size *= 10
