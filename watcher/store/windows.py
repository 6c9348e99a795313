"""Feeds' windows: the places of articles in their order, and those articles. Read-only.

Only :meth:`Windows.find`, :meth:`Windows.members` and :meth:`Windows.topics` may look through much:
they are for those who start. The others cost the same whatever the store holds.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, Select, bindparam, func, select, tuple_

from watcher.clock import microseconds
from watcher.model.article import Article
from watcher.model.kinds import ArticleState, ChangeKind
from watcher.model.seed import Content
from watcher.store.articles import topic_key
from watcher.store.database import Database, chunks
from watcher.store.rows import WITH_STORIES
from watcher.store.schema import article_topics, articles, changes, story_places, topics
from watcher.store.statements import Prepared
from watcher.store.stories import Places
from watcher.store.tellers import Teller, baselined, tellers_by_number, tellers_by_story


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


Keep = Callable[[Content], bool]

_PAGE = 500
_MANY = 5000


class Windows:
    """Queries for those who publish feeds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept = _Kept()

    def publishing(self) -> AbstractContextManager[None]:
        """Keep other processes that share the store from publishing meanwhile."""
        return self._database.publishing()

    def find(
        self, state: ArticleState, *, limit: int, topic: str | None, keep: Keep
    ) -> dict[str, Rank]:
        """The first ``limit`` articles in this state that ``keep`` keeps, newest known first."""
        ranked = self._ranked(state, topic)
        kept = ((article, rank) for rank, article, content in ranked if keep(content))
        return dict(islice(kept, limit))

    def _ranked(
        self, state: ArticleState, topic: str | None
    ) -> Iterator[tuple[Rank, str, Content]]:
        columns = (articles.c.id, articles.c.uuid, articles.c.content)
        after: Rank | None = None
        while True:
            with self._database.read() as connection:
                ranks = newest(connection, state, limit=_PAGE, topic=topic, after=after)
                numbers = [rank.article_id for rank in ranks]
                found = {
                    row.id: row
                    for row in connection.execute(
                        select(*columns).where(articles.c.id.in_(numbers))
                    )
                }
            for rank in ranks:
                yield rank, found[rank.article_id].uuid, found[rank.article_id].content
            if len(ranks) < _PAGE:
                return
            after = ranks[-1]

    def newest(self, state: ArticleState, *, limit: int, topic: str | None = None) -> list[Rank]:
        """The first places of articles in this state, newest known first."""
        with self._database.read() as connection:
            return newest(connection, state, limit=limit, topic=topic)

    def places(self, ids: Collection[str]) -> dict[str, tuple[ArticleState, Rank]]:
        """In which state, and at which place, the articles with these ids are."""
        with self._database.read() as connection:
            return {
                row.uuid: (row.state, Rank(row.known_rank, row.shown_rank, row.id))
                for chunk in chunks(sorted(ids))
                for row in _PLACES.rows(connection, uuids=chunk)
            }

    def load(self, numbers: Sequence[int]) -> list[Article]:
        """The articles with these numbers (a rank's ``article_id``), in this order.

        Without their paths, which no feed shows.
        """
        with self._database.read() as connection:
            found = self._kept.articles(connection, numbers)
        return [found[number] for number in numbers]

    def tellers(self, numbers: Collection[int]) -> tuple[list[Teller], dict[str, list[Teller]]]:
        """The articles with these numbers, and all that tell their stories, in order of arrival."""
        with self._database.read() as connection:
            found = tellers_by_number(connection, numbers)
            stories = {teller.story for teller in found if teller.story is not None}
            return found, tellers_by_story(connection, stories)

    def baselined(self, numbers: Collection[int]) -> set[int]:
        """Those of these articles that were there at the first sight of their root."""
        with self._database.read() as connection:
            return baselined(connection, numbers)

    def removals(self, numbers: Sequence[int]) -> dict[str, datetime]:
        """The ids of the articles with these numbers, and when they were last removed."""
        with self._database.read() as connection:
            return {
                row.uuid: row.at
                for chunk in chunks(sorted(numbers))
                for row in _REMOVALS.rows(connection, ids=chunk)
            }

    def members(self, *, topic: str | None = None) -> Iterator[Sequence[tuple[int, str]]]:
        """All live articles' numbers and ids, page by page, in the order of their storing."""
        if topic is None:
            return self._all_members()
        return self._members_about(topic)

    def _all_members(self) -> Iterator[Sequence[tuple[int, str]]]:
        # By its key alone: with the state as a condition each page might be a sort of them all.
        statement = select(articles.c.id, articles.c.uuid, articles.c.state).limit(_MANY)
        statement, after = statement.order_by(articles.c.id), 0
        while True:
            with self._database.read() as connection:
                found = connection.execute(statement.where(articles.c.id > after)).all()
            yield [(row.id, row.uuid) for row in found if row.state is ArticleState.LIVE]
            if len(found) < _MANY:
                return
            after = found[-1].id

    def _members_about(self, topic: str) -> Iterator[Sequence[tuple[int, str]]]:
        about = select(article_topics.c.article_id).join(topics)
        about = about.where(
            topics.c.key == topic_key(topic), article_topics.c.state == ArticleState.LIVE
        )
        statement = select(articles.c.id, articles.c.uuid).order_by(articles.c.id)
        with self._database.read() as connection:
            numbers = sorted(connection.scalars(about))
        for chunk in chunks(numbers):
            with self._database.read() as connection:
                found = connection.execute(statement.where(articles.c.id.in_(chunk)))
                page = [(row.id, row.uuid) for row in found]
            yield page

    def contents(self, numbers: Sequence[int]) -> dict[int, Content]:
        """The contents of the articles with these numbers."""
        statement = select(articles.c.id, articles.c.content)
        with self._database.read() as connection:
            return {
                row.id: row.content
                for chunk in chunks(numbers)
                for row in connection.execute(statement.where(articles.c.id.in_(chunk)))
            }

    def topics(self, texts: Collection[str] | None = None) -> list[tuple[str, int]]:
        """These topics, or all there ever were, and how many live articles are about each.

        A topic is given back as it was first written, the oldest first.
        """
        statement = select(topics.c.topic, topics.c.live).order_by(topics.c.id)
        with self._database.read() as connection:
            if texts is None:
                return [(row.topic, row.live) for row in connection.execute(statement)]
            keys = sorted({topic_key(text) for text in texts})
            return [
                (row.topic, row.live)
                for chunk in chunks(keys)
                for row in connection.execute(statement.where(topics.c.key.in_(chunk)))
            ]

    def last_sequence(self) -> int:
        """The number of the last change in the log; 0 while there is none."""
        with self._database.read() as connection:
            return _LAST_SEQUENCE.value(connection) or 0

    def story_edits(self) -> str:
        """A text that is another one once the operator moved articles between stories."""
        with self._database.read() as connection:
            return Places(connection).newest()[1]


class _Kept:
    """Articles as they were last read, for any threads; about ``capacity`` of them at most.

    A feed shows the same articles again and again. They are read each time, for somebody else may
    have written to the store; but only what is not as it was is made an article anew.
    """

    def __init__(self, capacity: int = 1000) -> None:
        self._capacity = capacity
        self._articles: dict[int, tuple[Sequence[Any], Article]] = {}

    def articles(self, connection: Connection, numbers: Collection[int]) -> dict[int, Article]:
        """The articles with these numbers, by their numbers."""
        found, new = {}, []
        for chunk in chunks(sorted(set(numbers))):
            for row in _ARTICLES.raw(connection, ids=chunk):
                before, article = self._articles.get(row[0], (None, None))
                if article is not None and before == row:
                    found[row[0]] = article
                else:
                    new.append(row)
        if len(self._articles) + len(new) > self._capacity:
            self._articles.clear()
        for raw, row in zip(new, _ARTICLES.read(connection, new), strict=True):
            found[row.id] = _article(row)
            self._articles[row.id] = (raw, found[row.id])
        return found


def _article(row: Any) -> Article:
    return Article(
        id=row.uuid,
        content=row.content,
        first_seen_at=row.first_seen_at,
        updated_at=row.updated_at,
        state=row.state,
        story=row.story,
        reprint_of=row.reprint_of,
    )


_BY_NUMBER = articles.c.id.in_(bindparam("ids", expanding=True))
_ARTICLES = Prepared(
    lambda: (
        select(
            articles.c.id,
            articles.c.uuid,
            articles.c.state,
            articles.c.first_seen_at,
            articles.c.updated_at,
            articles.c.content,
            story_places.c.story,
            story_places.c.reprint_of,
        )
        .select_from(WITH_STORIES)
        .where(_BY_NUMBER)
    )
)
_PLACES = Prepared(
    lambda: select(
        articles.c.uuid,
        articles.c.state,
        articles.c.known_rank,
        articles.c.shown_rank,
        articles.c.id,
    ).where(articles.c.uuid.in_(bindparam("uuids", expanding=True)))
)
_REMOVALS = Prepared(
    lambda: (
        select(articles.c.uuid, func.max(changes.c.at).label("at"))
        .join(changes, changes.c.article_id == articles.c.id)
        .where(changes.c.kind == ChangeKind.REMOVED, _BY_NUMBER)
        .group_by(articles.c.uuid)
    )
)
_LAST_SEQUENCE = Prepared(lambda: select(func.max(changes.c.sequence).label("last")))
