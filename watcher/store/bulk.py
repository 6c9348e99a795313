"""Many rows in or out by one prepared statement, for both engines alike. It decides nothing.

SQLAlchemy's own way spends more on each row than SQLite does. Here the values of a column are
converted together, by its type, on their way in; on their way out they are not converted at all.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from functools import cache
from importlib import import_module
from itertools import repeat
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Insert, Select, Table

Convert = Callable[[Any], Any]


class _Prepared(NamedTuple):
    """A statement in the words of its driver, and how the values of each column get there."""

    sql: str
    converters: tuple[Convert | None, ...]


class _PreparedSelect(NamedTuple):
    """The same for a question: the names of its parameters, and those that never vary."""

    sql: str
    names: tuple[str, ...]
    constants: dict[str, Any]


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


def fetch_rows(
    connection: Connection, statement: Select[*tuple[Any, ...]], named: Mapping[str, Any]
) -> list[Any]:
    """All rows that a statement with these parameters finds, as the driver has them."""
    prepared = _prepare_select(connection.dialect.name, statement)
    given = {**prepared.constants, **named}
    values = tuple(given[name] for name in prepared.names)
    with closing(connection.exec_driver_sql(prepared.sql, values)) as result:
        return list(result.cursor.fetchall())


@cache
def _prepare_select(engine: str, statement: Select[*tuple[Any, ...]]) -> _PreparedSelect:
    compiled = statement.compile(dialect=_positional(engine))
    return _PreparedSelect(str(compiled), tuple(compiled.positiontup or ()), compiled.params)


def _convert(
    rows: Sequence[Sequence[Any]], converters: Iterable[Convert | None]
) -> list[tuple[Any, ...]]:
    columns = zip(*rows, strict=True)
    converted = (
        column if convert is None else _convert_column(column, convert)
        for column, convert in zip(columns, converters, strict=True)
    )
    return list(zip(*converted, strict=True))


def _convert_column(column: Sequence[Any], convert: Convert) -> Iterable[Any]:
    """Many columns have the same in every row: the time of the batch, a state, nothing."""
    first = column[0]
    if column[-1] is first and all(value is first for value in column):
        return repeat(convert(first), len(column))
    return map(convert, column)


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
    statement: Insert = _dialects(engine).insert(table).on_conflict_do_nothing()
    return statement


def _positional(engine: str) -> Dialect:
    """A dialect with parameters by position, which the engine's driver takes as tuples."""
    dialect: Dialect = _dialects(engine).dialect(
        paramstyle="qmark" if engine == "sqlite" else "format"
    )
    return dialect


def _dialects(engine: str) -> Any:
    """What SQLAlchemy has for this engine, and has loaded; the other's need not be."""
    return import_module(f"sqlalchemy.dialects.{engine}")
