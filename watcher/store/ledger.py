"""One batch into the store: all that it means, in one transaction, or nothing of it.

It decides nothing: what to write is diff's plan, when it is due is the pipeline's word.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, select

from watcher.errors import UsageError
from watcher.model.article import Article, Change, FirstChange
from watcher.model.delivery import Mute, Owed, Withheld
from watcher.model.kinds import ChangeKind, FileState
from watcher.model.known import Known, KnownArticle, KnownFile, Plan, Sought
from watcher.model.seed import SeedPath
from watcher.model.story import StoryMember, StoryPlace, StoryText, story_text
from watcher.store.articles import Written, find_articles, write_articles
from watcher.store.columns import key_of
from watcher.store.database import Database, chunks
from watcher.store.endpoints import endpoint_ids
from watcher.store.file_rows import write_files
from watcher.store.mutes import active_mutes
from watcher.store.rows import (
    KNOWN_FILES,
    at_paths,
    known_file,
    load_articles,
    load_changes,
    next_number,
    rows_at,
)
from watcher.store.schema import (
    aliases,
    articles,
    changes,
    endpoints,
    files,
    owed,
    revisions,
    similar_urls,
    withheld,
)
from watcher.store.statements import Prepared, insert_rows
from watcher.store.stories import Places, members_of, write_places

Place = Callable[[Sequence[StoryText], Places], Sequence[StoryPlace]]
"""Finds the stories of new articles, given what was placed before."""


class Ledger:
    """Where batches are written, one at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def batch(self, at: datetime, *, baseline: bool = False) -> Iterator["Batch"]:
        """One transaction at the time ``at``; nothing is written if the block raises.

        The changes of a ``baseline`` are marked as such.
        """
        with self._database.write(ingest=True) as connection:
            batch = Batch(connection, at, baseline=baseline)
            yield batch
            if batch.has_written:
                self._database.tell_others(connection)

    @contextmanager
    def places(self) -> Iterator[Places]:
        """Which stories articles are in, in a transaction that only reads."""
        with self._database.read() as connection:
            yield Places(connection)

    def known(self, sought: Sought) -> Known:
        """As :meth:`Batch.known`, in a transaction that only reads and holds up no writer."""
        with self._database.read() as connection:
            return _read_known(connection, sought, key_of=key_of)


class Batch:
    """The reads and writes of one batch."""

    def __init__(self, connection: Connection, at: datetime, *, baseline: bool) -> None:
        self._connection = connection
        self._at = at
        self._baseline = baseline
        self._absent = frozenset[SeedPath]()  # as this transaction has found
        self._key_of = cache(key_of)  # of each URL of the batch: to find it, and to store it
        self.has_written = False
        """True once something was written that concerns feeds or endpoints."""

    @property
    def places(self) -> Places:
        """Which stories articles are in, as of this transaction."""
        return Places(self._connection)

    def known(self, sought: Sought) -> Known:
        """The store's knowledge of the sought paths and URLs, and of their articles."""
        known = _read_known(self._connection, sought, key_of=self._key_of)
        self._absent = sought.paths - known.files.keys()
        return known

    def write(self, plan: Plan, place: Place | None = None) -> tuple[Change, ...]:
        """Write a plan; its changes, numbered and in order, with their articles as they are now.

        ``place`` finds the stories of the articles that are new.
        """
        self.has_written |= bool(plan.articles or plan.changes)
        written = write_articles(self._connection, plan.articles, self._at, baseline=self._baseline)
        ids = {article: row.number for article, row in written.items()}
        rest = find_articles(self._connection, _mentioned(plan) - ids.keys())
        ids.update((uuid, row.id) for uuid, row in rest.items())
        write_files(self._connection, plan.files, self._at, ids, absent=self._absent)
        self._absent = frozenset()
        self._write_aliases(plan, ids)
        self._write_similar(plan, ids)
        self._write_revisions(plan, ids)
        places = place(self._story_texts(plan, ids), Places(self._connection)) if place else ()
        write_places(self._connection, places)
        return self._write_changes(plan, ids, written, {place.article: place for place in places})

    def first_changes(self, articles: Iterable[str]) -> dict[str, FirstChange]:
        """The changes that announced these articles, by article; pruned ones are left out."""
        found = {
            row.uuid: row
            for chunk in chunks(sorted(articles))
            for row in _FIRST.rows(self._connection, uuids=chunk)
        }
        settled = defaultdict[int, set[str]](set)
        for chunk in chunks(sorted(row.sequence for row in found.values())):
            for statement in (_OWED_TO, _WITHHELD_FROM):
                for row in statement.rows(self._connection, sequences=chunk):
                    settled[row.sequence].add(row.name)
        return {
            article: FirstChange(
                sequence=row.sequence,
                at=row.at,
                baseline=row.baseline,
                endpoints=frozenset(settled[row.sequence]),
            )
            for article, row in found.items()
        }

    def articles(self, sequences: Iterable[int]) -> dict[int, Article]:
        """The articles of these changes, as they are now."""
        return {c.sequence: c.article for c in load_changes(self._connection, sequences)}

    def mutes(self, now: datetime) -> tuple[Mute, ...]:
        """The mutes that have not run out."""
        return active_mutes(self._connection, now)

    def owe(self, owing: Iterable[Owed]) -> None:
        """Owe changes to endpoints; those owed already stay as they are.

        Raises UsageError for an endpoint that the outbox was never synced with.
        """
        owing = list(owing)
        ids = endpoint_ids(self._connection) if owing else {}
        rows = []
        for item in owing:
            if item.endpoint not in ids:
                raise UsageError(f"endpoint {item.endpoint}: the store does not know it yet")
            rows.append((item.sequence, ids[item.endpoint], item.due_at, None, item.late_at))
        insert_rows(self._connection, owed, rows, only_new=True)

    def story_members(self, stories: Iterable[str]) -> dict[str, list[StoryMember]]:
        """The public articles of these stories, and which endpoints each was sent to."""
        return members_of(self._connection, stories)

    def withhold(self, kept: Iterable[Withheld]) -> None:
        """Note changes withheld from endpoints that would have been sent them."""
        ids = endpoint_ids(self._connection)
        rows = [(each.sequence, ids[each.endpoint], each.reason) for each in kept]
        insert_rows(self._connection, withheld, rows, only_new=True)

    def _write_aliases(self, plan: Plan, ids: Mapping[str, int]) -> None:
        rows = [(self._key_of(url), url, ids[article]) for url, article in plan.aliases]
        insert_rows(self._connection, aliases, rows, only_new=True)

    def _write_similar(self, plan: Plan, ids: Mapping[str, int]) -> None:
        rows = [(self._key_of(url), ids[article], url) for url, article in plan.similar]
        insert_rows(self._connection, similar_urls, rows, only_new=True)

    def _write_revisions(self, plan: Plan, ids: Mapping[str, int]) -> None:
        rows = [(ids[write.article], write.fingerprint, self._at) for write in plan.revisions]
        insert_rows(self._connection, revisions, rows, only_new=True)

    def _story_texts(self, plan: Plan, ids: Mapping[str, int]) -> list[StoryText]:
        return [
            story_text(ids[write.id], write.id, write.content, self._at)
            for write in plan.articles
            if write.is_new
        ]

    def _write_changes(
        self,
        plan: Plan,
        ids: Mapping[str, int],
        written: Mapping[str, Written],
        places: Mapping[str, StoryPlace],
    ) -> tuple[Change, ...]:
        if not plan.changes:
            return ()
        first = next_number(self._connection, changes.c.sequence)
        rows = [
            (number, write.kind, ids[write.article], write.fingerprint, self._at, self._baseline)
            for number, write in enumerate(plan.changes, first)
        ]
        insert_rows(self._connection, changes, rows)
        about = self._articles_of(plan, ids, written, places)
        return tuple(
            Change(
                sequence=number,
                kind=write.kind,
                at=self._at,
                article=about[write.article],
                baseline=self._baseline,
            )
            for number, write in enumerate(plan.changes, first)
        )

    def _articles_of(
        self,
        plan: Plan,
        ids: Mapping[str, int],
        written: Mapping[str, Written],
        places: Mapping[str, StoryPlace],
    ) -> dict[str, Article]:
        """The articles that a plan changes, by id; of those that are new the plan says all."""
        about = {article.id: article for article in _new_articles(plan, self._at, written, places)}
        known = {ids[write.article] for write in plan.changes if write.article not in about}
        contents = {write.id: write.content for write in plan.articles}
        loaded = load_articles(self._connection, known, contents) if known else {}
        return about | {article.id: article for article in loaded.values()}


def _new_articles(
    plan: Plan, at: datetime, written: Mapping[str, Written], places: Mapping[str, StoryPlace]
) -> Iterator[Article]:
    paths = defaultdict[str | None, list[SeedPath]](list)
    for file in plan.files:
        if not file.forget and file.state is not FileState.GONE:
            paths[file.article].append(file.at)
    for write in plan.articles:
        if write.is_new:
            place = places.get(write.id)
            yield Article(
                id=write.id,
                content=write.content,
                first_seen_at=at,
                updated_at=written[write.id].updated_at,
                state=write.state,
                paths=tuple(paths[write.id]),
                story=place.story if place else None,
                reprint_of=place.reprint_of if place else None,
            )


def _mentioned(plan: Plan) -> set[str]:
    """The ids of the articles that the plan writes something about, besides themselves."""
    found = {write.article for write in plan.files if write.article is not None}
    found.update(article for _, article in (*plan.aliases, *plan.similar))
    found.update(write.article for write in plan.revisions)
    found.update(write.article for write in plan.changes)
    return found


_FIRST = Prepared(
    lambda: (
        select(articles.c.uuid, changes.c.sequence, changes.c.at, changes.c.baseline)
        .join(articles, articles.c.id == changes.c.article_id)
        .where(
            changes.c.kind == ChangeKind.NEW,
            articles.c.uuid.in_(bindparam("uuids", expanding=True)),
        )
    )
)
_SEQUENCES: BindParameter[Any] = bindparam("sequences", expanding=True)
_OWED_TO = Prepared(
    lambda: (
        select(owed.c.sequence, endpoints.c.name)
        .join(endpoints, endpoints.c.id == owed.c.endpoint_id)
        .where(owed.c.sequence.in_(_SEQUENCES))
    )
)
_WITHHELD_FROM = Prepared(
    lambda: (
        select(withheld.c.sequence, endpoints.c.name)
        .join(endpoints, endpoints.c.id == withheld.c.endpoint_id)
        .where(withheld.c.sequence.in_(_SEQUENCES))
    )
)
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_ARTICLES = Prepared(lambda: select(articles).where(articles.c.id.in_(_IDS)))
_FILES = Prepared(lambda: KNOWN_FILES.where(files.c.article_id.in_(_IDS)).order_by(files.c.id))
_REVISIONS = Prepared(lambda: select(revisions).where(revisions.c.article_id.in_(_IDS)))
_AT_PATHS = at_paths(KNOWN_FILES)
_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
_OWNERS = Prepared(
    lambda: (
        select(aliases.c.key, articles.c.id, articles.c.uuid)
        .join(articles, articles.c.id == aliases.c.article_id)
        .where(aliases.c.key.in_(_KEYS))
    )
)
_SIMILAR = Prepared(
    lambda: (
        select(similar_urls.c.key, articles.c.id, articles.c.uuid)
        .join(articles, articles.c.id == similar_urls.c.article_id)
        .where(similar_urls.c.key.in_(_KEYS))
        .order_by(articles.c.id)
    )
)
_TAKEN = Prepared(
    lambda: select(articles.c.uuid).where(articles.c.uuid.in_(bindparam("uuids", expanding=True)))
)


def _read_known(connection: Connection, sought: Sought, *, key_of: Callable[[str], bytes]) -> Known:
    """What is known of what is sought; ``key_of`` gives the key of a URL."""
    rows = list(rows_at(connection, _AT_PATHS, sought.paths))
    owners = _named(connection, _OWNERS, {key_of(text): text for text in sought.aliases})
    similar = _named(connection, _SIMILAR, {key_of(text): text for text in sought.similar})
    ids = {row.article_id for row in rows if row.article_id is not None}
    ids.update(
        number for found in (owners, similar) for pairs in found.values() for number, _ in pairs
    )
    return Known(
        files={at.at: at for at in map(known_file, rows)},
        aliases={text: uuid for text, ((_, uuid),) in owners.items()},
        similar={text: tuple(uuid for _, uuid in pairs) for text, pairs in similar.items()},
        articles={article.id: article for article in _articles(connection, sorted(ids))},
        ids=frozenset(
            row.uuid
            for chunk in chunks(sorted(sought.ids))
            for row in _TAKEN.rows(connection, uuids=chunk)
        ),
    )


def _named(
    connection: Connection, statement: Prepared, by_key: Mapping[bytes, str]
) -> dict[str, list[tuple[int, str]]]:
    """The integer ids and the ids of the articles that texts name, by text."""
    found = defaultdict[str, list[tuple[int, str]]](list)
    for chunk in chunks(sorted(by_key)):
        for row in statement.rows(connection, keys=chunk):
            found[by_key[row.key]].append((row.id, row.uuid))
    return found


def _articles(connection: Connection, ids: Sequence[int]) -> Iterable[KnownArticle]:
    for chunk in chunks(ids):
        paths = _files_of(connection, chunk)
        fingerprints = _fingerprints_of(connection, chunk)
        for row in _ARTICLES.rows(connection, ids=chunk):
            yield KnownArticle(
                id=row.uuid,
                state=row.state,
                content=row.content,
                fingerprint=row.fingerprint,
                fingerprints=frozenset(fingerprints[row.id]),
                updates=row.updates,
                files=tuple(paths[row.id]),
            )


def _files_of(connection: Connection, ids: Sequence[int]) -> dict[int, list[KnownFile]]:
    found: dict[int, list[KnownFile]] = defaultdict(list)
    for row in _FILES.rows(connection, ids=ids):
        found[row.article_id].append(known_file(row))
    return found


def _fingerprints_of(connection: Connection, ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for row in _REVISIONS.rows(connection, ids=ids):
        found[row.article_id].append(row.fingerprint)
    return found
