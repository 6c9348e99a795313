"""Write the rows of articles, and of their topics, within a batch's transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, bindparam, select

from watcher.model.known import ArticleWrite
from watcher.store.bulk import insert_rows
from watcher.store.database import chunks
from watcher.store.moments import microseconds
from watcher.store.rows import next_number
from watcher.store.schema import articles
from watcher.store.statements import Prepared
from watcher.store.topics import Topical, write_topics

_TIMES = Prepared(
    lambda: select(
        articles.c.id, articles.c.uuid, articles.c.first_seen_at, articles.c.updated_at
    ).where(articles.c.uuid.in_(bindparam("uuids", expanding=True)))
)


def find_articles(connection: Connection, uuids: Iterable[str]) -> dict[str, Any]:
    """The integer id, ``first_seen_at`` and ``updated_at`` of the articles with these ids."""
    return {
        row.uuid: row
        for chunk in chunks(sorted(uuids))
        for row in _TIMES.rows(connection, uuids=chunk)
    }


def write_articles(
    connection: Connection, writes: Sequence[ArticleWrite], at: datetime
) -> dict[str, int]:
    """Insert the new, update the others; the integer ids of all of them."""
    new = [write for write in writes if write.is_new]
    old = [write for write in writes if not write.is_new]
    inserted = _insert(connection, new, at)
    updated = _update(connection, old, at)
    written = [
        _topical(write, row) for write, row in zip([*new, *old], [*inserted, *updated], strict=True)
    ]
    write_topics(connection, written, [row["id"] for row in updated])
    return {
        write.id: topical.article_id for write, topical in zip([*new, *old], written, strict=True)
    }


def _insert(
    connection: Connection, writes: Sequence[ArticleWrite], at: datetime
) -> list[dict[str, Any]]:
    if not writes:
        return []
    rows = [
        {"id": number, "uuid": write.id, "first_seen_at": at} | _row(write, at, at)
        for number, write in enumerate(writes, next_number(connection, articles.c.id))
    ]
    values = itemgetter(*articles.c.keys())
    insert_rows(connection, articles, [values(row) for row in rows])
    return rows


def _update(
    connection: Connection, writes: Sequence[ArticleWrite], at: datetime
) -> list[dict[str, Any]]:
    if not writes:
        return []
    before = find_articles(connection, {write.id for write in writes})
    rows = []
    for write in writes:
        times = before[write.id]
        updated_at = at if write.revised else times.updated_at
        rows.append({"id": times.id} | _row(write, times.first_seen_at, updated_at))
    statement = articles.update().where(articles.c.id == bindparam("row"))
    connection.execute(statement, [_keyed_by_row(row) for row in rows])
    return rows


def _keyed_by_row(row: dict[str, Any]) -> dict[str, Any]:
    """The row for an update: its ``id`` is a condition, not a value to set."""
    return {("row" if name == "id" else name): value for name, value in row.items()}


def _row(write: ArticleWrite, first_seen_at: datetime, updated_at: datetime) -> dict[str, Any]:
    published_at = write.content.published_at or first_seen_at
    return {
        "state": write.state,
        "known_rank": -microseconds(first_seen_at),
        "shown_rank": -microseconds(min(published_at, first_seen_at)),
        "updated_at": updated_at,
        "updates": write.updates,
        "fingerprint": write.fingerprint,
        "content": write.content,
    }


def _topical(write: ArticleWrite, row: dict[str, Any]) -> Topical:
    return Topical(
        article_id=row["id"],
        state=write.state,
        known_rank=row["known_rank"],
        shown_rank=row["shown_rank"],
        topics=write.content.topics,
    )
