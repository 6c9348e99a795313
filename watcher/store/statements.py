"""Statements that every batch needs: compiled once, then given to the driver as they are.

SQLAlchemy's own way to a cursor runs ten times the code that SQLite's does, and after a quiet time
none of it is in the processor's cache. Values are converted by the types of their columns, as ever.
It decides nothing, and begins and ends no transaction.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import cache, cached_property
from importlib import import_module
from itertools import repeat
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

Statement = Select[*tuple[Any, ...]] | Insert | Update | Delete
Convert = Callable[[Any], Any]
Sizes = tuple[tuple[str, int], ...]
"""The length of each list that a statement is given, by the list's name."""

_PARAMETERS = {"sqlite": "qmark", "postgresql": "format"}  # by position, as both drivers take them


class _Slot(NamedTuple):
    """The place of one parameter: a list of ``size`` values, or one value (``size`` is None)."""

    name: str
    size: int | None
    convert: Convert | None


class _Form(NamedTuple):
    """A statement in its driver's SQL, for lists of certain sizes."""

    sql: str
    slots: tuple[_Slot, ...]
    constants: Mapping[str, Any]


class Prepared:
    """A statement whose parameters are named by ``bindparam``; the expanding ones take lists.

    ``make`` is called once, at first use: most commands need few statements. A list has at least
    one value. It is padded to a power of two by repeating its last value, so that a statement has
    few forms.
    """

    def __init__(self, make: Callable[[], Statement]) -> None:
        self._make = make
        self._forms: dict[tuple[str, Sizes], _Form] = {}
        self._readers: dict[str, tuple[Convert | None, ...]] = {}

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
        readers = self._readers[connection.dialect.name]
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
        with closing(connection.exec_driver_sql(form.sql, parameters)) as result:
            return result.rowcount

    def _execute(self, connection: Connection, values: dict[str, Any]) -> CursorResult[Any]:
        lists = {name: _padded(values[name]) for name in self._lists}
        sizes = tuple((name, len(given)) for name, given in lists.items())
        form = self._form(connection, sizes)
        parameters = tuple(_in_order(form.slots, {**form.constants, **values, **lists}))
        return connection.exec_driver_sql(form.sql, parameters)

    def _form(self, connection: Connection, sizes: Sizes) -> _Form:
        engine = connection.dialect.name
        form = self._forms.get((engine, sizes))
        if form is None:
            form = self._forms[engine, sizes] = self._prepare(engine, dict(sizes))
        return form

    def _prepare(self, engine: str, sizes: Mapping[str, int]) -> _Form:
        dialect = _dialect(engine)
        self._readers[engine] = tuple(
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
    connection.exec_driver_sql(form.sql, _convert_columns(rows, converters))


@cache
def _insertion(engine: str, table: Table, *, only_new: bool) -> _Form:
    statement = _module(engine).insert(table)
    if only_new:
        statement = statement.on_conflict_do_nothing()
    return _compile(statement, _dialect(engine), {}, columns=table.c.keys())


def _compile(
    statement: Statement,
    dialect: Dialect,
    sizes: Mapping[str, int],
    columns: Sequence[str] | None = None,
) -> _Form:
    """A statement in its driver's SQL. ``columns`` names those that an insert has values for."""
    compiled: Any = statement.compile(dialect=dialect, column_keys=columns)
    lists = {name: [None] * size for name, size in sizes.items()}
    expanded = compiled.construct_expanded_state(compiled.params | lists)
    firsts = {names[0]: name for name, names in expanded.parameter_expansion.items()}
    rest = {n for names in expanded.parameter_expansion.values() for n in names[1:]}
    types = {name: parameter.type for parameter, name in compiled.bind_names.items()}
    names = [firsts.get(name, name) for name in expanded.positiontup if name not in rest]
    converters = {n: types[n].dialect_impl(dialect).bind_processor(dialect) for n in names}
    return _Form(
        sql=expanded.statement,
        slots=tuple(_Slot(name, sizes.get(name), converters[name]) for name in names),
        constants={
            name: compiled.params[name]
            for parameter, name in compiled.bind_names.items()
            if not parameter.required
        },
    )


@cache
def _dialect(engine: str) -> Dialect:
    """A dialect with parameters by position, which the engine's driver takes as tuples."""
    dialect: Dialect = _module(engine).dialect(paramstyle=_PARAMETERS[engine])
    return dialect


def _module(engine: str) -> Any:
    """SQLAlchemy's module for this engine, which is loaded; the other one need not be."""
    return import_module(f"sqlalchemy.dialects.{engine}")


def _padded(values: Sequence[Any]) -> Sequence[Any]:
    missing = (1 << (len(values) - 1).bit_length()) - len(values)
    return [*values, *[values[-1]] * missing]


def _in_order(slots: Sequence[_Slot], values: Mapping[str, Any]) -> Iterator[Any]:
    for name, size, convert in slots:
        given = values[name]
        if size is None:
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
