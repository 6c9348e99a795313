"""A root on disk beside what the store knows of it, by names and stat signatures alone.

Both come in byte order and are joined as they come: what is held does not grow with the root.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

from watcher.model.left_out import LeftOut
from watcher.store.columns import ABSENT, QUARANTINED, ScanRow, as_listed
from watcher.watch.walk import Root, printable, walk_stretches

if TYPE_CHECKING:
    from watcher.store.files import Files
    from watcher.watch.walk import Walked

AT_ONCE = 1000
_IN_MEMORY = 1024 * 1024
_READ_BYTES = 64 * 1024
_END = b"\0"  # no path contains it


class Sight(StrEnum):
    """How a file on disk compares with its row in the store."""

    AS_KNOWN = "as known"
    UNKNOWN = "unknown"
    DIFFERS = "differs"
    VANISHED = "vanished"


class Compared(NamedTuple):
    """A path as a scan sees it; ``quarantined`` if it is known to be unusable."""

    path: str
    sight: Sight
    quarantined: bool


class Stretch(NamedTuple):
    """The next paths in order: some that are as known and usable, or else some of any kind."""

    known: Sequence[ScanRow]
    others: Sequence[Compared]


def compare_root(
    root: Root, files: "Files", blind: dict[str, OSError], left_out: LeftOut | None = None
) -> Iterator[Stretch]:
    """Yield all that is on disk or should be, in byte order.

    What cannot be looked at is added to ``blind``: it is unknown, not gone. ``left_out`` counts
    what is passed by, also paths that are too long for the store. Raises WatchError if the root
    itself is not there.
    """
    left_out = left_out or LeftOut()
    walk = walk_stretches(root, unreadable=blind.__setitem__, left_out=left_out)
    for stretch in _join(_as_rows(walk), files.listing(str(root.path)), blind):
        too_long = [one.path for one in stretch.others if not _can_be_stored(one, files)]
        if too_long:
            for path in too_long:
                left_out.add_too_long(printable(path))
            yield Stretch((), [one for one in stretch.others if one.path not in too_long])
        else:
            yield stretch


class Spool:
    """Paths kept for later, in order: in memory while they are few, then in a temporary file."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  # closed by our own block

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def put(self, path: str) -> None:
        self._file.write(os.fsencode(path) + _END)

    def __iter__(self) -> Iterator[str]:
        self._file.seek(0)
        rest = b""
        while data := self._file.read(_READ_BYTES):
            *paths, rest = (rest + data).split(_END)
            yield from map(os.fsdecode, paths)


def _can_be_stored(one: Compared, files: "Files") -> bool:
    return one.sight is not Sight.UNKNOWN or files.can_hold(one.path)


def _as_rows(walk: Iterable["Walked"]) -> Iterator[list[ScanRow]]:
    """The rows that the store would hold if it knew exactly the files on disk."""
    rows = list[ScanRow]()
    for found in walk:
        rows += as_listed(*found)
        if len(rows) >= AT_ONCE:
            yield rows
            rows = []
    if rows:
        yield rows


def _join(
    walked: Iterator[list[ScanRow]], listed: Iterator[list[ScanRow]], blind: Iterable[str]
) -> Iterator[Stretch]:
    """Most of a root is as it was, so whole lists are compared at once before their members."""
    found, rows = list[ScanRow](), list[ScanRow]()
    while True:
        found, rows = found or next(walked, []), rows or next(listed, [])
        if not found and not rows:
            return
        both = min(len(found), len(rows))
        if both and found[:both] == rows[:both]:
            yield Stretch(found[:both], ())
            found, rows = found[both:], rows[both:]
            continue
        pairs, used, listed_too = _pair(found, rows)
        found, rows = found[used:], rows[listed_too:]
        compared = (_compare(one, row, blind) for one, row in pairs)
        yield Stretch((), [one for one in compared if one is not None])


def _pair(
    found: Sequence[ScanRow], rows: Sequence[ScanRow]
) -> tuple[list[tuple[ScanRow | None, ScanRow | None]], int, int]:
    """Yield pairs about the same path until one side ends. Returns how many each side gave.

    A side that was empty to begin with has ended for good.
    """
    if not found or not rows:
        return (
            [*((one, None) for one in found), *((None, row) for row in rows)],
            len(found),
            len(rows),
        )
    pairs = list[tuple[ScanRow | None, ScanRow | None]]()
    left = right = 0
    while left < len(found) and right < len(rows):
        one, row = found[left], rows[right]
        is_here, is_known = one[0] <= row[0], row[0] <= one[0]
        pairs.append((one if is_here else None, row if is_known else None))
        left += is_here
        right += is_known
    return pairs, left, right


def _compare(found: ScanRow | None, row: ScanRow | None, blind: Iterable[str]) -> Compared | None:
    """What there is to say of a path; nothing if it is neither here nor expected."""
    if row is None:
        return found and Compared(os.fsdecode(found[0]), Sight.UNKNOWN, quarantined=False)
    path, quarantined = os.fsdecode(row[0]), bool(row[2] & QUARANTINED)
    if found is None:
        is_unknown = row[2] & ABSENT or any(path.startswith(f"{folder}/") for folder in blind)
        return None if is_unknown else Compared(path, Sight.VANISHED, quarantined)
    is_same = found[1] == row[1] and not row[2] & ABSENT
    return Compared(path, Sight.AS_KNOWN if is_same else Sight.DIFFERS, quarantined)
