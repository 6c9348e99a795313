"""Pings owed to hubs: one delivery, without changes, for each feed with bytes new to its hub."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, exists, select

from watcher.model.delivery import Delivery
from watcher.model.kinds import DeliveryState
from watcher.store.database import Database
from watcher.store.deliveries import delivery_row
from watcher.store.endpoints import require_endpoint
from watcher.store.housekeeping import note_fact
from watcher.store.overview import overview_in
from watcher.store.schema import attempts, deliveries

_UNTRIED = (deliveries.c.state == DeliveryState.PENDING, deliveries.c.attempts == 0)
_UNDER_WAY = exists().where(attempts.c.delivery_id == deliveries.c.id, attempts.c.outcome.is_(None))
_WAITING = (DeliveryState.PENDING, DeliveryState.HELD, DeliveryState.DEAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """A feed with these bytes was published, and the delivery that tells its hub so."""

    feed_url: str
    digest: str
    delivery: Delivery


class Pings:
    """Owes pings. The store remembers which bytes a hub was last pinged about."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def owe(self, pings: Sequence[Ping]) -> int:
        """Owe those that are news, in one transaction; how many there are.

        A ping that nobody tried to send yet says it too: nothing is added to it. One that was tried
        in vain, also to its death, is replaced: what it would say, the new one says. One that is
        being sent may have come too early, and is left alone.
        """
        with self._database.write() as connection:
            return sum(_owe(connection, ping) for ping in pings)


def _owe(connection: Connection, ping: Ping) -> bool:
    hub = ping.delivery.endpoint
    key = f"told {hub} {ping.feed_url}"
    if overview_in(connection).fact(key) == ping.digest:
        return False
    note_fact(connection, key, ping.digest)
    endpoint_id = require_endpoint(connection, hub)
    same = (
        deliveries.c.endpoint_id == endpoint_id,
        deliveries.c.state.in_(_WAITING),
        deliveries.c.body == ping.delivery.body,
    )
    if not _is_any(connection, (*same, *_UNTRIED)):
        in_vain = deliveries.update().where(*same, ~_UNDER_WAY)
        connection.execute(in_vain.values(state=DeliveryState.REPLACED))
        connection.execute(deliveries.insert().values(delivery_row(ping.delivery, endpoint_id)))
    return True


def _is_any(connection: Connection, conditions: Sequence[ColumnElement[bool]]) -> bool:
    found = select(deliveries.c.id).where(*conditions).limit(1)
    return connection.scalar(found) is not None
