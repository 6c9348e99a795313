"""Housekeeping, and the few facts that the store keeps about the program itself."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from watcher.store.database import Database, chunks
from watcher.store.pruning import Cutoffs, Pruned, prune
from watcher.store.schema import meta


class Upkeep:
    """Pruning, and facts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def prune(self, before: Cutoffs, *, rehearse: bool = False) -> Pruned:
        """Delete what is older than these times and needed no more; ``rehearse`` only counts it."""
        # As ingest: an article that comes back meanwhile must not lose what it now says.
        with self._database.write(ingest=True) as connection:
            pruned = prune(connection, before)
            if rehearse:
                connection.rollback()
        return pruned

    def fact(self, key: str) -> str | None:
        """What was noted under ``key``."""
        with self._database.read() as connection:
            return read_fact(connection, key)

    def facts(self, keys: Sequence[str]) -> dict[str, str]:
        """What was noted under those of these keys that there are."""
        with self._database.read() as connection:
            return {
                row.key: row.value
                for chunk in chunks(keys)
                for row in connection.execute(select(meta).where(meta.c.key.in_(chunk)))
            }

    def note(self, key: str, value: str) -> None:
        """Note a fact, in place of an older one."""
        with self._database.write() as connection:
            note_fact(connection, key, value)


def read_fact(connection: Connection, key: str) -> str | None:
    return connection.scalar(select(meta.c.value).where(meta.c.key == key))


def note_fact(connection: Connection, key: str, value: str) -> None:
    connection.execute(meta.delete().where(meta.c.key == key))
    connection.execute(meta.insert().values(key=key, value=value))
