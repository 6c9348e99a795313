"""Which articles are newest: pages of article numbers, in the order of feeds, from an index.

The order is: known last, then published last (at most when it became known), then first stored.
"""

from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, Select, bindparam, select, tuple_

from watcher.model.kinds import ArticleState
from watcher.store.moments import microseconds
from watcher.store.schema import article_topics, articles, topics
from watcher.store.statements import Prepared
from watcher.store.topics import topic_key


class Rank(NamedTuple):
    """An article's place; the newest is the lowest."""

    known_rank: int
    shown_rank: int
    article_id: int


def newest(
    connection: Connection,
    state: ArticleState,
    *,
    limit: int,
    topic: str | None = None,
    since: datetime | None = None,
    after: Rank | None = None,
) -> list[Rank]:
    """The first ``limit`` places after ``after``, of articles known ``since`` then."""
    values: dict[str, Any] = {"state": state, "most": limit}
    if topic is not None:
        values["topic"] = topic_key(topic)
    if since is not None:
        values["known_by"] = -microseconds(since)
    if after is not None:
        values |= dict(zip(_AFTER, after, strict=True))
    statement = _newest(frozenset(values))
    return [Rank._make(row) for row in statement.rows(connection, **values)]


_AFTER = ("after_known", "after_shown", "after_id")


@cache
def _newest(given: frozenset[str]) -> Prepared:
    """The statement with the conditions that these parameters are for."""
    return Prepared(lambda: _compose(given))


def _compose(given: frozenset[str]) -> Select[*tuple[Any, ...]]:
    table = article_topics if "topic" in given else articles
    article_id = article_topics.c.article_id if "topic" in given else articles.c.id
    place = (table.c.known_rank, table.c.shown_rank, article_id)
    statement = select(*place).where(table.c.state == bindparam("state")).order_by(*place)
    if "topic" in given:
        topic_id = select(topics.c.id).where(topics.c.key == bindparam("topic")).scalar_subquery()
        statement = statement.where(article_topics.c.topic_id == topic_id)
    if "known_by" in given:
        statement = statement.where(table.c.known_rank <= bindparam("known_by"))
    if "after_id" in given:
        after = tuple_(*(bindparam(name, type_=BigInteger) for name in _AFTER))
        statement = statement.where(tuple_(*place) > after)
    return statement.limit(bindparam("most"))
