"""Brings what a first scan reads into the order of publication, whatever the files are called.

Stories grow from their first article on, so they become what they would have been day by day.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from watcher.model.seed import Reading, Seed, SeedPath
from watcher.pipeline.reading import Readings, is_page, join_readings
from watcher.scan.read_pool import PIECE, PIECES

MOST_ORDERED = 5000
"""Readings that are sorted together, and so held in memory."""


def by_publication(found_ones: Iterable[Readings | None]) -> Iterator[Readings | None]:
    """The same readings in order, within each ``MOST_ORDERED``; what one file holds stays together.

    None, where others may have a turn, stays where it is.
    """
    waiting = list[Readings]()
    for found in found_ones:
        if found is None:
            yield None
            continue
        waiting.append(found)
        if sum(len(each.readings) for each in waiting) >= MOST_ORDERED:
            yield from _ordered(waiting)
            waiting = []
        else:
            yield None
    yield from _ordered(waiting)


def _ordered(waiting: Sequence[Readings]) -> Iterator[Readings]:
    if len(waiting) <= 1:
        yield from waiting
        return
    files = dict[SeedPath, list[Reading]]()
    found = join_readings(waiting)
    for reading in found.readings:
        files.setdefault(reading.at.file, []).append(reading)
    in_order = sorted(files.values(), key=lambda readings: min(map(_rank, readings)))
    size, rest = PIECES * PIECE, replace(found, read=0, parsed=0, seconds=0.0)
    for start in range(0, len(in_order), size):
        some = in_order[start : start + size]
        readings = tuple(reading for file in some for reading in file)
        yield replace(rest if start else found, readings=readings)


def _rank(reading: Reading) -> tuple[bool, datetime]:
    """Pages come last: one may have been made from a seed, which is to speak for the article."""
    moment = reading.content.published_at if isinstance(reading, Seed) else None
    return is_page(reading), moment or datetime.max.replace(tzinfo=UTC)
