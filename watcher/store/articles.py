"""Writes the rows of articles, and of their topics, within a batch's transaction.

A topic is one whatever its letter case, and is shown as it was first written. The counts of live
articles are kept, not computed, so that listing the topics costs what there are topics.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, select

from watcher.clock import microseconds
from watcher.model.kinds import ArticleState
from watcher.model.known import ArticleWrite
from watcher.model.seed import Content
from watcher.store.columns import key_of
from watcher.store.database import chunks
from watcher.store.rows import next_number
from watcher.store.schema import article_topics, articles, topics
from watcher.store.search import index_again, index_articles
from watcher.store.statements import Prepared, insert_rows


class Topical(NamedTuple):
    """An article as written, as far as its topics are concerned."""

    article_id: int
    state: ArticleState
    known_rank: int
    shown_rank: int
    topics: tuple[str, ...]


class _Row(NamedTuple):
    topic_id: int
    state: ArticleState
    known_rank: int
    shown_rank: int
    article_id: int


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


class Written(NamedTuple):
    """An article that was written: its integer id, and since when it says what it says."""

    number: int
    updated_at: datetime


def write_articles(
    connection: Connection, writes: Sequence[ArticleWrite], at: datetime, *, baseline: bool
) -> dict[str, Written]:
    """Insert the new articles, update the others. Returns all of them by id."""
    new = [write for write in writes if write.is_new]
    old = [write for write in writes if not write.is_new]
    moments = _moments_of_change(writes, at, baseline=baseline)
    inserted = _insert(connection, new, at, moments)
    updated = _update(connection, old, moments)
    written = [
        _topical(write, row) for write, row in zip([*new, *old], [*inserted, *updated], strict=True)
    ]
    write_topics(connection, written, [row["id"] for row in updated])
    return {
        write.id: Written(row["id"], row["updated_at"])
        for write, row in zip([*new, *old], [*inserted, *updated], strict=True)
    }


def _moments_of_change(
    writes: Sequence[ArticleWrite], at: datetime, *, baseline: bool
) -> dict[str, datetime]:
    """Since when each article says what it says, no two at one moment (RFC 4287 readers compare).

    In a baseline that is what the seed itself says, so that a rebuilt store says the same; made
    its own by a fraction of a second that follows from its id. Else it is the moment of the batch,
    and a microsecond more for each.
    """
    return {
        write.id: _own_moment(write, at)
        if baseline and write.is_new
        else at + timedelta(microseconds=number)
        for number, write in enumerate(writes)
    }


def _own_moment(write: ArticleWrite, at: datetime) -> datetime:
    said = min(write.content.modified_at or write.content.published_at or at, at)
    return said.replace(microsecond=int.from_bytes(key_of(write.id)[:4]) % 1_000_000)


def _insert(
    connection: Connection,
    writes: Sequence[ArticleWrite],
    at: datetime,
    moments: Mapping[str, datetime],
) -> list[dict[str, Any]]:
    if not writes:
        return []
    rows = [
        {"id": number, "uuid": write.id, "first_seen_at": at} | _row(write, at, moments[write.id])
        for number, write in enumerate(writes, next_number(connection, articles.c.id))
    ]
    values = itemgetter(*articles.c.keys())
    insert_rows(connection, articles, [values(row) for row in rows])
    index_articles(connection, _said(writes, rows))
    return rows


def _update(
    connection: Connection, writes: Sequence[ArticleWrite], moments: Mapping[str, datetime]
) -> list[dict[str, Any]]:
    if not writes:
        return []
    before = find_articles(connection, {write.id for write in writes})
    rows = []
    for write in writes:
        times = before[write.id]
        updated_at = moments[write.id] if write.revised else times.updated_at
        rows.append({"id": times.id} | _row(write, times.first_seen_at, updated_at))
    statement = articles.update().where(articles.c.id == bindparam("row"))
    connection.execute(statement, [_keyed_by_row(row) for row in rows])
    index_again(connection, _said(writes, rows))
    return rows


def _said(
    writes: Sequence[ArticleWrite], rows: Sequence[dict[str, Any]]
) -> list[tuple[int, Content]]:
    return [(row["id"], write.content) for write, row in zip(writes, rows, strict=True)]


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


_BY_KEY = Prepared(
    lambda: select(topics.c.key, topics.c.id).where(
        topics.c.key.in_(bindparam("keys", expanding=True))
    )
)
_MORE_LIVE = Prepared(
    lambda: (
        topics.update()
        .where(topics.c.id == bindparam("row"))
        .values(live=topics.c.live + bindparam("by"))
    )
)
_STORED = Prepared(
    lambda: select(*(article_topics.c[name] for name in _Row._fields)).where(
        article_topics.c.article_id.in_(bindparam("ids", expanding=True))
    )
)


def topic_key(topic: str) -> bytes:
    return key_of(topic.casefold())


def write_topics(connection: Connection, written: Sequence[Topical], old: Iterable[int]) -> None:
    """Make the rows of these articles what they should be; ``old`` are those that had rows."""
    ids = _ids_of(connection, {t for article in written for t in article.topics})
    wanted = {
        _Row(ids[t], a.state, a.known_rank, a.shown_rank, a.article_id)
        for a in written
        for t in a.topics
    }
    stored = set(_stored(connection, sorted(old)))
    added, dropped = wanted - stored, stored - wanted
    _delete(connection, dropped)
    insert_rows(connection, article_topics, sorted(added))
    _count(connection, added, dropped)


def _ids_of(connection: Connection, texts: set[str]) -> dict[str, int]:
    """The number of each topic by its text, made for those that are new."""
    by_key = {topic_key(text): text for text in sorted(texts, reverse=True)}
    known: dict[bytes, int] = {}
    for chunk in chunks(sorted(by_key)):
        found = _BY_KEY.rows(connection, keys=chunk)
        known.update((row.key, row.id) for row in found)
    new = [key for key in by_key if key not in known]
    if new:
        first = next_number(connection, topics.c.id)
        known.update({key: number for number, key in enumerate(new, first)})
        insert_rows(connection, topics, [(known[key], key, by_key[key], 0) for key in new])
    return {text: known[topic_key(text)] for text in texts}


def _stored(connection: Connection, article_ids: Sequence[int]) -> Iterable[_Row]:
    for chunk in chunks(article_ids):
        yield from (_Row(*row) for row in _STORED.rows(connection, ids=chunk))


def _delete(connection: Connection, rows: set[_Row]) -> None:
    if not rows:
        return
    same = [article_topics.c[name] == bindparam(f"old_{name}") for name in _Row._fields]
    values = [{f"old_{name}": value for name, value in row._asdict().items()} for row in rows]
    connection.execute(article_topics.delete().where(*same), values)


def _count(connection: Connection, added: set[_Row], dropped: set[_Row]) -> None:
    live = Counter(row.topic_id for row in added if row.state is ArticleState.LIVE)
    live.subtract(Counter(row.topic_id for row in dropped if row.state is ArticleState.LIVE))
    moved = [{"row": topic, "by": by} for topic, by in sorted(live.items()) if by]
    if moved:
        for each in moved:
            _MORE_LIVE.run(connection, **each)
