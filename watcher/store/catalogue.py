"""Reads articles, changes, topics and deliveries. Read-only."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from watcher.clock import microseconds
from watcher.model.article import Article, Change
from watcher.model.delivery import Attempt, Delivery, Outcome
from watcher.model.kinds import ArticleState, ChangeKind, DeliveryState
from watcher.model.seed import Content
from watcher.model.story import StoryMember
from watcher.store.articles import topic_key
from watcher.store.database import Database
from watcher.store.files import Quarantined
from watcher.store.lists import Lists, Wanted
from watcher.store.overview import Totals, overview_in
from watcher.store.references import find_reference, roots_above
from watcher.store.rows import (
    KNOWN_FILES,
    known_file,
    load_articles,
    load_changes,
)
from watcher.store.schema import (
    aliases,
    articles,
    attempts,
    changes,
    deliveries,
    endpoints,
    files,
    owed,
    revisions,
    roots,
    similar_urls,
    topics,
    withheld,
)
from watcher.store.search import find_words
from watcher.store.stories import public_members
from watcher.store.windows import Rank, newest

_PAGE = 500

_PLACE = re.compile(r"-?[0-9]{1,18}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One version of an article's significant content."""

    fingerprint: str
    first_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A change of an article and an endpoint: still owed, or in a delivery and its state."""

    endpoint: str
    sequence: int
    kind: ChangeKind
    due_at: datetime
    delivery: str | None
    state: DeliveryState | None
    late_at: datetime | None


class Catalogue:
    """Queries for feeds, the command line and the status page."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def article(self, reference: str, canonical: str | None = None) -> Article | None:
        """The article meant by an id, four or more of its first characters, a URL or a path.

        ``canonical`` is the canonical form of a URL, a path is absolute. Raises UsageError if the
        beginning of an id fits several.
        """
        with self._database.read() as connection:
            found = find_reference(connection, reference, canonical)
            return None if found is None else load_articles(connection, [found])[found]

    def quarantined(self, path: str) -> Quarantined | None:
        """The file at this absolute path, if it is known and cannot be used."""
        with self._database.read() as connection:
            for root in roots_above(connection, path):
                at = (roots.c.path == root, files.c.path == path[len(root) + 1 :])
                row = connection.execute(KNOWN_FILES.where(*at)).first()
                if row is not None and row.problem is not None:
                    return Quarantined(file=known_file(row), since=row.quarantined_at)
        return None

    def articles(
        self,
        *,
        limit: int,
        since: datetime | None = None,
        topic: str | None = None,
        state: ArticleState | None = None,
    ) -> list[Article]:
        """Articles that became known ``since`` then, newest first."""
        states = (state,) if state else ()
        wanted = Wanted(limit=limit, since=since, topic=topic, states=states)
        return Lists(self._database).articles(wanted)

    def page(
        self, *, limit: int, topic: str | None, after: str | None
    ) -> tuple[list[Article], str | None]:
        """Live articles after a place, newest first; and the place to go on from, if there is one.

        ``after`` is such a place; a text that is none stands for the beginning.
        """
        with self._database.read() as connection:
            ranks = newest(
                connection, ArticleState.LIVE, limit=limit + 1, topic=topic, after=_place(after)
            )
            found = load_articles(connection, (rank.article_id for rank in ranks[:limit]))
        older = "_".join(map(str, ranks[limit - 1])) if len(ranks) > limit else None
        return [found[rank.article_id] for rank in ranks[:limit]], older

    def stories(self, ids: Iterable[str]) -> Mapping[str, Sequence[StoryMember]]:
        """The live articles of those of these stories that have several, the earliest first."""
        with self._database.read() as connection:
            return public_members(connection, ids)

    def search(
        self,
        words: str,
        *,
        limit: int,
        offset: int = 0,
        since: datetime | None = None,
        topic: str | None = None,
        state: ArticleState | None = None,
    ) -> list[Article]:
        """Articles that have all these words, the best first; see :mod:`watcher.store.search`."""
        wanted: dict[str, Any] = {}
        if state is not None:
            wanted["articles.state = ?"] = state.value
        if since is not None:
            wanted["articles.known_rank <= ?"] = -microseconds(since)
        if topic is not None:
            wanted[_ABOUT_TOPIC] = topic_key(topic)
        with self._database.read() as connection:
            numbers = find_words(
                connection,
                words,
                limit=limit,
                offset=offset,
                conditions="".join(f" AND {condition}" for condition in wanted),
                values=tuple(wanted.values()),
            )
            found = load_articles(connection, numbers)
        return [found[number] for number in numbers]

    def window(
        self,
        limit: int,
        *,
        topic: str | None = None,
        keep: Callable[[Content], bool] | None = None,
    ) -> list[Article]:
        """The first ``limit`` live articles (that ``keep`` keeps), newest known first."""
        kept: list[Article] = []
        for article in self._live(topic, min(max(limit, 100), _PAGE)):
            if len(kept) == limit:
                break
            if keep is None or keep(article.content):
                kept.append(article)
        return kept

    def _live(self, topic: str | None, page: int) -> Iterator[Article]:
        after: Rank | None = None
        while True:
            with self._database.read() as connection:
                ranks = newest(connection, ArticleState.LIVE, limit=page, topic=topic, after=after)
                found = load_articles(connection, (rank.article_id for rank in ranks))
            yield from (found[rank.article_id] for rank in ranks)
            if len(ranks) < page:
                return
            after = ranks[-1]

    def topics(self) -> list[tuple[str, int]]:
        """Every topic of a live article with how many there are, in alphabetical order."""
        statement = select(topics.c.topic, topics.c.live).where(topics.c.live > 0)
        with self._database.read() as connection:
            found = [(row.topic, row.live) for row in connection.execute(statement)]
        return sorted(found, key=lambda pair: (pair[0].casefold(), pair[0]))

    def changes(self, *, limit: int, kind: ChangeKind | None = None) -> list[Change]:
        """Logged changes, newest first."""
        kinds = (kind,) if kind else ()
        return Lists(self._database).changes(Wanted(limit=limit, states=kinds))

    def changes_after(self, sequence: int, *, limit: int) -> tuple[Change, ...]:
        """The first logged changes with a higher number, in order."""
        statement = select(changes.c.sequence).where(changes.c.sequence > sequence)
        statement = statement.order_by(changes.c.sequence).limit(limit)
        with self._database.read() as connection:
            return load_changes(connection, connection.scalars(statement).all())

    def last_sequence(self) -> int:
        """The number of the last logged change; 0 if there was none."""
        with self._database.read() as connection:
            return connection.scalar(select(func.max(changes.c.sequence))) or 0

    def history(self, article: str) -> tuple[Change, ...]:
        """All changes of an article, in order."""
        statement = _about(article, select(changes.c.sequence), changes.c.article_id)
        with self._database.read() as connection:
            return load_changes(connection, connection.scalars(statement).all())

    def revisions(self, article: str) -> tuple[Revision, ...]:
        """All versions of an article's significant content, in order of first sight."""
        statement = _about(article, select(revisions), revisions.c.article_id)
        with self._database.read() as connection:
            return tuple(
                Revision(fingerprint=row.fingerprint, first_seen_at=row.first_seen_at)
                for row in connection.execute(statement.order_by(revisions.c.first_seen_at))
            )

    def aliases(self, article: str) -> tuple[str, ...]:
        """All canonical URLs that an article was ever seen with, in alphabetical order."""
        own = _about(article, select(aliases.c.url), aliases.c.article_id)
        similar = _about(article, select(similar_urls.c.url), similar_urls.c.article_id)
        with self._database.read() as connection:
            found = {*connection.scalars(own), *connection.scalars(similar)}
        return tuple(sorted(url for url in found if url.startswith("http")))

    def owed_to(self, article: str) -> tuple[Telling, ...]:
        """The deliveries of an article's changes, past and future, by endpoint and in order."""
        statement = (
            select(owed, changes.c.kind, endpoints.c.name, deliveries.c.state)
            .join(changes, changes.c.sequence == owed.c.sequence)
            .join(endpoints, endpoints.c.id == owed.c.endpoint_id)
            .join(deliveries, deliveries.c.id == owed.c.delivery_id, isouter=True)
            .order_by(endpoints.c.name, owed.c.sequence)
        )
        with self._database.read() as connection:
            rows = connection.execute(_about(article, statement, changes.c.article_id))
            return tuple(map(_telling, rows))

    def withheld(self, article: str) -> dict[tuple[str, int], str]:
        """Why changes of an article were kept from endpoints: by endpoint and sequence number."""
        statement = (
            select(endpoints.c.name, withheld.c.sequence, withheld.c.reason)
            .select_from(withheld)
            .join(changes, changes.c.sequence == withheld.c.sequence)
            .join(endpoints, endpoints.c.id == withheld.c.endpoint_id)
        )
        with self._database.read() as connection:
            rows = connection.execute(_about(article, statement, changes.c.article_id))
            return {(row.name, row.sequence): row.reason for row in rows}

    def deliveries(self, *, limit: int, endpoint: str | None = None) -> list[Delivery]:
        """Deliveries, newest first; a body that was pruned is empty."""
        return Lists(self._database).deliveries(Wanted(limit=limit, endpoint=endpoint))

    def attempts(self, delivery: str) -> tuple[Attempt, ...]:
        """A delivery's attempts in order; one that is not finished yet counts as unknown."""
        statement = select(attempts).where(attempts.c.delivery_id == delivery)
        with self._database.read() as connection:
            return tuple(map(_attempt, connection.execute(statement.order_by(attempts.c.number))))

    def totals(self) -> Totals:
        with self._database.read() as connection:
            return overview_in(connection).totals()


def _place(text: str | None) -> Rank | None:
    numbers = (text or "").split("_")
    if len(numbers) != len(Rank._fields) or not all(map(_PLACE.fullmatch, numbers)):
        return None
    return Rank._make(map(int, numbers))


_ABOUT_TOPIC = (
    "articles.id IN (SELECT article_id FROM article_topics "
    "JOIN topics ON topics.id = article_topics.topic_id WHERE topics.key = ?)"
)


def _about(article: str, statement: Select[Any], article_id: Any) -> Select[Any]:
    return statement.join(articles, articles.c.id == article_id).where(articles.c.uuid == article)


def _telling(row: Any) -> Telling:
    return Telling(
        endpoint=row.name,
        sequence=row.sequence,
        kind=row.kind,
        due_at=row.due_at,
        delivery=row.delivery_id,
        state=row.state,
        late_at=row.late_at,
    )


def _attempt(row: Any) -> Attempt:
    finished = row.outcome is not None
    return Attempt(
        delivery=row.delivery_id,
        number=row.number,
        at=row.at,
        outcome=row.outcome or Outcome.UNKNOWN,
        status=row.status,
        error=row.error if finished else "not finished",
        retry_after=row.retry_after,
        elapsed=row.elapsed,
    )
