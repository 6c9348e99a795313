"""What is noted of roots that were found to be as they are known, until anything changes.

Only where a store is SQLite's: see :mod:`watcher.store.rest` for how a note is taken away. With
PostgreSQL, where several may take seeds in, nothing is ever noted.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from watcher.store.database import Database
from watcher.store.rest import BEGIN_PARTS, NOTE_PARTS, PARTS, KnownPart, dump_parts, load_parts


class KnownParts:
    """For the one process that takes seeds in, and scans one root after another."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, root: str) -> Sequence[KnownPart]:
        """The parts of a root that were as known, and nothing has changed since; all, or none."""
        if not self._database.is_sqlite:
            return ()
        with self._database.read() as connection:
            return load_parts(_noted(connection)).get(root, ())

    def begin(self) -> None:
        """A root is about to be compared: whoever changes anything from now on undoes its note."""
        if self._database.is_sqlite:
            with self._database.write(rests=True) as connection:
                connection.exec_driver_sql(BEGIN_PARTS)

    def note(self, root: str, parts: Sequence[KnownPart]) -> None:
        """A root was as known, if nobody changed anything since it began to be compared."""
        if not self._database.is_sqlite:
            return
        with self._database.write(rests=True) as connection:
            noted = _noted(connection)
            text = dump_parts(load_parts(noted) | {root: parts})
            if noted:
                connection.exec_driver_sql(NOTE_PARTS, (text,))


def _noted(connection: Connection) -> str | None:
    text: str | None = connection.exec_driver_sql(PARTS).scalar()
    return text
