"""Which articles are about which topic, kept in step with the articles as they are written.

A topic is one whatever its letter case, and is shown as it was first written. The counts of live
articles are kept, not computed, so that listing the topics costs what there are topics.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from watcher.model.kinds import ArticleState
from watcher.store.bulk import insert_rows
from watcher.store.columns import key_of
from watcher.store.database import chunks
from watcher.store.rows import next_number
from watcher.store.schema import article_topics, topics
from watcher.store.statements import Prepared


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
