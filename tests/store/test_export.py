"""A store goes out as JSON Lines and comes in again, the same on either engine."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.store.owing import (
    attempt_once,
    owe,
    promise,
    store_untried,
    take_lease,
)
from tests.store.plans import AT
from watcher.errors import TransferError
from watcher.model.delivery import Outcome
from watcher.model.kinds import DeliveryState
from watcher.store.backup import import_from
from watcher.store.catalogue import Catalogue
from watcher.store.database import Database
from watcher.store.export import export_lines
from watcher.store.housekeeping import Upkeep
from watcher.store.outbox import Outbox
from watcher.store.roots import Roots


@pytest.fixture
def full(database: Database) -> Database:
    """Everything that a store can hold something of."""
    lease = owe(database, 1, 2, 3)
    outbox = Outbox(database)
    store_untried(outbox, lease, promise(1, body=bytes(range(256))))
    attempt_once(outbox, lease, "msg_1", Outcome.SENT, DeliveryState.SENT, consecutive_failures=0)
    store_untried(outbox, lease, promise(2))
    Roots(database).see("/of bytes: \udcff", AT)
    Upkeep(database).note("a fact 👍", "with\nlines")
    return database


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Database]:
    database = Database.open(str(tmp_path / "other.db"))
    yield database
    database.close()


def exported(database: Database) -> list[str]:
    with database.read() as connection:
        return list(export_lines(connection))


def test_an_import_exports_the_same(full: Database, other: Database) -> None:
    lines = exported(full)
    assert import_from(other, iter(lines)) == len(lines) - 2
    assert exported(other) == lines
    assert Catalogue(other).changes(limit=9) == Catalogue(full).changes(limit=9)
    assert Catalogue(other).deliveries(limit=9) == Catalogue(full).deliveries(limit=9)


def test_and_the_way_back(full: Database, other: Database, database_url: str) -> None:
    lines = exported(full)
    import_from(other, iter(lines))
    full.close()
    again = Database.open(database_url)
    with again.write() as connection:
        from watcher.store.export import empty_store  # noqa: PLC0415  # of this test only

        empty_store(connection)
    assert exported(again) != lines
    import_from(again, iter(exported(other)))
    assert exported(again) == lines
    again.close()


def test_leases_stay_behind(full: Database, other: Database) -> None:
    import_from(other, iter(exported(full)))
    assert take_lease(Outbox(other), "slack", owner="new", now=AT, expires_at=AT) is not None


def test_only_an_empty_store_is_filled(full: Database) -> None:
    lines = exported(full)
    with pytest.raises(TransferError, match="not empty"):
        import_from(full, iter(lines))
    assert exported(full) == lines


def without(lines: list[str], index: int) -> list[str]:
    return lines[:index] + lines[index + 1 :]


def changed(lines: list[str], index: int, **values: object) -> list[str]:
    line = json.loads(lines[index])
    line["row"] |= values
    return [*lines[:index], json.dumps(line), *lines[index + 1 :]]


HARM: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "empty": (lambda lines: [], "no export"),
    "no head": (lambda lines: lines[1:], "no export"),
    "cut off": (lambda lines: lines[:-1], "ends in the middle"),
    "a row less": (lambda lines: without(lines, 3), "not as many|violates|constraint|FOREIGN"),
    "a half line": (lambda lines: [*lines[:3], lines[3][:10]], "line 4 is not JSON"),
    "a list": (lambda lines: [*lines[:3], "[]"], "line 4 is not an object"),
    "twice": (lambda lines: lines + lines, "more than one|no export|is no row|rows came before"),
    "newer": (
        lambda lines: [lines[0].replace('"schema":', '"schema":9'), *lines[1:]],
        "upgrade",
    ),
    "unknown table": (
        lambda lines: [*lines[:1], '{"table":"users","row":{}}', *lines[1:]],
        "no table users",
    ),
    "unknown column": (lambda lines: changed(lines, 1, more=1), "line 2: this is no row"),
    "of another type": (lambda lines: changed(lines, 1, id="one"), "line 2: id is no int"),
}


@pytest.mark.parametrize("harm", HARM)
def test_what_is_not_whole_is_refused_whole(full: Database, other: Database, harm: str) -> None:
    do, said = HARM[harm]
    before = exported(other)
    with pytest.raises(Exception, match=said) as refused:
        import_from(other, iter(do(exported(full))))
    assert type(refused.value).__name__ in ("TransferError", "StoreUnavailable")
    assert exported(other) == before


def test_bytes_that_are_none_are_refused(full: Database, other: Database) -> None:
    lines = exported(full)
    index = next(n for n, line in enumerate(lines) if '"table":"roots"' in line)
    with pytest.raises(TransferError, match=f"line {index + 1}: path is not base64"):
        import_from(other, iter(changed(lines, index, path="!")))
