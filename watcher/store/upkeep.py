"""Housekeeping, and the few facts that the store keeps about the program itself."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

from sqlalchemy import Connection, select

from watcher.store.database import Database, chunks
from watcher.store.housekeeping import Cutoffs, Pruned, steps
from watcher.store.overview import overview_in
from watcher.store.rest import BEGIN_REST, NOTE_REST
from watcher.store.schema import meta

_PAUSE = 0.02
"""Seconds; as long as a transaction takes, for SQLite's writers wait by looking now and then."""


class Upkeep:
    """Pruning, and facts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def prune(
        self,
        before: Cutoffs,
        *,
        rehearse: bool = False,
        pause: Callable[[float], object] = time.sleep,
    ) -> Pruned:
        """Delete what is older than these times and needed no more; ``rehearse`` only counts it.

        It is deleted in small transactions, with a ``pause`` after each in which others write; a
        rehearsal is one that is rolled back.
        """
        # As ingest: an article that comes back meanwhile must not lose what it now says.
        begin = partial(self._database.write, ingest=True)
        if not rehearse:
            return _prune(before, begin, lambda: pause(_PAUSE))
        with begin() as connection:
            pruned = _prune(before, lambda: nullcontext(connection), lambda: None)
            connection.rollback()
        return pruned

    def fact(self, key: str) -> str | None:
        """What was noted under ``key``."""
        with self._database.read() as connection:
            return overview_in(connection).fact(key)

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

    def begin_rest(self) -> None:
        """Begin to see whether the store rests: the next who changes anything ends that."""
        with self._database.write(rests=True) as connection:
            connection.exec_driver_sql(BEGIN_REST)

    def note_rest(self, note: str) -> None:
        """Say of what the store rests with, if nobody has changed anything since it began to."""
        with self._database.write(rests=True) as connection:
            connection.exec_driver_sql(NOTE_REST, (note,))


def _prune(
    before: Cutoffs,
    begin: Callable[[], AbstractContextManager[Connection]],
    between: Callable[[], object],
) -> Pruned:
    counts = Counter[str]()
    for step in steps(before):
        after: Sequence[Any] = ()
        while True:
            with begin() as connection:
                went, after = step.take(connection, after)
            counts[step.name] += went
            if not after:
                break
            between()
    return Pruned(**counts)


def note_fact(connection: Connection, key: str, value: str) -> None:
    connection.execute(meta.delete().where(meta.c.key == key))
    connection.execute(meta.insert().values(key=key, value=value))
