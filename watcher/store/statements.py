"""Statements that every batch needs: compiled once, then given to the driver as they are.

SQLAlchemy's own way to a cursor runs ten times the code that SQLite's does, and after a quiet time
none of it is in the processor's cache. Values are converted by the types of their columns, as ever.
It decides nothing, and begins and ends no transaction.
"""

import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import cache, cached_property
from importlib import import_module
from itertools import count, repeat
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    Connection,
    CursorResult,
    Delete,
    Dialect,
    Insert,
    Select,
    Table,
    Update,
)
from sqlalchemy.sql.visitors import iterate

from watcher.store.places import ALONE, Places, places_of, set_places

Statement = Select[*tuple[Any, ...]] | Insert | Update | Delete
Convert = Callable[[Any], Any]
Kind = tuple[str, Places]
"""An engine's name, and how whoever opened a store there sees its roots."""

Sizes = tuple[tuple[str, int], ...]
"""The length of each list that a statement is given, by the list's name, where it matters."""

_PARAMETERS = {"sqlite": "qmark", "postgresql": "format"}  # by position, as both drivers take them


class _Slot(NamedTuple):
    """The place of one parameter: one value, a list of ``size`` values, or an array of any size."""

    name: str
    convert: Convert | None
    size: int | None = None
    is_array: bool = False


class _Form(NamedTuple):
    """A statement in its driver's SQL, for lists of certain sizes.

    ``bulk`` is the same for an array of each parameter's values, where that is quicker.
    """

    sql: str
    slots: tuple[_Slot, ...]
    constants: Mapping[str, Any]
    bulk: str | None = None


class Prepared:
    """A statement whose parameters are named by ``bindparam``; the expanding ones take lists.

    ``make`` is called once, at first use: most commands need few statements. A list has at least
    one value. PostgreSQL takes it as an array; for SQLite it is padded to a power of two by
    repeating its last value, so that a statement has few forms.
    """

    def __init__(self, make: Callable[[], Statement]) -> None:
        self._make = make
        self._forms: dict[tuple[Kind, Sizes], _Form] = {}
        self._readers: dict[Kind, tuple[Convert | None, ...]] = {}

    @cached_property
    def _statement(self) -> Statement:
        return self._make()

    @cached_property
    def _lists(self) -> Sequence[str]:
        """The names of the parameters that take lists."""
        found = (each for each in iterate(self._statement) if isinstance(each, BindParameter))
        return sorted({each.key for each in found if each.expanding})

    @cached_property
    def _columns(self) -> Sequence[Any]:
        return list(self._statement.selected_columns) if isinstance(self._statement, Select) else []

    @cached_property
    def _row(self) -> Any:
        names = [str(column.key) for column in self._columns]
        return namedtuple("Row", names, rename=True)  # noqa: PYI024  # only now are they known

    def rows(self, connection: Connection, **values: Any) -> list[Any]:
        """The selected rows, as named tuples."""
        return self.read(connection, self.raw(connection, **values))

    def raw(self, connection: Connection, **values: Any) -> list[Sequence[Any]]:
        """The selected rows, as the driver returns them."""
        with closing(self._execute(connection, values)) as result:
            return list(result.cursor.fetchall())

    def read(self, connection: Connection, raw: Sequence[Sequence[Any]]) -> list[Any]:
        """Convert rows of :meth:`raw` into those of :meth:`rows`."""
        if not raw:
            return []  # it may never have been asked yet
        readers = self._readers[_kind(connection)]
        if any(readers):
            raw = _convert_columns(raw, readers)
        return [self._row._make(row) for row in raw]

    def first(self, connection: Connection, **values: Any) -> Any | None:
        """The first selected row, or None."""
        return next(iter(self.rows(connection, **values)), None)

    def value(self, connection: Connection, **values: Any) -> Any:
        """The first column of the first row, or None."""
        row = self.first(connection, **values)
        return None if row is None else row[0]

    def run(self, connection: Connection, **values: Any) -> int:
        """Write. Returns how many rows were affected."""
        with closing(self._execute(connection, values)) as result:
            return result.rowcount

    def run_many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Write with each of these parameters, none of them a list. Returns how many rows."""
        if not rows:
            return 0
        form = self._form(connection, ())
        parameters = [tuple(_in_order(form.slots, {**form.constants, **row})) for row in rows]
        return _run_many(connection, form, parameters)

    def _execute(self, connection: Connection, values: dict[str, Any]) -> CursorResult[Any]:
        lists: dict[str, Sequence[Any]] = {}
        if connection.dialect.name == "sqlite":
            lists = {name: _padded(values[name]) for name in self._lists}
        form = self._form(connection, tuple((name, len(given)) for name, given in lists.items()))
        parameters = tuple(_in_order(form.slots, {**form.constants, **values, **lists}))
        return connection.exec_driver_sql(form.sql, parameters)

    def _form(self, connection: Connection, sizes: Sizes) -> _Form:
        kind = _kind(connection)
        form = self._forms.get((kind, sizes))
        if form is None:
            form = self._forms[kind, sizes] = self._prepare(kind, dict(sizes))
        return form

    def _prepare(self, kind: Kind, sizes: Mapping[str, int]) -> _Form:
        dialect = _dialect(*kind)
        self._readers[kind] = tuple(
            column.type.dialect_impl(dialect).result_processor(dialect, None)
            for column in self._columns
        )
        return _compile(self._statement, dialect, sizes)


def insert_rows(
    connection: Connection, table: Table, rows: Sequence[Sequence[Any]], *, only_new: bool = False
) -> None:
    """Insert rows that have a value for every column, in the table's order.

    ``only_new`` skips those whose key exists already.
    """
    if not rows:
        return
    form = _insertion(connection.dialect.name, table, only_new=only_new)
    converters = [slot.convert for slot in form.slots]
    _run_many(connection, form, _convert_columns(rows, converters))


def _run_many(connection: Connection, form: _Form, parameters: Sequence[tuple[Any, ...]]) -> int:
    """Run a form with each of these. Returns how many rows were affected."""
    given: Any = parameters
    if form.bulk is not None:
        given = tuple(map(list, zip(*parameters, strict=True)))
    with closing(connection.exec_driver_sql(form.bulk or form.sql, given)) as result:
        return result.rowcount


@cache
def _insertion(engine: str, table: Table, *, only_new: bool) -> _Form:
    statement = _module(engine).insert(table)
    if only_new:
        statement = statement.on_conflict_do_nothing()
    return _compile(statement, _dialect(engine, ALONE), {}, columns=table.c.keys())


def _compile(
    statement: Statement,
    dialect: Dialect,
    sizes: Mapping[str, int],
    columns: Sequence[str] | None = None,
) -> _Form:
    """A statement in its driver's SQL. ``columns`` names those that an insert has values for."""
    compiled: Any = statement.compile(dialect=dialect, column_keys=columns)
    types = {name: parameter.type for parameter, name in compiled.bind_names.items()}
    converters = {n: t.dialect_impl(dialect).bind_processor(dialect) for n, t in types.items()}
    constants = {
        name: compiled.params[name]
        for parameter, name in compiled.bind_names.items()
        if not parameter.required
    }
    if dialect.name == "postgresql":
        return _with_arrays(compiled, converters, constants)
    lists = {name: [None] * size for name, size in sizes.items()}
    expanded = compiled.construct_expanded_state(compiled.params | lists)
    firsts = {names[0]: name for name, names in expanded.parameter_expansion.items()}
    rest = {n for names in expanded.parameter_expansion.values() for n in names[1:]}
    names = [firsts.get(name, name) for name in expanded.positiontup if name not in rest]
    slots = tuple(_Slot(name, converters[name], size=sizes.get(name)) for name in names)
    return _Form(expanded.statement, slots, constants)


def _with_arrays(
    compiled: Any, converters: Mapping[str, Convert | None], constants: Mapping[str, Any]
) -> _Form:
    """A statement for PostgreSQL: lists are arrays, and so are the parameters of many rows.

    A statement a row costs the server, and the driver, many times what a row costs.
    """
    names, sql = compiled.positiontup, compiled.string
    parameters = {name: parameter for parameter, name in compiled.bind_names.items()}

    def array_of(name: str) -> str:
        """A parameter's type without its collation, as an array."""
        kind: str = parameters[name].type.compile(compiled.dialect)
        return f"%s::{kind.partition(' COLLATE')[0]}[]"

    arrays = set(re.findall(r"__\[POSTCOMPILE_(\w+)\]", sql))
    slots = tuple(_Slot(name, converters[name], is_array=name in arrays) for name in names)
    for name in arrays:
        sql = sql.replace(f"IN (__[POSTCOMPILE_{name}])", f"= ANY({array_of(name)})")
    is_bulk = names and not arrays and not isinstance(compiled.statement, Select)
    bulk = _in_bulk(sql, [array_of(name) for name in names]) if is_bulk else None
    return _Form(sql, slots, constants, bulk)


def _in_bulk(sql: str, arrays: Sequence[str]) -> str:
    """An insert, update or delete of many rows, given as an array for each parameter."""
    numbers = count(1)
    sql = re.sub(r"%s(::\w+)?", lambda _: f"given.p{next(numbers)}", sql)
    columns = ", ".join(f"p{number + 1}" for number in range(len(arrays)))
    given = f"unnest({', '.join(arrays)}) AS given({columns})"
    if sql.startswith("INSERT"):
        values = re.compile(r" VALUES \((.*)\)( ON CONFLICT DO NOTHING)?$", re.DOTALL)
        return values.sub(rf" SELECT \1 FROM {given}\2", sql)  # noqa: S608 - names of ours
    joined = "USING" if sql.startswith("DELETE") else "FROM"
    return sql.replace(" WHERE ", f" {joined} {given} WHERE ", 1)


def _kind(connection: Connection) -> Kind:
    return connection.dialect.name, places_of(connection.dialect)


@cache
def _dialect(engine: str, places: Places) -> Dialect:
    """A dialect with parameters by position, which the engine's driver takes as tuples."""
    dialect: Dialect = _module(engine).dialect(paramstyle=_PARAMETERS[engine])
    set_places(dialect, places)
    return dialect


def _module(engine: str) -> Any:
    """SQLAlchemy's module for this engine, which is loaded; the other one need not be."""
    return import_module(f"sqlalchemy.dialects.{engine}")


def _padded(values: Sequence[Any]) -> Sequence[Any]:
    missing = (1 << (len(values) - 1).bit_length()) - len(values)
    return [*values, *[values[-1]] * missing]


def _in_order(slots: Sequence[_Slot], values: Mapping[str, Any]) -> Iterator[Any]:
    for name, convert, size, is_array in slots:
        given = values[name]
        if is_array:
            yield list(given if convert is None else map(convert, given))
        elif size is None:
            yield given if convert is None else convert(given)
        else:
            yield from given if convert is None else map(convert, given)


def _convert_columns(
    rows: Sequence[Sequence[Any]], converters: Sequence[Convert | None]
) -> list[tuple[Any, ...]]:
    """The rows with each column's values converted; rows may be longer than the converters."""
    converted = (
        column if convert is None else _convert_column(column, convert)
        for column, convert in zip(zip(*rows, strict=True), converters, strict=False)
    )
    return list(zip(*converted, strict=True))


def _convert_column(column: Sequence[Any], convert: Convert) -> Iterable[Any]:
    """Many columns have one value in every row: the time of the batch, a state, nothing."""
    first = column[0]
    if column[-1] is first and all(value is first for value in column):
        return repeat(convert(first), len(column))
    return map(convert, column)
