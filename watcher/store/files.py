"""The store's memory of files, for scans and for reading only what changed."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Select, bindparam, case, func, literal, or_, select

from watcher.model.kinds import ArticleState, FileState
from watcher.model.known import KnownFile
from watcher.model.seed import SeedPath, Unchanged
from watcher.store.columns import ABSENT, QUARANTINED, Moment, ScanRow
from watcher.store.database import Database
from watcher.store.overview import overview_in
from watcher.store.rows import KNOWN_FILES, at_paths, known_file, rows_at
from watcher.store.schema import articles, files, roots
from watcher.store.statements import Prepared

_PAGE = 5000
_LONGEST_CHARACTER = 4

LONGEST_PATH = 2600
"""In bytes. PostgreSQL refuses an index entry of more than 2,704, its other columns included."""

_LISTING = Prepared(
    lambda: (
        select(
            files.c.path,
            case((files.c.trusted, files.c.signature)),
            case((files.c.quarantined_at.is_not(None), QUARANTINED), else_=0)
            + case((files.c.missing_since.is_not(None), ABSENT), else_=0),
        )
        .where(
            files.c.root_id
            == select(roots.c.id).where(roots.c.path == bindparam("of_root")).scalar_subquery(),
            files.c.path > bindparam("last"),
            ~files.c.is_member,
        )
        .order_by(files.c.path)
        .limit(bindparam("most"))
    )
)

_DIGESTS = at_paths(
    select(roots.c.path.label("root"), files.c.path, files.c.digest)
    .join(roots, roots.c.id == files.c.root_id)
    .where(
        files.c.state == FileState.PRESENT,
        files.c.digest.is_not(None),
        files.c.signature.is_not(None),
        files.c.due_at.is_(None),  # the same bytes may mean something else by now
    )
)

_EXTENTS = at_paths(
    select(roots.c.path.label("root"), files.c.path, files.c.digest, files.c.signature)
    .join(roots, roots.c.id == files.c.root_id)
    .where(
        files.c.state == FileState.PRESENT,
        files.c.digest.is_not(None),
        files.c.signature.is_not(None),
        files.c.quarantined_at.is_(None),
        ~files.c.is_member,
    )
)

_HAS_MEMBERS = Prepared(
    lambda: (
        select(literal(1))
        .join_from(files, roots, files.c.root_id == roots.c.id)
        .where(roots.c.path == bindparam("of_root"), files.c.is_member)
        .limit(1)
    )
)
_MEMBERS = Prepared(
    lambda: (
        select(files.c.path, files.c.digest, files.c.signature)
        .join(roots, roots.c.id == files.c.root_id)
        .where(
            roots.c.path == bindparam("of_root"),
            files.c.is_member,
            files.c.state == FileState.PRESENT,
            files.c.path > bindparam("first"),
            files.c.path < bindparam("end"),
        )
    )
)
_DUE = Prepared(  # this, too
    lambda: (
        select(files.c.path, files.c.is_member)
        .where(
            # Plus nothing: else SQLite looks at all files of the root, not at the few that are due.
            files.c.root_id + 0
            == select(roots.c.id).where(roots.c.path == bindparam("of_root")).scalar_subquery(),
            files.c.due_at <= bindparam("now"),
            files.c.state == FileState.PRESENT,
        )
        .order_by(files.c.due_at, files.c.id)
    )
)
_MISSING = Prepared(  # it is asked every few seconds
    lambda: KNOWN_FILES.where(
        roots.c.path == bindparam("of_root"),
        files.c.state == FileState.MISSING,
        files.c.missing_since.is_not(None),
    ).order_by(files.c.id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCounts:
    """How many files of a root there are; the quarantined are among the present."""

    present: int
    missing: int
    quarantined: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A file that cannot be used (``file.problem`` says why), and since when."""

    file: KnownFile
    since: datetime


class Files:
    """The files of all roots."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def listing(self, root: str) -> Iterator[list[ScanRow]]:
        """All files of a root, in byte order of their paths, some thousands at a time.

        Each page is a transaction of its own: what is written meanwhile may or may not be seen.
        """
        last = b""
        while page := self._page(root, last):
            yield page
            last = page[-1][0]

    def _page(self, root: str, last: bytes) -> list[ScanRow]:
        with self._database.read() as connection:
            rows: list[Any] = _LISTING.raw(connection, of_root=root, last=last, most=_PAGE)
            return rows

    def can_hold(self, path: str) -> bool:
        """True if a path is short enough for an index of PostgreSQL; SQLite has no such limit."""
        quick = len(path) * _LONGEST_CHARACTER <= LONGEST_PATH
        return self._database.is_sqlite or quick or len(os.fsencode(path)) <= LONGEST_PATH

    def digests(self, paths: Iterable[SeedPath]) -> dict[SeedPath, bytes]:
        """The digests of those files that are present and were read, usable or not."""
        with self._database.read() as connection:
            return {
                SeedPath(root=row.root, path=row.path): row.digest
                for row in rows_at(connection, _DIGESTS, paths)
            }

    def extents(self, paths: Iterable[SeedPath]) -> dict[SeedPath, tuple[int, bytes]]:
        """The size and the digest of those files, as they were when they were last read whole."""
        with self._database.read() as connection:
            return {
                SeedPath(root=row.root, path=row.path): (row.signature.size, row.digest)
                for row in rows_at(connection, _EXTENTS, paths)
            }

    def due(self, root: str, now: datetime) -> list[SeedPath]:
        """The files of a root that time alone has changed: released drafts, expired posts."""
        with self._database.read() as connection:
            return [
                SeedPath(root=root, path=row.path, is_member=row.is_member)
                for row in _DUE.rows(connection, of_root=root, now=now)
            ]

    def members(self, paths: Iterable[SeedPath]) -> dict[SeedPath, bytes | None]:
        """The present seeds within these files, each with its digest; None if it is to be read."""
        found = dict[SeedPath, bytes | None]()
        with self._database.read() as connection:
            for root, of_root in groupby(sorted(paths), key=lambda at: at.root):
                if _HAS_MEMBERS.value(connection, of_root=root) is None:
                    continue
                for file in of_root:
                    between = {"first": f"{file.path}#", "end": f"{file.path}$"}  # # comes before $
                    for row in _MEMBERS.rows(connection, of_root=root, **between):
                        at = SeedPath(root=root, path=row.path, is_member=True)
                        if at.file == file:
                            found[at] = row.digest if row.signature is not None else None
        return found

    def counts(self, root: str) -> FileCounts:
        """How many files of a root there are; all zero for an unknown root."""
        with self._database.read() as connection:
            found = overview_in(connection).root(root)
        if found is None:
            return FileCounts(present=0, missing=0, quarantined=0)
        return FileCounts(
            present=found.present, missing=found.missing, quarantined=found.quarantined
        )

    def missing(self, root: str) -> tuple[KnownFile, ...]:
        """The files that are gone from disk but still within the grace, in order of first sight."""
        with self._database.read() as connection:
            return tuple(map(known_file, _MISSING.rows(connection, of_root=root)))

    def quarantine(self, *, limit: int, since: datetime | None = None) -> list[Quarantined]:
        """The files that cannot be used, newest first."""
        statement = KNOWN_FILES.where(
            files.c.quarantined_at.is_not(None), files.c.state == FileState.PRESENT
        )
        if since is not None:
            statement = statement.where(files.c.quarantined_at >= since)
        newest = statement.order_by(files.c.quarantined_at.desc(), files.c.id.desc())
        with self._database.read() as connection:
            return [
                Quarantined(file=known_file(row), since=row.quarantined_at)
                for row in connection.execute(newest.limit(limit))
            ]

    def touch(self, unchanged: Iterable[Unchanged]) -> None:
        """Remember new signatures of files whose bytes did not change.

        A missing one is present again; one that is gone stays so: coming back is for diff.
        """
        statement = (
            files.update()
            .where(
                files.c.root_id == bindparam("root"),
                files.c.path == bindparam("name"),
                files.c.state != FileState.GONE,
            )
            .values(state=FileState.PRESENT, missing_since=None)
        )
        with self._database.write() as connection:
            ids = {row.path: row.id for row in connection.execute(select(roots.c.path, roots.c.id))}
            values = [
                {
                    "root": ids[seen.at.root],
                    "name": seen.at.path,
                    "signature": seen.signature,
                    "trusted": seen.trusted,
                }
                for seen in unchanged
                if seen.at.root in ids
            ]
            if values:
                connection.execute(statement, values)

    def count_vanished(self, root: str, *, young_since: datetime) -> int:
        """How many files are gone from disk, within the grace, whose article is nowhere else.

        What was first seen after ``young_since`` does not count, unless it was there at the first
        sight of its root.
        """
        first_seen = func.coalesce(
            articles.c.first_seen_at, files.c.quarantined_at, roots.c.first_seen_at
        )
        elsewhere = files.alias()
        present = select(elsewhere.c.id).where(
            elsewhere.c.article_id == files.c.article_id, elsewhere.c.state == FileState.PRESENT
        )
        statement = (
            select(func.count())
            .select_from(files)
            .join(roots, roots.c.id == files.c.root_id)
            .outerjoin(articles, articles.c.id == files.c.article_id)
            .where(
                roots.c.path == root,
                files.c.state == FileState.MISSING,
                files.c.missing_since.is_not(None),
                ~present.exists(),
                or_(
                    first_seen <= literal(young_since, Moment),
                    first_seen <= roots.c.first_seen_at,
                ),
            )
        )
        with self._database.read() as connection:
            return connection.scalar(statement) or 0

    def restart_grace(self, root: str, now: datetime) -> None:
        """Restart the grace of a root's missing files."""
        root_id = select(roots.c.id).where(roots.c.path == root).scalar_subquery()
        statement = files.update().where(
            files.c.root_id == root_id,
            files.c.state == FileState.MISSING,
            files.c.missing_since.is_not(None),
        )
        with self._database.write() as connection:
            connection.execute(statement.values(missing_since=now))

    def distrust(self, watched: Iterable[str]) -> None:
        """Have every file of these roots read again at the next scan, whatever its signature.

        Its digest is kept, so that diff can tell another reading of the same bytes from an edit.
        """
        with self._database.write() as connection:
            of_these = files.c.root_id.in_(_roots_at(watched))
            statement = files.update().where(of_these)
            connection.execute(statement.values(trusted=False, signature=None))

    def release(self, watched: Iterable[str], now: datetime, *, idle_since: datetime) -> int:
        """Forget files in roots that are no longer watched. Returns how many.

        Those are the roots that are not ``watched``, and that nobody has scanned after
        ``idle_since``. Their articles stay as they are; but no file there speaks for one, or can
        go missing.
        """
        unwatched = select(roots.c.id).where(
            roots.c.path.not_in(sorted(watched)),
            func.coalesce(roots.c.last_scan_at, roots.c.first_seen_at) <= idle_since,
        )
        statement = (
            files.update()
            .where(files.c.root_id.in_(unwatched), files.c.state != FileState.GONE)
            .values(
                state=FileState.GONE,
                problem=None,
                quarantined_at=None,
                missing_since=func.coalesce(files.c.missing_since, literal(now, Moment)),
            )
        )
        with self._database.write() as connection:
            return connection.execute(statement).rowcount

    def regain(self, watched: Iterable[str], now: datetime) -> int:
        """Count forgotten files in roots that are ``watched`` again as missing.

        Those are the ones that are gone while their article lives, and is nowhere else. A scan
        then finds them, or their grace runs out.
        """
        held = files.alias()
        elsewhere = select(held.c.id).where(
            held.c.article_id == files.c.article_id, held.c.state != FileState.GONE
        )
        live = select(articles.c.id).where(
            articles.c.id == files.c.article_id, articles.c.state == ArticleState.LIVE
        )
        statement = files.update().where(
            files.c.root_id.in_(_roots_at(watched)),
            files.c.missing_since.is_not(None),
            files.c.state == FileState.GONE,
            live.exists(),
            ~elsewhere.exists(),
        )
        with self._database.write() as connection:
            lost = connection.execute(statement.values(state=FileState.MISSING, missing_since=now))
            return lost.rowcount


def _roots_at(paths: Iterable[str]) -> Select[tuple[int]]:
    return select(roots.c.id).where(roots.c.path.in_(sorted(paths)))
