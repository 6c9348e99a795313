"""Which articles are in a feed's archives: kept in the store, a list of their numbers for each.

An archive never changes, so what is in it is noted once, and an archive that is lost is made again
of just these articles.
"""

from array import array
from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from itertools import count

from watcher.store.housekeeping import Upkeep

_AT_ONCE = 100


class Closed:
    """The archives of one feed as the store has them. For one thread."""

    def __init__(self, upkeep: Upkeep, feed: str) -> None:
        self._upkeep = upkeep
        self._feed = feed
        self._numbers = array("q")
        self.pages = 0

    def restore(self) -> None:
        """Know again what is in the archives."""
        found = array("q")
        self.pages = 0
        for page in self._all():
            found.extend(page)
            self.pages += 1
        self._numbers = array("q", sorted(found))

    def __contains__(self, number: int) -> bool:
        at = bisect_left(self._numbers, number)
        return at < len(self._numbers) and self._numbers[at] == number

    def add(self, page: Sequence[int]) -> None:
        """Note the next archive."""
        self._upkeep.note(self._key_of(self.pages + 1), " ".join(map(str, page)))
        for number in page:
            insort(self._numbers, number)
        self.pages += 1

    def page(self, number: int) -> list[int]:
        """The articles in an archive; archives are counted from 1."""
        return _numbers(self._upkeep.fact(self._key_of(number)) or "")

    def _all(self) -> Iterator[list[int]]:
        for first in count(1, _AT_ONCE):
            keys = [self._key_of(number) for number in range(first, first + _AT_ONCE)]
            noted = self._upkeep.facts(keys)
            yield from (_numbers(noted[key]) for key in keys if key in noted)
            if len(noted) < _AT_ONCE:
                return

    def _key_of(self, number: int) -> str:
        return f"archive {number} of {self._feed}"


def _numbers(noted: str) -> list[int]:
    return [int(number) for number in noted.split()]
