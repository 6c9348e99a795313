"""The drafts: files that are held, and no articles yet. Read-only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from watcher.model.article import Article
from watcher.model.kinds import ArticleState, FileState
from watcher.model.seed import SeedPath
from watcher.store.database import Database
from watcher.store.schema import files, roots

_DRAFTS = (
    select(
        roots.c.path.label("root"),
        files.c.path,
        files.c.held,
        files.c.held_id,
        files.c.held_content,
        files.c.held_since,
        files.c.due_at,
    )
    .join(roots, roots.c.id == files.c.root_id)
    .where(files.c.held_since.is_not(None), files.c.state == FileState.PRESENT)
    .order_by(files.c.held_since.desc(), files.c.id.desc())
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldFile:
    """A draft as the article that it will be, why it is held, and when that may end by itself."""

    article: Article
    why: str
    due_at: datetime | None


def read_drafts(database: Database, *, limit: int, since: datetime | None = None) -> list[HeldFile]:
    """The drafts on disk, newest first."""
    statement = _DRAFTS if since is None else _DRAFTS.where(files.c.held_since >= since)
    with database.read() as connection:
        return [_held_file(row) for row in connection.execute(statement.limit(limit))]


def _held_file(row: Any) -> HeldFile:
    article = Article(
        id=row.held_id,
        content=row.held_content,
        first_seen_at=row.held_since,
        updated_at=row.held_since,
        state=ArticleState.HELD,
        paths=(SeedPath(root=row.root, path=row.path),),
    )
    return HeldFile(article=article, why=row.held, due_at=row.due_at)
