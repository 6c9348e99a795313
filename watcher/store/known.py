"""What the store knows about one batch: enough for diff to decide. Only index look-ups."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, select

from watcher.model.known import Known, KnownArticle, KnownFile
from watcher.model.seed import SeedPath
from watcher.store.database import chunks
from watcher.store.rows import KNOWN_FILES, at_paths, known_file, rows_at
from watcher.store.schema import aliases, articles, files, revisions
from watcher.store.statements import Prepared

_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_ARTICLES = Prepared(lambda: select(articles).where(articles.c.id.in_(_IDS)))
_FILES = Prepared(lambda: KNOWN_FILES.where(files.c.article_id.in_(_IDS)).order_by(files.c.id))
_REVISIONS = Prepared(lambda: select(revisions).where(revisions.c.article_id.in_(_IDS)))
_AT_PATHS = at_paths(KNOWN_FILES)
_OWNERS = Prepared(
    lambda: (
        select(aliases.c.key, articles.c.id, articles.c.uuid)
        .join(articles, articles.c.id == aliases.c.article_id)
        .where(aliases.c.key.in_(bindparam("keys", expanding=True)))
    )
)


def read_known(
    connection: Connection,
    paths: Iterable[SeedPath],
    urls: Iterable[str],
    *,
    key_of: Callable[[str], bytes],
) -> Known:
    """The files at these paths, the owners of these URLs, and the articles of both.

    ``key_of`` gives the key of a URL.
    """
    rows = list(rows_at(connection, _AT_PATHS, paths))
    owners = _owners(connection, {key_of(url): url for url in urls})
    ids = {row.article_id for row in rows if row.article_id is not None}
    ids.update(article_id for article_id, _ in owners.values())
    return Known(
        files={at.at: at for at in map(known_file, rows)},
        aliases={url: uuid for url, (_, uuid) in owners.items()},
        articles={article.id: article for article in _articles(connection, sorted(ids))},
    )


def _owners(connection: Connection, by_key: Mapping[bytes, str]) -> dict[str, tuple[int, str]]:
    return {
        by_key[row.key]: (row.id, row.uuid)
        for chunk in chunks(sorted(by_key))
        for row in _OWNERS.rows(connection, keys=chunk)
    }


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
