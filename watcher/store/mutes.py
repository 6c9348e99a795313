"""Mutes, and what they withhold. It does not decide what they are about."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from watcher.model.article import Change
from watcher.model.delivery import Mute
from watcher.store.database import Database, chunks
from watcher.store.rows import load_changes
from watcher.store.schema import endpoints, mutes, owed, withheld
from watcher.store.statements import Prepared, insert_rows

_ACTIVE = Prepared(
    lambda: select(mutes).where(mutes.c.until > bindparam("now")).order_by(mutes.c.what)
)


class Mutes:
    """The operator's side: begin, end and list mutes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, mute: Mute, is_about: Callable[[Change, str], bool]) -> int:
        """Mute, in place of an older mute of the same.

        What is owed already and falls due before the end is kept back too, where ``is_about`` says
        so of the change and the endpoint's name. Returns how much that is.
        """
        row = {"what": mute.what, "since": mute.since, "until": mute.until}
        with self._database.write(ingest=True) as connection:
            connection.execute(mutes.delete().where(mutes.c.what == mute.what))
            connection.execute(mutes.insert().values(row))
            return _keep_back(connection, mute, is_about)

    def end(self, what: str) -> bool:
        """End a mute. Returns False if there is none."""
        with self._database.write() as connection:
            return bool(connection.execute(mutes.delete().where(mutes.c.what == what)).rowcount)

    def all(self, now: datetime) -> tuple[Mute, ...]:
        """The mutes that have not run out, by their names."""
        with self._database.read() as connection:
            return active_mutes(connection, now)


def active_mutes(connection: Connection, now: datetime) -> tuple[Mute, ...]:
    return tuple(
        Mute(what=row.what, since=row.since, until=row.until)
        for row in _ACTIVE.rows(connection, now=now)
    )


def _keep_back(connection: Connection, mute: Mute, is_about: Callable[[Change, str], bool]) -> int:
    waiting = (owed.c.delivery_id.is_(None), owed.c.due_at <= mute.until)
    names = {
        row.id: row.name for row in connection.execute(select(endpoints.c.id, endpoints.c.name))
    }
    found = connection.execute(select(owed.c.sequence, owed.c.endpoint_id).where(*waiting)).all()
    count = 0
    for page in chunks(found):
        changes = {c.sequence: c for c in load_changes(connection, {row.sequence for row in page})}
        rows = [row for row in page if is_about(changes[row.sequence], names[row.endpoint_id])]
        values = [(row.sequence, row.endpoint_id, mute.reason) for row in rows]
        insert_rows(connection, withheld, values, only_new=True)
        for row in rows:
            connection.execute(
                owed.delete().where(
                    *waiting,
                    owed.c.sequence == row.sequence,
                    owed.c.endpoint_id == row.endpoint_id,
                )
            )
        count += len(rows)
    return count
