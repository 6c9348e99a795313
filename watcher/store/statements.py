"""Statements that every change needs: compiled once, then given to the driver as they are.

SQLAlchemy's own way to a cursor runs ten times the code that SQLite's does, and after a quiet time
none of it is in the processor's cache. Values are converted by the types of their columns, as ever.
It decides nothing, and begins and ends no transaction.
"""

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    Connection,
    CursorResult,
    Delete,
    Dialect,
    Insert,
    Select,
    Update,
)
from sqlalchemy.sql.visitors import iterate

Statement = Select[*tuple[Any, ...]] | Insert | Update | Delete
Convert = Callable[[Any], Any]
Sizes = tuple[tuple[str, int], ...]
"""How long the lists are that a statement is given, by their names."""

_PARAMETERS = {"sqlite": "qmark", "postgresql": "format"}  # by position, as all drivers take them


class _Slot(NamedTuple):
    """The place of a parameter: of so many values, or of one that is no list."""

    name: str
    size: int | None
    convert: Convert | None


class _Form(NamedTuple):
    """A statement in the words of its driver, for lists of certain sizes."""

    sql: str
    slots: tuple[_Slot, ...]
    constants: Mapping[str, Any]


class Prepared:
    """A statement whose parameters are named by ``bindparam``; the expanding ones take lists.

    ``make`` is called once, when it is first needed: most commands need few of them. A list has at
    least one value. It is made as long as a power of two by repeating its last one, so that a
    statement has few forms.
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
        """What is selected, as named tuples."""
        return self.read(connection, self.raw(connection, **values))

    def raw(self, connection: Connection, **values: Any) -> list[Sequence[Any]]:
        """What is selected, as the driver has it."""
        with closing(self._execute(connection, values)) as result:
            return list(result.cursor.fetchall())

    def read(self, connection: Connection, raw: Sequence[Sequence[Any]]) -> list[Any]:
        """Rows of :meth:`raw` as those of :meth:`rows`."""
        if not raw:
            return []  # it may never have been asked yet
        readers = self._readers[connection.dialect.name]
        if any(readers):
            raw = _convert(raw, readers)
        return [self._row._make(row) for row in raw]

    def first(self, connection: Connection, **values: Any) -> Any | None:
        """The first row that is selected, if any."""
        return next(iter(self.rows(connection, **values)), None)

    def value(self, connection: Connection, **values: Any) -> Any:
        """The first column of that row; None if there is none."""
        row = self.first(connection, **values)
        return None if row is None else row[0]

    def run(self, connection: Connection, **values: Any) -> int:
        """Write; how many rows that concerned."""
        with closing(self._execute(connection, values)) as result:
            return result.rowcount

    def _execute(self, connection: Connection, values: dict[str, Any]) -> CursorResult[Any]:
        lists = {name: _padded(values[name]) for name in self._lists}
        sizes = tuple((name, len(given)) for name, given in lists.items())
        form = self._forms.get((connection.dialect.name, sizes))
        if form is None:
            form = self._prepare(type(connection.dialect), dict(sizes))
            self._forms[connection.dialect.name, sizes] = form
        parameters = tuple(_in_order(form.slots, {**form.constants, **values, **lists}))
        return connection.exec_driver_sql(form.sql, parameters)

    def _prepare(self, dialect_class: Any, sizes: Mapping[str, int]) -> _Form:
        dialect: Dialect = dialect_class(paramstyle=_PARAMETERS[dialect_class.name])
        compiled: Any = self._statement.compile(dialect=dialect)
        lists = {name: [None] * size for name, size in sizes.items()}
        expanded = compiled.construct_expanded_state(compiled.params | lists)
        firsts = {names[0]: name for name, names in expanded.parameter_expansion.items()}
        rest = {n for names in expanded.parameter_expansion.values() for n in names[1:]}
        types = {name: parameter.type for parameter, name in compiled.bind_names.items()}
        names = [firsts.get(name, name) for name in expanded.positiontup if name not in rest]
        self._readers[dialect.name] = tuple(
            column.type.dialect_impl(dialect).result_processor(dialect, None)
            for column in self._columns
        )
        return _Form(
            sql=expanded.statement,
            slots=tuple(
                _Slot(
                    name, sizes.get(name), types[name].dialect_impl(dialect).bind_processor(dialect)
                )
                for name in names
            ),
            constants={
                name: compiled.params[name]
                for parameter, name in compiled.bind_names.items()
                if not parameter.required
            },
        )


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


def _convert(
    rows: Sequence[Sequence[Any]], readers: Sequence[Convert | None]
) -> list[tuple[Any, ...]]:
    """The rows with each column read by its type."""
    columns = zip(*rows, strict=True)
    read = (
        column if reader is None else map(reader, column)
        for column, reader in zip(columns, readers, strict=False)
    )
    return list(zip(*read, strict=True))
