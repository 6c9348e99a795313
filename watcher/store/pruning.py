"""What may go: of deliveries, of the log of changes, of articles that were removed long ago.

Never identity: an article's id, aliases and revisions stay, so that one that comes back is known.
Never what is still to be told, what a tombstone is dated by, or the log's last number.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, exists, func, or_, select

from watcher.model import ArticleState, ChangeKind, Content, DeliveryState
from watcher.store.schema import articles, attempts, changes, deliveries, owed

_DONE = (DeliveryState.SENT, DeliveryState.REPLACED)
_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutoffs:
    """What is older than its time may go."""

    attempts: datetime
    deliveries: datetime
    changes: datetime
    removed: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """How many went; ``bodies`` are those of deliveries, ``texts`` those of removed articles."""

    attempts: int
    bodies: int
    changes: int
    deliveries: int
    texts: int


def prune(connection: Connection, before: Cutoffs) -> Pruned:
    """Delete what may go, within a write transaction."""
    gone = _prune_attempts(connection, before.attempts)
    bodies = _prune_bodies(connection, before.deliveries)
    return Pruned(
        attempts=gone,
        bodies=bodies,
        changes=_prune_changes(connection, before.changes),
        deliveries=_prune_deliveries(connection, before.changes)
        + _prune_pings(connection, before.deliveries),
        texts=_prune_texts(connection, before.removed),
    )


def _prune_attempts(connection: Connection, before: datetime) -> int:
    done = select(deliveries.c.id).where(deliveries.c.state.in_(_DONE))
    old = attempts.delete().where(attempts.c.at < before, attempts.c.delivery_id.in_(done))
    return connection.execute(old).rowcount


def _prune_bodies(connection: Connection, before: datetime) -> int:
    """The deliveries themselves stay, so that it can be explained who was told what and when."""
    old = deliveries.update().where(
        deliveries.c.state.in_(_DONE),
        deliveries.c.created_at < before,
        func.length(deliveries.c.body) > 0,
    )
    return connection.execute(old.values(body=b"")).rowcount


def _prune_changes(connection: Connection, before: datetime) -> int:
    """Old changes, and that they were told; the last one stays, so that no number comes twice."""
    last = select(func.max(changes.c.sequence)).scalar_subquery()
    dates_tombstone = exists().where(
        changes.c.kind == ChangeKind.REMOVED,
        articles.c.id == changes.c.article_id,
        articles.c.state == ArticleState.REMOVED,
    )
    old = select(changes.c.sequence).where(
        changes.c.at < before,
        changes.c.sequence < last,
        ~_is_untold(owed.c.sequence == changes.c.sequence),
        ~dates_tombstone,
    )
    numbers = connection.scalars(old).all()
    for start in range(0, len(numbers), _PAGE):
        page = numbers[start : start + _PAGE]
        connection.execute(owed.delete().where(owed.c.sequence.in_(page)))
        connection.execute(changes.delete().where(changes.c.sequence.in_(page)))
    return len(numbers)


def _prune_deliveries(connection: Connection, before: datetime) -> int:
    """Those that are done, of which no change and no body is left."""
    told = exists().where(owed.c.delivery_id == deliveries.c.id)
    old = (
        deliveries.c.state.in_(_DONE),
        deliveries.c.created_at < before,
        func.length(deliveries.c.body) == 0,
        ~told,
    )
    of_them = attempts.c.delivery_id.in_(select(deliveries.c.id).where(*old))
    connection.execute(attempts.delete().where(of_them))
    return connection.execute(deliveries.delete().where(*old)).rowcount


def _prune_pings(connection: Connection, before: datetime) -> int:
    """Deliveries that tell of no change, as pings do, go with their bodies."""
    old = deliveries.delete().where(
        deliveries.c.state.in_(_DONE),
        deliveries.c.first_member == 0,
        deliveries.c.created_at < before,
        ~exists().where(attempts.c.delivery_id == deliveries.c.id),
    )
    return connection.execute(old).rowcount


def _prune_texts(connection: Connection, before: datetime) -> int:
    """What an article said that was removed, but for what it is found and filtered by."""
    shorter = [
        {"number": number, "text": _stripped(content)}
        for number, content in _long_removed(connection, before)
        if _stripped(content) != content
    ]
    if shorter:
        statement = articles.update().where(articles.c.id == bindparam("number"))
        connection.execute(statement.values(content=bindparam("text")), shorter)
    return len(shorter)


def _long_removed(connection: Connection, before: datetime) -> Iterator[tuple[int, Content]]:
    lately = exists().where(
        changes.c.article_id == articles.c.id,
        changes.c.kind == ChangeKind.REMOVED,
        changes.c.at >= before,
    )
    telling = _is_untold(
        owed.c.sequence == changes.c.sequence, changes.c.article_id == articles.c.id
    )
    removed = articles.c.state == ArticleState.REMOVED
    wanted = select(articles.c.id, articles.c.content).where(removed, ~lately, ~telling)
    for row in connection.execute(wanted.order_by(articles.c.id)):
        yield row.id, row.content


def _is_untold(*of: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether something is owed, and not yet in a delivery that is done."""
    done = select(deliveries.c.id).where(deliveries.c.state.in_(_DONE))
    waiting = or_(owed.c.delivery_id.is_(None), owed.c.delivery_id.not_in(done))
    return exists().where(waiting, *of)


def _stripped(content: Content) -> Content:
    """Without what only readers see.

    What it is compared and filtered by stays, so that neither a new rule of what is significant
    nor a feed's tombstones can tell the difference.
    """
    nothing: dict[str, Any] = {"images": (), "related": (), "extra": {}}
    urls: dict[str, Any] = {"amp_url": None, "cdn_amp_url": None}
    return replace(content, featured_content=None, **nothing, **urls)
