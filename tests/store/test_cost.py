"""What asking the store costs does not grow with what it remembers: plans of its statements."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, event

from tests.store.owing import owe, promise, store_untried, waiting
from tests.store.plans import AT, ROOT, article_id, new_plan, seed_path, signature, url, write_new
from watcher.model.known import Sought
from watcher.model.seed import Unchanged
from watcher.store.catalogue import Catalogue
from watcher.store.database import Database
from watcher.store.files import Files
from watcher.store.ledger import Ledger
from watcher.store.outbox import Outbox
from watcher.store.pings import Ping, Pings
from watcher.store.roots import Roots


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """The statements that are executed meanwhile."""
    seen: list[str] = []

    def remember(connection: Connection, cursor: object, statement: str, *rest: Any) -> None:
        seen.append(statement)

    event.listen(database._engine, "before_cursor_execute", remember)
    yield seen
    event.remove(database._engine, "before_cursor_execute", remember)


def steps(database: Database, seen: Sequence[str]) -> set[str]:
    """The steps in which SQLite would execute these statements."""
    with database.read() as connection:
        return {
            str(row[-1])
            for statement in seen
            if statement.startswith(("SELECT", "UPDATE", "DELETE"))
            for row in connection.exec_driver_sql(
                f"EXPLAIN QUERY PLAN {statement}", (0,) * statement.count("?")
            )
        }


def write_batch(database: Database, numbers: Sequence[int]) -> None:
    with Ledger(database).batch(AT) as batch:
        batch.known(
            Sought(
                paths=frozenset(seed_path(n) for n in numbers),
                aliases=frozenset(url(n) for n in numbers),
            )
        )
        batch.write(new_plan(*numbers))


def touch(database: Database) -> None:
    Files(database).touch([Unchanged(at=seed_path(1), signature=signature(9), trusted=True)])


def test_a_batch_costs_as_many_statements_whatever_its_size(database: Database) -> None:
    write_new(database, 0)
    with statements(database) as small:
        write_batch(database, range(1, 11))
    with statements(database) as large:
        write_batch(database, range(11, 511))
    assert len(large) == len(small)


@pytest.fixture
def sqlite_database(tmp_path: Any) -> Iterator[Database]:
    opened = Database.open(str(tmp_path / "seedwatch.db"))
    yield opened
    opened.close()


def owe_ping(database: Database) -> None:
    delivery = promise(id="ping", body=b"a feed")
    Pings(database).owe([Ping(feed_url="https://x/f.atom", digest="1", delivery=delivery)])


# What is few (roots, endpoints) may be read whole; so may an index of what needs attention.
FEW = ("roots", "endpoints", "topics", "files USING INDEX files_in_quarantine", "CONSTANT ROW")
OFTEN: dict[str, Callable[[Database], object]] = {
    "a batch": lambda database: write_batch(database, range(100, 110)),
    "a page of a listing": lambda database: list(Files(database).listing("/seeds")),
    "digests": lambda database: Files(database).digests([seed_path(1)]),
    "touch": touch,
    "missing": lambda database: Files(database).missing("/seeds"),
    "vanished": lambda database: Files(database).count_vanished("/seeds", young_since=AT),
    "a window": lambda database: Catalogue(database).window(10),
    "a topic's window": lambda database: Catalogue(database).window(10, topic="AI"),
    "an article": lambda database: Catalogue(database).article(article_id(1)[:20]),
    "who was told": lambda database: Catalogue(database).owed_to(article_id(1)),
    "when": lambda database: Outbox(database).next_due(),
    "statuses": lambda database: Outbox(database).statuses(),
    "totals": lambda database: Catalogue(database).totals(),
    "topics": lambda database: Catalogue(database).topics(),
    "roots": lambda database: Roots(database).uncounted(),
    "a ping": owe_ping,
}


@pytest.mark.parametrize("what", OFTEN)
def test_what_is_asked_often_reads_no_table_whole(sqlite_database: Database, what: str) -> None:
    owe(sqlite_database, *range(1, 20))
    with statements(sqlite_database) as seen:
        OFTEN[what](sqlite_database)
    found = steps(sqlite_database, seen)
    assert found
    whole = {step for step in found if step.startswith("SCAN ")}
    assert {step for step in whole if not step.removeprefix("SCAN ").startswith(FEW)} == set()


def test_a_backlog_is_found_without_its_history(sqlite_database: Database) -> None:
    lease = owe(sqlite_database, *range(1, 20))
    outbox = Outbox(sqlite_database)
    with statements(sqlite_database) as seen:
        outbox.next_due()
        outbox.statuses()
        waiting(outbox, lease, limit=5)
    found = {step for step in steps(sqlite_database, seen) if step.startswith("SEARCH owed")}
    assert found
    assert {step for step in found if "USING INDEX owed_due" not in step} == set()


def test_the_head_is_found_without_its_history(sqlite_database: Database) -> None:
    lease = owe(sqlite_database, 1)
    outbox = Outbox(sqlite_database)
    store_untried(outbox, lease, promise(1))
    with statements(sqlite_database) as seen:
        waiting(outbox, lease)
    found = steps(sqlite_database, seen)
    assert "SEARCH deliveries USING INDEX deliveries_by_state (endpoint_id=? AND state=?)" in found


def test_files_that_need_attention_are_counted_in_small_indexes(
    sqlite_database: Database,
) -> None:
    write_new(sqlite_database, *range(1, 20))
    with statements(sqlite_database) as seen:
        Roots(sqlite_database).all()
    used = {step.partition("USING ")[2].partition(" (")[0] for step in steps(sqlite_database, seen)}
    assert {
        "COVERING INDEX sqlite_autoindex_files_1",
        "INDEX files_absent",
        "INDEX files_in_quarantine",
    } <= used


def test_what_is_due_among_many_files_is_found_in_its_own_index(sqlite_database: Database) -> None:
    """It is asked every few seconds, of roots with a million files."""
    write_new(sqlite_database, *range(1, 20))
    with statements(sqlite_database) as seen:
        Files(sqlite_database).due(ROOT, AT)
    assert "SEARCH files USING INDEX files_due (due_at<?)" in steps(sqlite_database, seen)
