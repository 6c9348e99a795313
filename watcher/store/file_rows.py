"""Writes the rows of files within a batch's transaction."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from watcher.model.kinds import FileState
from watcher.model.known import FileWrite
from watcher.model.seed import SeedPath
from watcher.store.database import chunks
from watcher.store.roots import see_root
from watcher.store.rows import at_paths, next_number, rows_at
from watcher.store.schema import files, roots
from watcher.store.statements import insert_rows

_BEFORE = at_paths(
    select(
        files.c.id,
        roots.c.path.label("root"),
        files.c.path,
        files.c.article_id,
        files.c.missing_since,
        files.c.quarantined_at,
        files.c.held_since,
    ).join(roots, roots.c.id == files.c.root_id)
)


def write_files(
    connection: Connection,
    writes: Sequence[FileWrite],
    at: datetime,
    article_ids: Mapping[str, int],
    *,
    absent: Collection[SeedPath] = (),
) -> None:
    """Insert, update or forget files; those that are ``absent`` are known to have no row.

    A file keeps the number of its first sight, until it comes to another article: there it is the
    last to speak.
    """
    before = {
        SeedPath(root=row.root, path=row.path): row
        for row in rows_at(connection, _BEFORE, {write.at for write in writes}.difference(absent))
    }
    kept = [write for write in writes if not write.forget]
    rows = {write.at: _row(write, before.get(write.at), at, article_ids) for write in kept}
    staying = {p for p, row in rows.items() if p in before and _stays(row, before[p])}
    _forget(connection, [row.id for path, row in before.items() if path not in staying])
    _update(connection, {before[path].id: rows[path] for path in staying})
    _insert(connection, {path: row for path, row in rows.items() if path not in staying}, at)


def _stays(row: dict[str, Any], before: Any) -> bool:
    return row["article_id"] in (None, before.article_id)


def _row(
    write: FileWrite, before: Any | None, at: datetime, article_ids: Mapping[str, int]
) -> dict[str, Any]:
    """The values of all columns but a file's keys, in the table's order."""
    absent_since = (before and before.missing_since) or at
    quarantined_at = (before and before.quarantined_at) or at
    draft = write.draft
    return {
        "state": write.state,
        "signature": write.signature,
        "trusted": write.trusted,
        "digest": write.digest,
        "article_id": None if write.article is None else article_ids[write.article],
        "problem": write.problem,
        "missing_since": None if write.state is FileState.PRESENT else absent_since,
        "quarantined_at": quarantined_at if write.problem else None,
        "shared_url": write.shared_url,
        "held": draft and draft.why,
        "held_id": draft and draft.id,
        "held_content": draft and draft.content,
        "held_since": ((before and before.held_since) or at) if draft else None,
        "due_at": write.due_at,
        "is_member": write.at.is_member,
    }


def _insert(connection: Connection, rows: Mapping[SeedPath, dict[str, Any]], at: datetime) -> None:
    if not rows:
        return
    root_ids = {root: see_root(connection, root, at) for root in {path.root for path in rows}}
    first = next_number(connection, files.c.id)
    new = [
        (number, root_ids[path.root], path.path, *row.values())
        for number, (path, row) in enumerate(rows.items(), first)
    ]
    insert_rows(connection, files, new)


def _update(connection: Connection, rows: Mapping[int, dict[str, Any]]) -> None:
    if rows:
        statement = files.update().where(files.c.id == bindparam("row"))
        connection.execute(statement, [{"row": number} | row for number, row in rows.items()])


def _forget(connection: Connection, ids: Sequence[int]) -> None:
    for chunk in chunks(ids):
        connection.execute(files.delete().where(files.c.id.in_(chunk)))
