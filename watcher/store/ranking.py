"""Which articles are newest: pages of article numbers, in the order of feeds, from an index.

The order is: known last, then published last (at most when it became known), then first stored.
"""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select, tuple_

from watcher.model import ArticleState
from watcher.store.columns import microseconds
from watcher.store.schema import article_topics, articles, topics
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
    table = articles if topic is None else article_topics
    article_id = articles.c.id if topic is None else article_topics.c.article_id
    place = (table.c.known_rank, table.c.shown_rank, article_id)
    statement = select(*place).where(table.c.state == state).order_by(*place).limit(limit)
    if topic is not None:
        topic_id = select(topics.c.id).where(topics.c.key == topic_key(topic)).scalar_subquery()
        statement = statement.where(article_topics.c.topic_id == topic_id)
    if since is not None:
        statement = statement.where(table.c.known_rank <= -microseconds(since))
    if after is not None:
        statement = statement.where(tuple_(*place) > tuple_(*after))
    return [Rank(*row) for row in connection.execute(statement)]
