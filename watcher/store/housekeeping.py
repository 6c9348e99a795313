"""Deletes old deliveries, old changes, and the texts of articles removed long ago.

Never identity: an article's id, aliases and revisions stay, so that one that comes back is known.
Never what is still to be sent, what a tombstone is dated by, or the log's last number.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    exists,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.types import TypeEngine

from watcher.model.kinds import ArticleState, ChangeKind, DeliveryState
from watcher.model.seed import Content
from watcher.store.database import Database, chunks
from watcher.store.overview import overview_in
from watcher.store.schema import articles, attempts, changes, deliveries, meta, owed, withheld

_DONE = (DeliveryState.SENT, DeliveryState.REPLACED)

AT_ONCE = 500
"""How many rows one transaction goes through: others may write in between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutoffs:
    """The moments before which rows may be deleted."""

    attempts: datetime
    deliveries: datetime
    changes: datetime
    removed: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """How many went; ``bodies`` are those of deliveries, ``texts`` those of removed articles."""

    attempts: int = 0
    bodies: int = 0
    changes: int = 0
    deliveries: int = 0
    texts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One kind of row that may be deleted, and how: some at a time, each time something whole.

    ``order`` is how the rows are gone through; its last column alone tells them apart. ``apply``
    gets those values, and says how many went.
    """

    name: str
    order: tuple[ColumnElement[Any], ...]
    wanted: tuple[ColumnElement[bool], ...]
    apply: Callable[[Connection, Sequence[Any]], int]

    def take(self, connection: Connection, after: Sequence[Any]) -> tuple[int, Sequence[Any]]:
        """Do it for the next rows; how many went, and after which to go on: after none, at the end.

        To be called in a write transaction.
        """
        rows = select(*self.order).where(*self.wanted).order_by(*self.order).limit(AT_ONCE)
        if after:
            rows = rows.where(tuple_(*self.order) > tuple_(*map(literal, after, _types(self))))
        found = connection.execute(rows).all()
        went = self.apply(connection, [row[-1] for row in found]) if found else 0
        return went, found[-1] if len(found) == AT_ONCE else ()


def steps(before: Cutoffs) -> tuple[Step, ...]:
    """All that may go, in an order in which one makes room for the next."""
    return (
        _attempts(before.attempts),
        _bodies(before.deliveries),
        _changes(before.changes),
        _deliveries(before.changes),
        _pings(before.deliveries),
        _texts(before.removed),
    )


def _types(step: Step) -> Iterator[TypeEngine[Any]]:
    return (column.type for column in step.order)


_BY_TIME = (deliveries.c.created_at, deliveries.c.id)


def _attempts(before: datetime) -> Step:
    old = exists().where(attempts.c.delivery_id == deliveries.c.id, attempts.c.at < before)

    def apply(connection: Connection, ids: Sequence[str]) -> int:
        of_them = (attempts.c.at < before, attempts.c.delivery_id.in_(ids))
        return connection.execute(attempts.delete().where(*of_them)).rowcount

    return Step(
        name="attempts",
        order=_BY_TIME,
        wanted=(deliveries.c.state.in_(_DONE), old),
        apply=apply,
    )


def _bodies(before: datetime) -> Step:
    """The deliveries themselves stay, so that ``explain`` can say what was sent when."""

    def apply(connection: Connection, ids: Sequence[str]) -> int:
        of_them = deliveries.update().where(deliveries.c.id.in_(ids))
        return connection.execute(of_them.values(body=b"")).rowcount

    return Step(
        name="bodies",
        order=_BY_TIME,
        wanted=(
            deliveries.c.state.in_(_DONE),
            deliveries.c.created_at < before,
            func.length(deliveries.c.body) > 0,
        ),
        apply=apply,
    )


def _changes(before: datetime) -> Step:
    """Old changes, and what was owed of them; the last one stays, so that no number comes twice."""
    last = select(func.max(changes.c.sequence)).scalar_subquery()
    dates_tombstone = exists().where(
        changes.c.kind == ChangeKind.REMOVED,
        articles.c.id == changes.c.article_id,
        articles.c.state == ArticleState.REMOVED,
    )

    def apply(connection: Connection, numbers: Sequence[int]) -> int:
        connection.execute(owed.delete().where(owed.c.sequence.in_(numbers)))
        connection.execute(withheld.delete().where(withheld.c.sequence.in_(numbers)))
        return connection.execute(changes.delete().where(changes.c.sequence.in_(numbers))).rowcount

    return Step(
        name="changes",
        order=(changes.c.sequence,),
        wanted=(
            changes.c.at < before,
            changes.c.sequence < last,
            ~_is_untold(owed.c.sequence == changes.c.sequence),
            ~dates_tombstone,
        ),
        apply=apply,
    )


def _deliveries(before: datetime) -> Step:
    """Deliveries that are done and have neither changes nor a body left."""

    def apply(connection: Connection, ids: Sequence[str]) -> int:
        connection.execute(attempts.delete().where(attempts.c.delivery_id.in_(ids)))
        return connection.execute(deliveries.delete().where(deliveries.c.id.in_(ids))).rowcount

    return Step(
        name="deliveries",
        order=_BY_TIME,
        wanted=(
            deliveries.c.state.in_(_DONE),
            deliveries.c.created_at < before,
            func.length(deliveries.c.body) == 0,
            ~exists().where(owed.c.delivery_id == deliveries.c.id),
        ),
        apply=apply,
    )


def _pings(before: datetime) -> Step:
    """Deliveries that tell of no change, as pings do, go with their bodies."""

    def apply(connection: Connection, ids: Sequence[str]) -> int:
        return connection.execute(deliveries.delete().where(deliveries.c.id.in_(ids))).rowcount

    return Step(
        name="deliveries",
        order=_BY_TIME,
        wanted=(
            deliveries.c.state.in_(_DONE),
            deliveries.c.first_member == 0,
            deliveries.c.created_at < before,
            ~exists().where(attempts.c.delivery_id == deliveries.c.id),
        ),
        apply=apply,
    )


def _texts(before: datetime) -> Step:
    """What an article said that was removed, but for what it is found and filtered by."""
    lately = exists().where(
        changes.c.article_id == articles.c.id,
        changes.c.kind == ChangeKind.REMOVED,
        changes.c.at >= before,
    )
    telling = _is_untold(
        owed.c.sequence == changes.c.sequence, changes.c.article_id == articles.c.id
    )
    return Step(
        name="texts",
        order=(articles.c.known_rank, articles.c.shown_rank, articles.c.id),
        wanted=(articles.c.state == ArticleState.REMOVED, ~lately, ~telling),
        apply=_shorten,
    )


def _shorten(connection: Connection, numbers: Sequence[int]) -> int:
    said = select(articles.c.id, articles.c.content).where(articles.c.id.in_(numbers))
    shorter = [
        {"number": row.id, "text": _stripped(row.content)}
        for row in connection.execute(said)
        if _stripped(row.content) != row.content
    ]
    if shorter:
        statement = articles.update().where(articles.c.id == bindparam("number"))
        connection.execute(statement.values(content=bindparam("text")), shorter)
    return len(shorter)


def _is_untold(*of: ColumnElement[bool]) -> ColumnElement[bool]:
    """True if something is owed, and not yet in a delivery that is done."""
    done = exists().where(deliveries.c.id == owed.c.delivery_id, deliveries.c.state.in_(_DONE))
    return exists().where(~done.correlate(owed), *of)


def _stripped(content: Content) -> Content:
    """Without what only readers see.

    What it is compared and filtered by stays, so that neither a new rule of what is significant
    nor a feed's tombstones can tell the difference.
    """
    nothing: dict[str, Any] = {"images": (), "related": (), "extra": {}}
    urls: dict[str, Any] = {"amp_url": None, "cdn_amp_url": None}
    return replace(content, featured_content=None, **nothing, **urls)


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
        """Delete unneeded rows older than these times; ``rehearse`` only counts them.

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
        """The note under ``key``."""
        with self._database.read() as connection:
            return overview_in(connection).fact(key)

    def facts(self, keys: Sequence[str]) -> dict[str, str]:
        """The notes under these keys, as far as there are any."""
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
