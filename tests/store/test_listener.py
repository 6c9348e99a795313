"""Hearing of what others write, on both engines; a server that goes away is found again."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.store.owing import SLACK, attempt_once, owe, owe_only, promise, store_untried
from tests.store.plans import AT, new_plan
from watcher.model.delivery import Outcome
from watcher.model.kinds import DeliveryState
from watcher.model.known import Sought
from watcher.store.database import Database
from watcher.store.ledger import Ledger
from watcher.store.listener import Listener
from watcher.store.outbox import Outbox

SOON = 5.0


@pytest.fixture(autouse=True)
def look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's number is looked at more often than each second: these tests would be slow."""
    monkeypatch.setattr("watcher.store.listener.LOOK_EVERY", 0.02)


@pytest.fixture
def theirs(database_url: str) -> Iterator[Database]:
    """The store as another process has it open: one endpoint disabled, one with a dead letter."""
    with closing(Database.open(database_url)) as database:
        outbox = Outbox(database)
        outbox.sync({SLACK: True, "hook": True})
        outbox.set_enabled("hook", enabled=False, reason="a test")
        lease = owe(database, 7)
        store_untried(outbox, lease, promise(1))
        attempt_once(outbox, lease, "msg_1", Outcome.REJECTED, DeliveryState.DEAD)
        yield database


class Ear:
    """Counts what a listener heard."""

    def __init__(self) -> None:
        self.count = 0
        self._heard = threading.Event()

    def hear(self) -> None:
        self.count += 1
        self._heard.set()

    def hears(self, seconds: float = SOON) -> bool:
        heard = self._heard.wait(seconds)
        self._heard.clear()
        return heard


@contextmanager
def listening(database: Database) -> Iterator[Ear]:
    """A listener that is up: it has called once, so that nothing is missed before."""
    ear = Ear()
    listener = Listener(database, ear.hear)
    listener.start()
    try:
        assert ear.hears()
        yield ear
    finally:
        assert listener.stop(SOON)


WRITES: dict[str, Callable[[Database], object]] = {
    "owes": lambda database: owe_only(database, 1),
    "changes": lambda database: write_article(database, 1),
    "enables": lambda database: Outbox(database).set_enabled("hook", enabled=True),
    "disables": lambda database: Outbox(database).set_enabled(SLACK, enabled=False, reason="x"),
    "retries": lambda database: Outbox(database).retry(endpoint=SLACK),
    "syncs": lambda database: Outbox(database).sync({SLACK: True, "new": True}),
}


def write_article(database: Database, number: int) -> None:
    with Ledger(database).batch(AT) as batch:
        batch.write(new_plan(number))


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_what_another_process_writes_is_heard(
    theirs: Database, database_url: str, write: Callable[[Database], object]
) -> None:
    with closing(Database.open(database_url)) as ours, listening(ours) as ear:
        write(theirs)
        assert ear.hears()


def test_a_batch_that_is_not_committed_or_says_nothing_is_not_heard(
    theirs: Database, database_url: str
) -> None:
    with closing(Database.open(database_url)) as ours, listening(ours) as ear:
        with suppress(RuntimeError), Ledger(theirs).batch(AT) as batch:
            batch.write(new_plan(1))
            raise RuntimeError
        with Ledger(theirs).batch(AT) as batch:
            batch.known(Sought(paths=frozenset()))
        assert not ear.hears(0.3)


def test_a_listener_that_was_never_started_can_be_stopped(theirs: Database) -> None:
    assert Listener(theirs, lambda: None).stop(SOON)


@pytest.fixture
def shared_url(request: pytest.FixtureRequest) -> Iterator[str]:
    from tests.support.postgresql import fresh_database  # noqa: PLC0415  # only on this engine

    with fresh_database(request.getfixturevalue("postgresql_server")) as url:
        yield url


def test_what_this_process_writes_is_no_news_to_it(shared_url: str) -> None:
    with closing(Database.open(shared_url)) as ours, listening(ours) as ear:
        write_article(ours, 1)
        assert not ear.hears(0.3)


def test_a_connection_that_the_server_ends_is_made_again_and_what_was_missed_is_asked_for(
    shared_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    with closing(Database.open(shared_url)) as ours, listening(ours) as ear:
        end_listeners(shared_url)
        assert ear.hears(), "something may have been written meanwhile"
        assert not ear.hears(0.3)
        with closing(Database.open(shared_url)) as theirs:
            write_article(theirs, 1)
            assert ear.hears()
    said = [record.message for record in caplog.records if record.name.endswith("listener")]
    assert said == ["hears nothing of others", "hears of others again"]


def test_a_server_that_cannot_be_reached_is_no_reason_to_wait_for_the_stop(
    shared_url: str,
) -> None:
    ours = Database.open(shared_url)
    ear = Ear()
    listener = Listener(ours, ear.hear)
    with psycopg.connect(shared_url, autocommit=True) as connection:
        name = connection.info.dbname
        postgres = shared_url.replace(name, "postgres")
    with closing(ours), psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        connection.execute(TERMINATE, (name, "%"))
        listener.start()
        assert not ear.hears(0.5)
        assert listener.stop(1.0)


TERMINATE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND query LIKE %s"
)


def end_listeners(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(TERMINATE, (connection.info.dbname, "LISTEN%")).fetchall()
    assert len(found) == 1


def test_between_two_looks_it_sleeps_and_a_stop_wakes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watcher.store.listener.LOOK_EVERY", 10 * SOON)
    with closing(Database.open(str(tmp_path / "seedwatch.db"))) as database:
        statements = list[str]()
        session = database.session

        @contextmanager
        def traced() -> Iterator[Any]:
            with session() as connection:
                connection.set_trace_callback(statements.append)
                yield connection

        monkeypatch.setattr(database, "session", traced)
        with listening(database):
            threading.Event().wait(0.05)
        assert len(statements) == 1
