"""Subscribers of our WebSub hub: who they are, which bytes they have, when to try again."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select

from watcher.model.subscriber import Subscriber
from watcher.store.database import Database
from watcher.store.schema import subscribers

_KEY = (subscribers.c.topic, subscribers.c.callback)


class Subscribers:
    """For several threads and processes at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, subscriber: Subscriber) -> None:
        """Add a subscriber, or renew the lease: nothing is sent twice."""
        row = {
            "topic": subscriber.topic,
            "callback": subscriber.callback,
            "secret": subscriber.secret,
            "expires_at": subscriber.expires_at,
        }
        with self._database.write() as connection:
            changed = subscribers.update().where(*_is(subscriber)).values(row)
            if connection.execute(changed).rowcount:
                return
            new = {"since": subscriber.since, "sent": subscriber.sent, "failures": 0}
            connection.execute(subscribers.insert().values(row | new))

    def remove(self, topic: str, callback: str) -> bool:
        """Remove a subscriber. Returns False if there was none."""
        gone = subscribers.delete().where(
            subscribers.c.topic == topic, subscribers.c.callback == callback
        )
        with self._database.write() as connection:
            return bool(connection.execute(gone).rowcount)

    def count(self, now: datetime) -> int:
        """How many there are whose lease has not run out."""
        with self._database.read() as connection:
            of = select(func.count()).where(subscribers.c.expires_at > now)
            return int(connection.scalar(of) or 0)

    def all(self, *, limit: int) -> list[Subscriber]:
        """Everybody, by topic and callback."""
        with self._database.read() as connection:
            rows = connection.execute(select(subscribers).order_by(*_KEY).limit(limit))
            return list(map(_subscriber, rows))

    def take_due(
        self, current: Mapping[str, str], now: datetime, *, limit: int, hold: timedelta
    ) -> list[Subscriber]:
        """Lease some subscribers who lack the ``current`` bytes of their topic (by digest).

        Until ``hold`` is over nobody else is given them; who crashes meanwhile has them again then.
        """
        lacking = [
            (subscribers.c.topic == topic)
            & or_(subscribers.c.sent.is_(None), subscribers.c.sent != digest)
            for topic, digest in current.items()
        ]
        if not lacking:
            return []
        due = or_(subscribers.c.next_attempt_at.is_(None), subscribers.c.next_attempt_at <= now)
        found = select(subscribers).where(or_(*lacking), due, subscribers.c.expires_at > now)
        with self._database.write() as connection:
            taken = list(map(_subscriber, connection.execute(found.limit(limit))))
            held = {"next_attempt_at": now + hold}
            for each in taken:
                connection.execute(subscribers.update().where(*_is(each)).values(held))
        return taken

    def next_due_at(self, now: datetime) -> datetime | None:
        """When the next one who failed, or whose sender crashed, is to be tried again."""
        with self._database.read() as connection:
            of = select(func.min(subscribers.c.next_attempt_at))
            found: datetime | None = connection.scalar(of.where(subscribers.c.expires_at > now))
            return found

    def record(self, results: Sequence[tuple[Subscriber, Mapping[str, Any] | None]]) -> None:
        """Note what became of those that were taken: values to set, or None to forget them."""
        with self._database.write() as connection:
            for subscriber, values in results:
                where = _is(subscriber)
                if values is None:
                    connection.execute(subscribers.delete().where(*where))
                else:
                    connection.execute(subscribers.update().where(*where).values(dict(values)))

    def expire(self, now: datetime) -> int:
        """Forget those whose lease ran out. Returns how many."""
        with self._database.write() as connection:
            over = subscribers.delete().where(subscribers.c.expires_at <= now)
            return connection.execute(over).rowcount


def _is(subscriber: Subscriber) -> tuple[Any, Any]:
    return (
        subscribers.c.topic == subscriber.topic,
        subscribers.c.callback == subscriber.callback,
    )


def _subscriber(row: Any) -> Subscriber:
    return Subscriber(**row._mapping)  # noqa: SLF001  # documented; its names are the columns'
