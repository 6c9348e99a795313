"""Alerts that wait to be sent: in one row, so that however many there are, they are one message.

Written in the transaction that makes somebody needed, so that no crash can come between. It does
not decide to whom they are sent, nor when.
"""

import json
from datetime import datetime
from importlib import import_module
from typing import Any

from sqlalchemy import Connection, select

from watcher.clock import format_time, parse_time
from watcher.model.delivery import Alerts
from watcher.store.database import Database
from watcher.store.schema import meta

KEPT = 10
"""So many are kept in words; of the others only how many there are."""

_THIS = meta.c.key == "alerts"
_NONE: dict[str, Any] = {"due_at": None, "not_before": None, "words": [], "more": 0}


def add_alert(connection: Connection, words: str, *, at: datetime) -> None:
    """One more alert, due at ``at`` unless others are to wait for longer."""
    row = _lock(connection)
    if row["due_at"] is None:
        held_off = row["not_before"] is not None and parse_time(row["not_before"]) > at
        row["due_at"] = row["not_before"] if held_off else format_time(at)
    if len(row["words"]) < KEPT:
        row["words"].append(words)
    else:
        row["more"] += 1
    _write(connection, row)


def raise_alert(database: Database, words: str, *, at: datetime) -> None:
    """As :func:`add_alert`, in a transaction of its own."""
    with database.write() as connection:
        add_alert(connection, words, at=at)


def alerts_due_at(connection: Connection) -> datetime | None:
    """When those that wait are due; None if there are none."""
    due_at = _read(connection)["due_at"]
    return parse_time(due_at) if due_at else None


def take_alerts(connection: Connection, *, not_before: datetime) -> Alerts | None:
    """All that wait, which thereby do not wait any more; others are not due ``not_before`` then."""
    row = _lock(connection)
    if row["due_at"] is None:
        return None
    _write(connection, _NONE | {"not_before": format_time(not_before)})
    return Alerts(words=tuple(row["words"]), more=row["more"])


def _lock(connection: Connection) -> dict[str, Any]:
    """The row, made if missing, and locked until this transaction ends."""
    dialect = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")
    empty = dialect.insert(meta).values(key="alerts", value=json.dumps(_NONE))
    connection.execute(empty.on_conflict_do_nothing())
    row: dict[str, Any] = json.loads(
        connection.scalars(select(meta.c.value).where(_THIS).with_for_update()).one()
    )
    return row


def _read(connection: Connection) -> dict[str, Any]:
    value = connection.scalar(select(meta.c.value).where(_THIS))
    return json.loads(value) if value else _NONE


def _write(connection: Connection, row: dict[str, Any]) -> None:
    connection.execute(meta.update().where(_THIS).values(value=json.dumps(row)))
