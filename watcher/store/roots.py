"""The roots that the store has seen, and how each of them is. It looks at no directory."""

import os
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    LargeBinary,
    Text,
    bindparam,
    cast,
    func,
    literal,
    select,
    type_coerce,
)

from watcher.clock import microseconds, moment
from watcher.errors import UsageError
from watcher.model.kinds import RootState
from watcher.model.left_out import LeftOut
from watcher.model.standing import RootStatus
from watcher.store.columns import Moment
from watcher.store.database import Database
from watcher.store.overview import LEFT_OUT_OF, overview_in
from watcher.store.rows import next_number
from watcher.store.schema import files, meta, roots
from watcher.store.statements import Prepared

_IDENTITY = type_coerce(roots.c.path, LargeBinary)
_DEVICE = "device of root "
_RULES = "rules of root "
"""Each followed by the root's id, the key of a fact: its disk; how it was scanned last."""


class Roots:
    """The rows of roots. A path that was never seen raises UsageError where it is written to."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def see(self, path: str, now: datetime) -> RootStatus:
        """The root at this absolute path, uncounted; remembered from now on if it is new."""
        with self._database.write(ingest=True) as connection:
            see_root(connection, path, now)
            row = connection.execute(select(roots).where(roots.c.path == path)).one()
            return _uncounted(row)

    def adopt(self, paths: Iterable[str]) -> None:
        """Keep what is known of roots whose identity became another one.

        So of a root that was given a name, and of one in a store from before nodes were told apart.
        """
        places = self._database.places
        with self._database.write(ingest=True) as connection:
            rows = connection.execute(select(_IDENTITY.label("identity"), roots.c.id))
            known = {bytes(row.identity): row.id for row in rows}
            for path in paths:
                former = [each for each in places.former(path) if os.fsencode(each) in known]
                if former and os.fsencode(places.stored(path)) not in known:
                    this = roots.update().where(roots.c.id == known[os.fsencode(former[0])])
                    connection.execute(this.values(path=path))

    def uncounted(self) -> tuple[RootStatus, ...]:
        """As :meth:`all`, without the counts, which cost what there are files."""
        with self._database.read() as connection:
            found = connection.execute(select(roots).order_by(roots.c.id))
            return tuple(map(_uncounted, found))

    def all(self) -> tuple[RootStatus, ...]:
        """Every root ever seen, in order of first sight."""
        with self._database.read() as connection:
            return overview_in(connection).roots()

    def set_state(self, path: str, state: RootState, detail: str | None = None) -> None:
        self._update(path, state=state, detail=detail)

    def finish_baseline(self, path: str, now: datetime) -> None:
        """The root's first scan is complete: from now on its changes are news."""
        self._update(path, baselined_at=func.coalesce(roots.c.baselined_at, literal(now, Moment)))

    def scanned(self, path: str, now: datetime, *, began: datetime, rules: str) -> None:
        """Note that the root was walked to its end at ``now``, by these ``rules``."""
        self._update(path, last_scan_at=now)
        self._note(_RULES, path, f"{rules} {microseconds(began)}")

    def last_rules(self, path: str) -> tuple[str | None, datetime | None]:
        """The rules of the root's last complete scan, and when that began; None if unknown."""
        rules, _, began = (self._noted(_RULES, path) or "").rpartition(" ")
        return (rules, moment(int(began))) if began else (None, None)

    def device(self, path: str) -> int | None:
        """The device number of the disk on which the root's seeds were last seen."""
        found = self._noted(_DEVICE, path)
        return None if found is None else int(found)

    def note_device(self, path: str, device: int) -> None:
        """The root's seeds were just seen on this disk."""
        if device != self.device(path):
            self._note(_DEVICE, path, str(device))

    def has_articles(self, path: str) -> bool:
        """True if one of the root's seeds that are there is an article."""
        with self._database.read() as connection:
            return _HAS_ARTICLES.value(connection, of_path=path) is not None

    def note_left_out(self, path: str, left_out: LeftOut) -> None:
        """Note what the root's last walk passed by, if it is not what was noted before."""
        noted = left_out.to_json()
        if noted != (self._noted(LEFT_OUT_OF, path) or LeftOut().to_json()):
            self._note(LEFT_OUT_OF, path, noted)

    def _noted(self, what: str, path: str) -> str | None:
        key = select(_key(what)).where(roots.c.path == path).scalar_subquery()
        with self._database.read() as connection:
            found: str | None = connection.scalar(select(meta.c.value).where(meta.c.key == key))
        return found

    def _note(self, what: str, path: str, value: str) -> None:
        with self._database.write() as connection:
            key = connection.scalar(select(_key(what)).where(roots.c.path == path))
            connection.execute(meta.delete().where(meta.c.key == key))
            connection.execute(meta.insert().values(key=key, value=value))

    def _update(self, path: str, **values: Any) -> None:
        with self._database.write() as connection:
            found = connection.execute(roots.update().where(roots.c.path == path).values(values))
            if not found.rowcount:
                raise UsageError(f"{path}: not a root that the store has seen")


def _key(what: str) -> ColumnElement[str]:
    return literal(what, Text).concat(cast(roots.c.id, Text))


def see_root(connection: Connection, path: str, now: datetime) -> int:
    """The root's integer id, in a write transaction that lets one ingest in at a time."""
    known = _ID.value(connection, of_path=path)
    if known is not None:
        return int(known)
    new = next_number(connection, roots.c.id)
    connection.execute(
        roots.insert().values(id=new, path=path, state=RootState.OK, first_seen_at=now)
    )
    return new


_HAS_ARTICLES = Prepared(
    lambda: (
        select(literal(1))
        .join_from(files, roots, files.c.root_id == roots.c.id)
        .where(
            roots.c.path == bindparam("of_path"),
            files.c.article_id.is_not(None),
            files.c.missing_since.is_(None),
        )
        .limit(1)
    )
)
_ID = Prepared(lambda: select(roots.c.id).where(roots.c.path == bindparam("of_path")))


def _uncounted(row: Any) -> RootStatus:
    return RootStatus(
        path=row.path,
        state=row.state,
        detail=row.detail,
        first_seen_at=row.first_seen_at,
        baselined_at=row.baselined_at,
        last_scan_at=row.last_scan_at,
    )
