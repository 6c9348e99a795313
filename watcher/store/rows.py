"""Rows into the model's nouns: the readings that several parts of the store share.

Every function runs in its caller's transaction; none of them writes.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    Connection,
    Select,
    bindparam,
    func,
    select,
)

from watcher.model.article import Article, Change
from watcher.model.delivery import Delivery
from watcher.model.kinds import FileState
from watcher.model.known import Draft, KnownFile
from watcher.model.seed import Content, SeedPath
from watcher.store.database import chunks
from watcher.store.schema import (
    articles,
    changes,
    deliveries,
    endpoints,
    files,
    roots,
    story_places,
)
from watcher.store.statements import Prepared

WITH_STORIES = articles.outerjoin(story_places, story_places.c.article_id == articles.c.id)
"""Articles with their stories, if they have one."""

KNOWN_FILES = (
    select(
        files.c.id,
        roots.c.path.label("root"),
        files.c.path,
        files.c.state,
        files.c.signature,
        files.c.trusted,
        files.c.digest,
        files.c.problem,
        files.c.missing_since,
        files.c.quarantined_at,
        files.c.shared_url,
        files.c.held,
        files.c.held_id,
        files.c.held_content,
        files.c.due_at,
        files.c.is_member,
        files.c.article_id,
        articles.c.uuid.label("article"),
    )
    .join(roots, roots.c.id == files.c.root_id)
    .join(articles, articles.c.id == files.c.article_id, isouter=True)
)
"""Select what :func:`known_file` reads."""

DELIVERIES = select(deliveries, endpoints.c.name.label("endpoint")).join(
    endpoints, endpoints.c.id == deliveries.c.endpoint_id
)
"""Select what :func:`delivery` reads."""


def known_file(row: Any) -> KnownFile:
    return KnownFile(
        at=SeedPath(root=row.root, path=row.path, is_member=row.is_member),
        order=row.id,
        state=row.state,
        signature=row.signature,
        trusted=row.trusted,
        digest=row.digest,
        article=row.article,
        problem=row.problem,
        missing_since=row.missing_since,
        shared_url=row.shared_url,
        draft=_draft(row),
        due_at=row.due_at,
    )


def _draft(row: Any) -> Draft | None:
    if row.held is None:
        return None
    return Draft(id=row.held_id, content=row.held_content, why=row.held)


def delivery(row: Any) -> Delivery:
    return Delivery(
        id=row.id,
        endpoint=row.endpoint,
        body=row.body,
        content_type=row.content_type,
        members=row.members,
        created_at=row.created_at,
        state=row.state,
        attempts=row.attempts,
        first_attempt_at=row.first_attempt_at,
    )


def at_paths(statement: Select[*tuple[Any, ...]]) -> Prepared:
    """``statement``, which joins files and roots, for :func:`rows_at`."""
    names: BindParameter[Any] = bindparam("names", expanding=True)
    return Prepared(
        lambda: statement.where(roots.c.path == bindparam("of_root"), files.c.path.in_(names))
    )


def rows_at(
    connection: Connection, statement: Prepared, paths: Iterable[SeedPath]
) -> Iterator[Any]:
    """The rows of a statement of :func:`at_paths` that are about these paths."""
    by_root: dict[str, set[str]] = defaultdict(set)
    for at in paths:
        by_root[at.root].add(at.path)
    for root, names in by_root.items():
        for chunk in chunks(sorted(names)):
            yield from statement.rows(connection, of_root=root, names=chunk)


def load_articles(
    connection: Connection, ids: Iterable[int], known: Mapping[str, Content] | None = None
) -> dict[int, Article]:
    """Articles by their integer ids, with the paths that are not gone, in order of first sight.

    ``known`` holds contents, by article id, that need not be read again.
    """
    known = known or {}
    wanted = sorted(set(ids))
    paths = _paths_of(connection, wanted)
    rows = [row for chunk in chunks(wanted) for row in _HEADS.rows(connection, ids=chunk)]
    unknown = [row.id for row in rows if row.uuid not in known]
    contents = {
        row.id: row.content
        for chunk in chunks(unknown)
        for row in _CONTENTS.rows(connection, ids=chunk)
    }
    return {
        row.id: Article(
            id=row.uuid,
            content=contents.get(row.id) or known[row.uuid],
            first_seen_at=row.first_seen_at,
            updated_at=row.updated_at,
            state=row.state,
            paths=tuple(paths[row.id]),
            story=row.story,
            reprint_of=row.reprint_of,
        )
        for row in rows
    }


_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_CONTENTS = Prepared(
    lambda: select(articles.c.id, articles.c.content).where(articles.c.id.in_(_IDS))
)
_HEADS = Prepared(
    lambda: (
        select(
            articles.c.id,
            articles.c.uuid,
            articles.c.state,
            articles.c.first_seen_at,
            articles.c.updated_at,
            story_places.c.story,
            story_places.c.reprint_of,
        )
        .select_from(WITH_STORIES)
        .where(articles.c.id.in_(_IDS))
    )
)
_PATHS = Prepared(
    lambda: (
        select(files.c.article_id, roots.c.path.label("root"), files.c.path)
        .join(roots, roots.c.id == files.c.root_id)
        .where(files.c.state != FileState.GONE, files.c.article_id.in_(_IDS))
        .order_by(files.c.id)
    )
)
_CHANGES = Prepared(
    lambda: select(changes).where(changes.c.sequence.in_(bindparam("sequences", expanding=True)))
)


def _paths_of(connection: Connection, ids: Sequence[int]) -> dict[int, list[SeedPath]]:
    found: dict[int, list[SeedPath]] = defaultdict(list)
    for chunk in chunks(ids):
        for row in _PATHS.rows(connection, ids=chunk):
            found[row.article_id].append(SeedPath(root=row.root, path=row.path))
    return found


def load_changes(connection: Connection, sequences: Iterable[int]) -> tuple[Change, ...]:
    """These changes in their order, each with its article as it is now."""
    rows = [
        row
        for chunk in chunks(sorted(set(sequences)))
        for row in _CHANGES.rows(connection, sequences=list(chunk))
    ]
    by_id = load_articles(connection, {row.article_id for row in rows})
    return tuple(
        Change(
            sequence=row.sequence,
            kind=row.kind,
            at=row.at,
            article=by_id[row.article_id],
            baseline=row.baseline,
        )
        for row in sorted(rows, key=lambda row: row.sequence)
    )


def next_number(connection: Connection, key: Column[int]) -> int:
    """One more than the highest value of a key column, under the lock that serialises ingest."""
    return (_highest(key).value(connection) or 0) + 1


@cache
def _highest(key: Column[int]) -> Prepared:
    return Prepared(lambda: select(func.max(key).label("highest")))
