"""Subscribers of our WebSub hub: who they are, which bytes they have, when to try again."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, or_, select

from watcher.model.subscriber import Subscriber
from watcher.store.database import Database
from watcher.store.schema import subscribers
from watcher.store.statements import Prepared

_KEY = (subscribers.c.topic, subscribers.c.callback)
_TOPICS_AT_ONCE = 100  # SQLite takes no condition of more than a thousand parts


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
        is_same = (
            subscribers.c.topic == subscriber.topic,
            subscribers.c.callback == subscriber.callback,
        )
        with self._database.write() as connection:
            changed = subscribers.update().where(*is_same).values(row)
            if connection.execute(changed).rowcount:
                return
            new = {"since": subscriber.since, "sent": subscriber.sent, "failures": 0}
            connection.execute(subscribers.insert().values(row | new))

    def remove(self, topic: str, callback: str) -> bool:
        """Remove a subscriber. Returns False if there was none."""
        with self._database.write() as connection:
            return bool(_DELETE.run(connection, of_topic=topic, at=callback))

    def count(self, now: datetime) -> int:
        """How many there are whose lease has not run out."""
        with self._database.read() as connection:
            of = select(func.count()).where(subscribers.c.expires_at > now)
            return int(connection.scalar(of) or 0)

    def count_at(self, host: str, now: datetime) -> int:
        """How many of those have a callback at this host, on whatever port."""
        starts = [
            subscribers.c.callback.startswith(f"{scheme}://{host}{end}", autoescape=True)
            for scheme in ("http", "https")
            for end in ("/", ":", "?")
        ]
        with self._database.read() as connection:
            of = select(func.count()).where(or_(*starts), subscribers.c.expires_at > now)
            return int(connection.scalar(of) or 0)

    def all(self, *, limit: int) -> list[Subscriber]:
        """Everybody, by topic and callback."""
        with self._database.read() as connection:
            rows = connection.execute(select(subscribers).order_by(*_KEY).limit(limit))
            return list(map(_subscriber, rows))

    def take_due(
        self,
        current: Mapping[str, str],
        now: datetime,
        *,
        failing: bool,
        limit: int,
        hold: timedelta,
    ) -> list[Subscriber]:
        """Lease some subscribers who lack the ``current`` bytes of their topic (by digest).

        Those whose last attempt failed, or only others. Until ``hold`` is over nobody else is given
        them; after a crash they are due again then.
        """
        failed = subscribers.c.failures > 0
        due = or_(subscribers.c.next_attempt_at.is_(None), subscribers.c.next_attempt_at <= now)
        wanted = (failed if failing else ~failed, due, subscribers.c.expires_at > now)
        taken: list[Subscriber] = []
        with self._database.write() as connection:
            for lacking in _lacking(current):
                found = select(subscribers).where(lacking, *wanted).limit(limit - len(taken))
                rows = connection.execute(found.with_for_update(skip_locked=True))
                taken += map(_subscriber, rows)
                if len(taken) >= limit:
                    break
            held_until = now + hold
            _HOLD.run_many(connection, [{**_key(each), "until": held_until} for each in taken])
        return taken

    def next_due_at(self, now: datetime) -> datetime | None:
        """When the next one who failed, or whose sender crashed, is to be tried again."""
        at = subscribers.c.next_attempt_at
        with self._database.read() as connection:
            of = select(func.min(at)).where(at > now, subscribers.c.expires_at > now)
            found: datetime | None = connection.scalar(of)
            return found

    def record(self, tried: Sequence[Subscriber], gone: Collection[Subscriber] = ()) -> None:
        """Note what became of those that were taken: as these now are, or to be forgotten."""
        noted = [
            {
                **_key(each),
                "has": each.sent,
                "until": each.next_attempt_at,
                "failed": each.failures,
                "error": each.last_error,
            }
            for each in tried
        ]
        with self._database.write() as connection:
            _NOTE.run_many(connection, noted)
            _DELETE.run_many(connection, [_key(each) for each in gone])

    def release(self) -> None:
        """Let those be due at once whom a crash left in hand: for who is alone with the store."""
        held = (subscribers.c.failures == 0, subscribers.c.next_attempt_at.is_not(None))
        with self._database.write() as connection:
            connection.execute(subscribers.update().where(*held).values(next_attempt_at=None))

    def expire(self, now: datetime) -> int:
        """Forget those whose lease ran out. Returns how many."""
        with self._database.write() as connection:
            over = subscribers.delete().where(subscribers.c.expires_at <= now)
            return connection.execute(over).rowcount


def _lacking(current: Mapping[str, str]) -> list[ColumnElement[bool]]:
    """Conditions that hold for those who lack what is current, each about some of the topics."""
    topics = iter(current.items())
    conditions = []
    while some := list(islice(topics, _TOPICS_AT_ONCE)):
        each = [
            (subscribers.c.topic == topic)
            & or_(subscribers.c.sent.is_(None), subscribers.c.sent != digest)
            for topic, digest in some
        ]
        conditions.append(or_(*each))
    return conditions


def _key(subscriber: Subscriber) -> dict[str, Any]:
    return {"of_topic": subscriber.topic, "at": subscriber.callback}


_THIS = (subscribers.c.topic == bindparam("of_topic"), subscribers.c.callback == bindparam("at"))
_HOLD = Prepared(
    lambda: subscribers.update().where(*_THIS).values(next_attempt_at=bindparam("until"))
)
_NOTE = Prepared(
    lambda: (
        subscribers.update()
        .where(*_THIS)
        .values(
            sent=bindparam("has"),
            next_attempt_at=bindparam("until"),
            failures=bindparam("failed"),
            last_error=bindparam("error"),
        )
    )
)
_DELETE = Prepared(lambda: subscribers.delete().where(*_THIS))


def _subscriber(row: Any) -> Subscriber:
    return Subscriber(**row._mapping)  # noqa: SLF001  # documented; its names are the columns'
