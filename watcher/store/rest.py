"""Looks at a SQLite store that rests, through SQLite's own library: SQLAlchemy need not be loaded.

A store rests from when a scan noted that it left nothing to do, until the next transaction that
writes anything, whoever's it is: that one takes the note away, in the same transaction. So whoever
finds the note knows that the store is as that scan left it.

In the same way it is noted which parts of the roots were found to be as they are known, and what a
walk over each of them found: whoever finds the same again need not compare it with any row.
"""

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Self

from watcher.clock import microseconds
from watcher.store.columns import ABSENT, QUARANTINED, ScanRow
from watcher.store.sqlite_file import connect

END_REST = "DELETE FROM meta WHERE key IN ('rest', 'known parts')"
BEGIN_REST = "INSERT OR REPLACE INTO meta (key, value) VALUES ('rest', '')"
NOTE_REST = "UPDATE meta SET value = ? WHERE key = 'rest'"

BEGIN_PARTS = "INSERT OR IGNORE INTO meta (key, value) VALUES ('known parts', '{}')"
NOTE_PARTS = "UPDATE meta SET value = ? WHERE key = 'known parts'"
PARTS = "SELECT value FROM meta WHERE key = 'known parts'"

_NOTE_PARTS_AT_REST = """
INSERT OR REPLACE INTO meta (key, value)
SELECT 'known parts', ? FROM meta WHERE key = 'rest' AND value != ''
"""

_REST = "SELECT value FROM meta WHERE key = 'rest'"
_ROOT = "(SELECT id FROM roots WHERE path = ?)"
_COUNT = f"SELECT count(*) FROM files WHERE root_id = {_ROOT}"  # noqa: S608 - our own words
_MIDDLE = f"SELECT path FROM files WHERE root_id = {_ROOT} ORDER BY path LIMIT 1 OFFSET ?"  # noqa: S608
_LISTING = f"""
SELECT path, CASE WHEN trusted THEN signature END,
(quarantined_at IS NOT NULL) * {QUARANTINED} + (missing_since IS NOT NULL) * {ABSENT}
FROM files WHERE root_id = {_ROOT} AND path >= ? AND path < ?
ORDER BY path
"""  # noqa: S608 - two numbers of our own
_SCANNED = "UPDATE roots SET last_scan_at = ? WHERE path = ?"
_AFTER_ALL = b"\xff" * 4096  # Linux: a path has less
_PAGE = 1000
_BUSY_SECONDS = 30

MANY = 5000
"""So many files of a root are worth a helper."""

Span = tuple[bytes, bytes | None]
"""Paths from the first on, and before the second."""


class KnownPart(NamedTuple):
    """A part of a root in which all was as known: from its first path on, to the next part's.

    ``seen`` files are in it, of which some are known to be unusable. ``digest`` stands for them.
    """

    first: str
    seen: int
    quarantined: int
    digest: str


def dump_parts(parts: Mapping[str, Sequence[KnownPart]]) -> str:
    """The parts of roots as they are stored; any path can be."""
    return json.dumps(parts)


def load_parts(text: str | None) -> dict[str, tuple[KnownPart, ...]]:
    """What :func:`dump_parts` made."""
    noted = json.loads(text or "{}")
    return {root: tuple(KnownPart(*part) for part in parts) for root, parts in noted.items()}


class RestingStore:
    """One connection; not for several threads. Raises sqlite3.Error."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def open(cls, file: str) -> Self:
        """The store in this file; it is an error if there is none."""
        return cls(connect(file, patience=_BUSY_SECONDS))

    def close(self) -> None:
        self._connection.close()

    def note(self) -> str | None:
        """What was noted when it began to rest; None if it does not."""
        row = self._connection.execute(_REST).fetchone()
        return row[0] if row and row[0] else None

    def middle(self, root: str) -> bytes | None:
        """The path in the middle of all that are known of a root; None if they are few."""
        name = os.fsencode(root)
        (count,) = self._connection.execute(_COUNT, (name,)).fetchone()
        if count < MANY:
            return None
        path: bytes = self._connection.execute(_MIDDLE, (name, count // 2)).fetchone()[0]
        return path

    def listing(self, root: str, span: Span) -> Iterator[list[ScanRow]]:
        """As :meth:`Files.listing`, for a part of the root."""
        first, end = span
        values = (os.fsencode(root), first, _AFTER_ALL if end is None else end)
        cursor = self._connection.execute(_LISTING, values)
        while page := cursor.fetchmany(_PAGE):
            yield page

    def parts(self) -> dict[str, tuple[KnownPart, ...]]:
        """The parts of each root that were as known, and nothing has changed since."""
        row = self._connection.execute(PARTS).fetchone()
        return load_parts(row and row[0])

    def scanned(
        self, roots: Iterable[str], now: datetime, found: Mapping[str, Sequence[KnownPart]]
    ) -> None:
        """These roots were walked. The store rests on; if it does, these parts were as known."""
        values = [(microseconds(now), os.fsencode(root)) for root in roots]
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(_SCANNED, values)
            if found:
                self._connection.execute(
                    _NOTE_PARTS_AT_REST, (dump_parts({**self.parts(), **found}),)
                )
