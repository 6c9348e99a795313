"""Many rows into one table, by one prepared statement. It decides nothing about them.

SQLAlchemy's own way to insert many spends more on each row's parameters than SQLite on writing
it; here the values of a column are converted together, by its type, for both engines alike.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite

Convert = Callable[[Any], Any]


class _Prepared(NamedTuple):
    """A statement in the words of its driver, and how the values of each column get there."""

    sql: str
    converters: tuple[Convert | None, ...]


def insert_rows(
    connection: Connection, table: Table, rows: Sequence[Sequence[Any]], *, only_new: bool = False
) -> None:
    """Insert rows that have a value for every column, in the table's order.

    ``only_new`` passes over those whose key is there already.
    """
    if not rows:
        return
    prepared = _prepare(connection.dialect.name, table, only_new=only_new)
    connection.exec_driver_sql(prepared.sql, _convert(rows, prepared.converters))


def _convert(
    rows: Sequence[Sequence[Any]], converters: Iterable[Convert | None]
) -> list[tuple[Any, ...]]:
    columns = zip(*rows, strict=True)
    converted = (
        column if convert is None else map(convert, column)
        for column, convert in zip(columns, converters, strict=True)
    )
    return list(zip(*converted, strict=True))


@cache
def _prepare(engine: str, table: Table, *, only_new: bool) -> _Prepared:
    dialect = _positional(engine)
    statement = _insert(engine, table, only_new=only_new)
    compiled = statement.compile(dialect=dialect, column_keys=table.c.keys())
    impls = (column.type.dialect_impl(dialect) for column in table.c)
    return _Prepared(str(compiled), tuple(impl.bind_processor(dialect) for impl in impls))


def _insert(engine: str, table: Table, *, only_new: bool) -> Insert:
    if not only_new:
        return table.insert()
    insert = sqlite.insert if engine == "sqlite" else postgresql.insert
    return insert(table).on_conflict_do_nothing()


def _positional(engine: str) -> Dialect:
    """A dialect with parameters by position, which the engine's driver takes as tuples."""
    if engine == "sqlite":
        return sqlite.dialect(paramstyle="qmark")
    return postgresql.dialect(paramstyle="format")
