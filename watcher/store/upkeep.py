"""Housekeeping: what is no longer needed goes. Identity, revisions and aliases never do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, exists, func, select

from watcher.model import DeliveryState
from watcher.store.database import Database, chunks
from watcher.store.schema import attempts, deliveries, meta


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """How many attempts, and bodies of deliveries, were deleted."""

    attempts: int
    bodies: int


class Upkeep:
    """Pruning, and the few facts that the store keeps about the program itself."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def prune(self, *, attempts_before: datetime, deliveries_before: datetime) -> Pruned:
        """Delete old attempts at, and old bodies of, deliveries that are over and done.

        The deliveries themselves stay, so that it can be explained who was told what and when; but
        those that tell of no change, as pings do, go whole.
        """
        sent = deliveries.c.state.in_((DeliveryState.SENT, DeliveryState.REPLACED))
        old_attempts = attempts.delete().where(
            attempts.c.at < attempts_before,
            attempts.c.delivery_id.in_(select(deliveries.c.id).where(sent)),
        )
        old_bodies = deliveries.update().where(
            sent, deliveries.c.created_at < deliveries_before, func.length(deliveries.c.body) > 0
        )
        untold = deliveries.delete().where(
            sent,
            deliveries.c.first_member == 0,
            deliveries.c.created_at < deliveries_before,
            ~exists().where(attempts.c.delivery_id == deliveries.c.id),
        )
        with self._database.write() as connection:
            pruned = Pruned(
                attempts=connection.execute(old_attempts).rowcount,
                bodies=connection.execute(old_bodies.values(body=b"")).rowcount,
            )
            connection.execute(untold)
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
