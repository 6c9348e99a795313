"""A whole store as JSON Lines, and back: the same from and into SQLite and PostgreSQL.

The first line says what it is, the last one how many rows there were; between them, each row is
``{"table": …, "row": {…}}``, tables after those that they refer to, rows by their keys. Values are
as stored: times in microseconds since the epoch, bytes as base64. Leases are left out: they mean
nothing to another process. It knows no table by name but ``meta``, ``endpoints`` and ``roots``:
this node's own roots are written by their paths, and get their identity in the new store.
"""

import base64
import binascii
import json
import os
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    LargeBinary,
    Table,
    column,
    func,
    select,
    table,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from watcher.errors import TransferError
from watcher.store import schema
from watcher.store.places import Places, places_of
from watcher.store.postgresql import allow_pauses
from watcher.store.search import rebuild_search
from watcher.store.versions import VERSION, newest_version

FORMAT = 1
_PAGE = 500
_LEASE = ("lease_owner", "lease_expires_at")
_RESTED = {"lease_owner": None, "lease_expires_at": None}

Row = dict[str, Any]


def export_lines(connection: Connection) -> Iterator[str]:
    """The store as this transaction sees it, without line ends; memory does not grow with it."""
    allow_pauses(connection)
    yield _line({"seedwatch": "store", "format": FORMAT, "schema": newest_version()})
    rows = 0
    for name in _tables():
        for row in _rows(connection, schema.metadata.tables[name]):
            rows += 1
            yield _line({"table": name, "row": row})
    yield _line({"end": rows})


def import_lines(connection: Connection, lines: Iterable[str]) -> int:
    """Fill an empty store within a write transaction; how many rows.

    Raises TransferError, with the number of the line, for anything but a whole export of this
    version, and if the store is not empty. The transaction must then be rolled back.
    """
    _require_empty(connection)
    numbered = ((number, _parse(number, line)) for number, line in enumerate(lines, 1))
    _check_head(next(numbered, (1, {}))[1])
    total, ended = 0, False
    for name, group in groupby(numbered, key=lambda item: item[1].get("table")):
        if ended:
            raise TransferError("line after the end: this is more than one export")
        if name is None:
            ended = _check_end(group, total)
            continue
        total += _insert(connection, name, group)
    if not ended:
        raise TransferError("it ends in the middle: the rest of this export is missing")
    rebuild_search(connection)
    return total


def empty_store(connection: Connection) -> None:
    """Delete all rows but the schema's version."""
    for name in reversed(_tables()):
        statement = schema.metadata.tables[name].delete()
        if name == schema.meta.name:
            statement = statement.where(schema.meta.c.key != VERSION)
        connection.execute(statement)
    rebuild_search(connection)


def _tables() -> list[str]:
    """What is worth keeping: not who was running at the time."""
    return [each.name for each in schema.metadata.sorted_tables if not each.info.get("passing")]


def _rows(connection: Connection, of: Table) -> Iterator[Row]:
    plain = _plain(of)
    wanted = [each for each in plain.c if each.name not in _LEASE]
    statement = select(*wanted).order_by(*(plain.c[key.name] for key in of.primary_key))
    if of is schema.meta:
        statement = statement.where(plain.c.key != VERSION)
    for found in connection.execution_options(yield_per=_PAGE).execute(statement):
        row = dict(found._mapping)  # noqa: SLF001  # public
        if of is schema.roots:
            identity = os.fsdecode(row["path"])
            row["path"] = os.fsencode(places_of(connection.dialect).shown(identity))
        yield {name: _out(value) for name, value in row.items()}


def _plain(of: Table) -> Any:
    """The table with its values as stored: what the model makes of them is not asked."""
    return table(of.name, *(column(each.name, _stored(each.type)) for each in of.c))


def _stored(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    return kind.impl_instance if isinstance(kind, TypeDecorator) else kind


def _out(value: Any) -> Any:
    return base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value


def _line(value: Row) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _parse(number: int, line: str) -> Row:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise TransferError(f"line {number} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise TransferError(f"line {number} is not an object")
    return value | {"line": number}


def _check_head(head: Row) -> None:
    if head.get("seedwatch") != "store":
        raise TransferError("this is no export of a store")
    versions = (head.get("format"), head.get("schema"))
    if versions != (FORMAT, newest_version()):
        raise TransferError(
            f"this export is of format {versions[0]} and schema version {versions[1]}, this "
            f"Seedwatch reads {FORMAT} and {newest_version()}: import it with the "
            "version that wrote it, and upgrade the store"
        )


def _check_end(group: Iterable[tuple[int, Row]], total: int) -> bool:
    for number, value in group:
        if value.get("end") != total:
            raise TransferError(
                f"line {number}: {total} rows came before it, not as many as it says"
            )
    return True


def _require_empty(connection: Connection) -> None:
    for of in schema.metadata.sorted_tables:
        if of is not schema.meta and connection.scalar(select(func.count()).select_from(of)):
            raise TransferError(
                "the store is not empty: import into a new one, or use seedwatch restore"
            )
    connection.execute(schema.meta.delete().where(schema.meta.c.key != VERSION))


def _insert(connection: Connection, name: str, group: Iterable[tuple[int, Row]]) -> int:
    of = schema.metadata.tables.get(name)
    if of is None:
        raise TransferError(f"line {next(iter(group))[0]}: there is no table {name}")
    statement, places = _plain(of).insert(), places_of(connection.dialect)
    page, count = list[Row](), 0
    for number, value in group:
        page.append(_row(of, number, value.get("row"), places))
        count += 1
        if len(page) == _PAGE:
            connection.execute(statement, page)
            page = []
    if page:
        connection.execute(statement, page)
    return count


def _row(of: Table, number: int, given: Any, places: Places) -> Row:
    names = {each.name for each in of.c} - set(_LEASE)
    if not isinstance(given, dict) or set(given) != names:
        raise TransferError(f"line {number}: this is no row of {of.name}")
    row = {name: _in(of.c[name], value, number) for name, value in given.items()}
    if of is schema.roots:
        row["path"] = os.fsencode(places.stored(os.fsdecode(row["path"])))
    return row | (_RESTED if of is schema.endpoints else {})


def _in(of: Column[Any], value: Any, number: int) -> Any:
    """A value as the column stores it; what is of another type would be found much later."""
    kind = _stored(of.type)
    if value is None:
        return None
    if isinstance(kind, LargeBinary):
        try:
            return base64.b64decode(str(value), validate=True)
        except binascii.Error as error:
            raise TransferError(f"line {number}: {of.name} is not base64") from error
    wanted = bool if isinstance(kind, Boolean) else kind.python_type
    if not isinstance(value, (int, float) if wanted is float else wanted):
        raise TransferError(f"line {number}: {of.name} is no {wanted.__name__}")
    return value
