"""The state of the store: its roots, its endpoints, its totals, its facts. Read-only.

In SQL that both engines read, given to a driver as it is: so a SQLite file can be asked by SQLite's
own library alone, and ``status`` need not wait until SQLAlchemy is loaded.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from watcher.clock import moment
from watcher.model.kinds import ArticleState, DeliveryState, EndpointState, FileState, RootState
from watcher.model.left_out import left_out_from
from watcher.model.node import Node
from watcher.model.standing import NOT_CONFIGURED, EndpointStatus, RootStatus
from watcher.store.sqlite_file import connect
from watcher.store.versions import VERSION, newest_version

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from watcher.store.places import Places

Ask = Callable[..., Iterable[Any]]
"""Given a question with a ``?`` for each of the values that follow, its rows, by column name."""

"""Why an endpoint with a backlog is disabled that the config does not have any more."""

_BUSY_SECONDS = 1  # who is locked out longer opens the store, and waits there

LEFT_OUT_OF = "left out of root "
"""The key of the fact what a root's last walk passed by, followed by the root's number."""

_FACT = "SELECT value FROM meta WHERE key = ?"

# Counted in indexes only: of the files on disk and those not, the latter are few.
_IN_ROOT = "SELECT count(*) FROM files WHERE files.root_id = roots.id"
_ABSENT = f"{_IN_ROOT} AND files.missing_since IS NOT NULL"
_MISSING = f"{_ABSENT} AND files.state = '{FileState.MISSING}'"
_ANY_ARTICLE = f"{_IN_ROOT} AND article_id IS NOT NULL AND missing_since IS NULL".replace(
    "count(*)", "1"
)
_QUARANTINED = f"files.quarantined_at IS NOT NULL AND files.state = '{FileState.PRESENT}'"
_ROOTS = f"""SELECT path, state, detail, first_seen_at, baselined_at, last_scan_at,
({_IN_ROOT}) - ({_ABSENT}) AS present,
({_MISSING}) AS missing,
({_IN_ROOT} AND {_QUARANTINED}) AS quarantined,
EXISTS ({_ANY_ARTICLE}) AS has_articles,
(SELECT value FROM meta WHERE key = '{LEFT_OUT_OF}' || roots.id) AS left_out
FROM roots"""  # noqa: S608 - our own words, as below

_OWED = "FROM owed WHERE owed.endpoint_id = endpoints.id AND owed.delivery_id IS NULL"
_IN_STATE = "FROM deliveries WHERE deliveries.endpoint_id = endpoints.id AND deliveries.state = "
_PENDING = f"{_IN_STATE} '{DeliveryState.PENDING}'"
_ENDPOINTS = f"""SELECT name, configured, state, disabled_reason, next_attempt_at,
consecutive_failures, lease_owner, lease_expires_at, last_success_at, last_error,
(SELECT count(*) {_OWED}) AS owed,
(SELECT min(owed.due_at) {_OWED}) AS oldest_due_at,
(SELECT min(deliveries.created_at) {_PENDING}) AS oldest_pending_at,
(SELECT count(*) {_PENDING}) AS pending,
(SELECT count(*) {_IN_STATE} '{DeliveryState.HELD}') AS held,
(SELECT count(*) {_IN_STATE} '{DeliveryState.DEAD}') AS dead
FROM endpoints ORDER BY name"""  # noqa: S608

# The dead by endpoint: the index of states begins with it, and there are few.
_TOTALS = f"""SELECT
(SELECT count(*) FROM articles WHERE state = '{ArticleState.LIVE}') AS live,
(SELECT count(*) FROM articles WHERE state = '{ArticleState.REMOVED}') AS removed,
(SELECT max(sequence) FROM changes) AS changes,
(SELECT at FROM changes WHERE sequence = (SELECT max(sequence) FROM changes)) AS last_change_at,
(SELECT count(*) FROM files WHERE {_QUARANTINED}) AS quarantined,
(SELECT count(*) FROM files WHERE held_since IS NOT NULL
AND state = '{FileState.PRESENT}') AS held,
(SELECT count(*) FROM deliveries WHERE endpoint_id IN (SELECT id FROM endpoints)
AND state = '{DeliveryState.DEAD}') AS dead"""  # noqa: S608

_NODES = "SELECT * FROM nodes ORDER BY name, started_at"

_SHARING = f"""SELECT count(*) AS sharing FROM files
WHERE shared_url IS NOT NULL AND state = '{FileState.PRESENT}'"""  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The store in numbers. ``changes`` counts all that were ever logged."""

    live: int
    removed: int
    changes: int
    last_change_at: datetime | None
    quarantined: int
    dead: int
    held: int = 0


class Overview:
    """Reads what it is asked for, in its caller's transaction."""

    def __init__(self, ask: Ask, places: "Places | None" = None) -> None:
        self._ask = ask
        self._places = places

    def fact(self, key: str) -> str | None:
        """What was noted under ``key``."""
        return next((row["value"] for row in self._ask(_FACT, key)), None)

    def roots(self) -> tuple[RootStatus, ...]:
        """Every root ever seen, in order of first sight."""
        return tuple(map(self._root, self._ask(f"{_ROOTS} ORDER BY id")))

    def root(self, path: str) -> RootStatus | None:
        """The root at this absolute path, if it was ever seen."""
        key = os.fsencode(self._places.stored(path) if self._places else path)
        return next(map(self._root, self._ask(f"{_ROOTS} WHERE path = ?", key)), None)

    def _root(self, row: Any) -> RootStatus:
        path = os.fsdecode(row["path"])
        return RootStatus(
            path=self._places.shown(path) if self._places else path,
            state=RootState(row["state"]),
            detail=row["detail"],
            first_seen_at=moment(row["first_seen_at"]),
            baselined_at=moment(row["baselined_at"]),
            last_scan_at=moment(row["last_scan_at"]),
            present=row["present"],
            missing=row["missing"],
            quarantined=row["quarantined"],
            has_articles=bool(row["has_articles"]),
            left_out=left_out_from(row["left_out"]),
        )

    def endpoints(self) -> tuple[EndpointStatus, ...]:
        """Every configured endpoint, and every other one that still has a backlog, by name."""
        return tuple(
            _endpoint(row)
            for row in self._ask(_ENDPOINTS)
            if row["configured"] or row["owed"] or row["pending"] or row["held"] or row["dead"]
        )

    def nodes(self) -> tuple[Node, ...]:
        """The daemons that share the store, by name; also those that went silent."""
        return tuple(map(_node, self._ask(_NODES)))

    def shared_addresses(self) -> int:
        """How many seeds on disk have an address that is another article's."""
        (row,) = self._ask(_SHARING)
        return int(row["sharing"])

    def totals(self) -> Totals:
        (row,) = self._ask(_TOTALS)
        return Totals(
            live=row["live"],
            removed=row["removed"],
            changes=row["changes"] or 0,
            last_change_at=moment(row["last_change_at"]),
            quarantined=row["quarantined"],
            held=row["held"],
            dead=row["dead"],
        )


def overview_in(connection: "Connection") -> Overview:
    """Of an open store, in a transaction of SQLAlchemy's."""
    from watcher.store.places import places_of  # noqa: PLC0415  # SQLAlchemy is loaded by now

    mark = "?" if connection.dialect.name == "sqlite" else "%s"

    def ask(question: str, *values: Any) -> Iterable[Any]:
        return connection.exec_driver_sql(question.replace("?", mark), values).mappings()

    return Overview(ask, places_of(connection.dialect))


@contextmanager
def overview_of_file(file: str) -> Iterator[Overview | None]:
    """Of the SQLite store in this file, in one transaction; None if it must be migrated first.

    Raises sqlite3.Error, also if there is none.
    """
    with closing(connect(file, patience=_BUSY_SECONDS)) as connection:
        connection.row_factory = sqlite3.Row
        connection.execute("BEGIN")
        found = Overview(lambda question, *values: connection.execute(question, values))
        yield found if found.fact(VERSION) == str(newest_version()) else None


def _node(row: Any) -> Node:
    return Node(
        id=row["id"],
        name=row["name"],
        host=row["host"],
        pid=row["pid"],
        version=row["version"],
        config=row["config"],
        roots=tuple(json.loads(row["roots"])),
        endpoints=json.loads(row["endpoints"]),
        partitions=tuple(json.loads(row["partitions"])),
        started_at=moment(row["started_at"]),
        seen_at=moment(row["seen_at"]),
    )


def _endpoint(row: Any) -> EndpointStatus:
    configured = bool(row["configured"])
    enabled = configured and row["state"] == EndpointState.ENABLED
    waits = enabled and bool(row["owed"] or row["pending"])
    return EndpointStatus(
        name=row["name"],
        state=EndpointState(row["state"]) if configured else EndpointState.DISABLED,
        disabled_reason=row["disabled_reason"] if configured else NOT_CONFIGURED,
        next_attempt_at=moment(row["next_attempt_at"]) if waits else None,
        consecutive_failures=row["consecutive_failures"],
        lease_owner=row["lease_owner"],
        lease_expires_at=moment(row["lease_expires_at"]),
        owed=row["owed"],
        pending=row["pending"],
        held=row["held"],
        dead=row["dead"],
        oldest_due_at=moment(row["oldest_due_at"]),
        last_success_at=moment(row["last_success_at"]),
        last_error=row["last_error"],
        oldest_pending_at=moment(row["oldest_pending_at"]),
    )
