"""Finds an article by id, by the beginning of an id, by URL or by path."""

from sqlalchemy import Connection, select

from watcher.errors import UsageError
from watcher.store.columns import key_of
from watcher.store.schema import aliases, articles, files, roots, similar_urls

_URN = "urn:uuid:"
_SHORTEST = 4
_AFTER_HEX = "g"  # sorts after every character of an id


def find_reference(connection: Connection, reference: str, canonical: str | None) -> int | None:
    """The integer id of the article meant, None if there is none.

    ``canonical`` is the canonical form of a reference that is a URL. Raises UsageError if an id's
    beginning fits several articles.
    """
    if "://" in reference:
        return _by_url(connection, canonical or reference)
    if "/" in reference:  # also below another node's root, such as node:/its/path/seed.md
        return _by_path(connection, reference)
    return _by_id(connection, reference.strip().lower().removeprefix(_URN))


def _by_path(connection: Connection, path: str) -> int | None:
    for root in roots_above(connection, path):
        found = (
            select(files.c.article_id)
            .join(roots, roots.c.id == files.c.root_id)
            .where(roots.c.path == root, files.c.path == path[len(root) + 1 :])
        )
        article: int | None = connection.scalar(found)
        if article is not None:
            return article
    return None


def roots_above(connection: Connection, path: str) -> list[str]:
    """The known roots that an absolute path lies in."""
    known = connection.scalars(select(roots.c.path)).all()
    return [root for root in known if path.startswith(f"{root}/")]


def _by_url(connection: Connection, url: str) -> int | None:
    for table in (aliases, similar_urls):
        statement = select(table.c.article_id).where(table.c.key == key_of(url))
        found: int | None = connection.scalar(statement.order_by(table.c.article_id).limit(1))
        if found is not None:
            return found
    return None


def _by_id(connection: Connection, beginning: str) -> int | None:
    if len(beginning) < _SHORTEST:
        return None
    start = _URN + beginning
    statement = select(articles.c.id, articles.c.uuid).where(
        articles.c.uuid >= start, articles.c.uuid < start + _AFTER_HEX
    )
    found = connection.execute(statement.order_by(articles.c.uuid).limit(2)).all()
    if len(found) > 1 and found[0].uuid != start:
        raise UsageError(f"{beginning} is the beginning of several ids: give more of it")
    return int(found[0].id) if found else None
