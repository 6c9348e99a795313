"""Lists of articles, changes and deliveries, newest first, by one set of conditions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from watcher.clock import microseconds
from watcher.model.article import Article, Change
from watcher.model.delivery import Delivery
from watcher.model.kinds import ArticleState
from watcher.store.articles import topic_key
from watcher.store.database import Database
from watcher.store.rows import DELIVERIES, delivery, load_articles, load_changes
from watcher.store.schema import (
    article_topics,
    articles,
    changes,
    deliveries,
    endpoints,
    owed,
    topics,
)
from watcher.store.search import find_words
from watcher.store.windows import newest

MOST_FOUND = 5000
"""At most so many articles are looked at of those that have some words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which ones, and at most how many.

    ``states`` are of articles, kinds of changes, or states of deliveries; none means all.
    ``endpoint`` is one that was told, or will be.
    """

    limit: int
    since: datetime | None = None
    states: tuple[str, ...] = ()
    topic: str | None = None
    endpoint: str | None = None
    words: str | None = None


class Lists:
    """Queries for lists."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def articles(self, wanted: Wanted) -> list[Article]:
        """Articles, newest known first; with ``words``, the best first."""
        with self._database.read() as connection:
            if wanted.words is not None or wanted.endpoint is not None:
                found = _narrowed(connection, wanted)
            else:
                found = _newest(connection, wanted)
            loaded = load_articles(connection, found)
        return [loaded[number] for number in found]

    def changes(self, wanted: Wanted) -> list[Change]:
        """Logged changes, newest first."""
        statement = select(changes.c.sequence).order_by(changes.c.sequence.desc())
        if wanted.since is not None:
            statement = statement.where(changes.c.at >= wanted.since)
        if wanted.states:
            statement = statement.where(changes.c.kind.in_(wanted.states))
        if wanted.endpoint is not None:
            statement = statement.where(changes.c.sequence.in_(_told_to(wanted.endpoint)))
        with self._database.read() as connection:
            statement = statement.where(*_of_articles(connection, changes.c.article_id, wanted))
            found = connection.scalars(statement.limit(wanted.limit)).all()
            return list(reversed(load_changes(connection, found)))

    def deliveries(self, wanted: Wanted) -> list[Delivery]:
        """Deliveries, newest first; a body that was pruned is empty."""
        statement = DELIVERIES.order_by(deliveries.c.created_at.desc(), deliveries.c.id)
        if wanted.since is not None:
            statement = statement.where(deliveries.c.created_at >= wanted.since)
        if wanted.states:
            statement = statement.where(deliveries.c.state.in_(wanted.states))
        if wanted.endpoint is not None:
            statement = statement.where(endpoints.c.name == wanted.endpoint)
        with self._database.read() as connection:
            if conditions := _of_articles(connection, changes.c.article_id, wanted):
                told = select(owed.c.delivery_id).join(
                    changes, changes.c.sequence == owed.c.sequence
                )
                statement = statement.where(deliveries.c.id.in_(told.where(*conditions)))
            return list(map(delivery, connection.execute(statement.limit(wanted.limit))))


def _newest(connection: Connection, wanted: Wanted) -> list[int]:
    """From an index in the order of the list, state by state."""
    states = wanted.states or tuple(ArticleState)
    ranks = sorted(
        rank
        for state in states
        for rank in newest(
            connection,
            ArticleState(state),
            limit=wanted.limit,
            topic=wanted.topic,
            since=wanted.since,
        )
    )
    return [rank.article_id for rank in ranks[: wanted.limit]]


def _narrowed(connection: Connection, wanted: Wanted) -> list[int]:
    statement = select(articles.c.id).where(*about(connection, articles.c.id, wanted))
    if wanted.states:
        statement = statement.where(articles.c.state.in_(wanted.states))
    if wanted.since is not None:
        statement = statement.where(articles.c.known_rank <= -microseconds(wanted.since))
    if wanted.words is None:
        place = (articles.c.known_rank, articles.c.shown_rank, articles.c.id)
        return list(connection.scalars(statement.order_by(*place).limit(wanted.limit)))
    kept = set(connection.scalars(statement))
    best = (number for number in _found(connection, wanted.words) if number in kept)
    return list(islice(best, wanted.limit))


def about(
    connection: Connection, article_id: ColumnElement[Any], wanted: Wanted
) -> list[ColumnElement[bool]]:
    """Conditions on an article: its topic, its words, the endpoint it goes to."""
    conditions = _of_articles(connection, article_id, wanted)
    if wanted.endpoint is not None:
        told = select(changes.c.article_id).where(changes.c.sequence.in_(_told_to(wanted.endpoint)))
        conditions.append(article_id.in_(told))
    return conditions


def _of_articles(
    connection: Connection, article_id: ColumnElement[Any], wanted: Wanted
) -> list[ColumnElement[bool]]:
    conditions = list[ColumnElement[bool]]()
    if wanted.topic is not None:
        about = select(article_topics.c.article_id).join(topics)
        conditions.append(article_id.in_(about.where(topics.c.key == topic_key(wanted.topic))))
    if wanted.words is not None:
        conditions.append(article_id.in_(_found(connection, wanted.words)))
    return conditions


def _told_to(endpoint: str) -> Select[Any]:
    told = select(owed.c.sequence).join(endpoints, endpoints.c.id == owed.c.endpoint_id)
    return told.where(endpoints.c.name == endpoint)


def _found(connection: Connection, words: str) -> Sequence[int]:
    return find_words(connection, words, limit=MOST_FOUND)
