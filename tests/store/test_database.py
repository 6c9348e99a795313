"""Opening, transactions, the lock, and what the engine's errors look like from outside."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import create_engine, event, inspect, make_url, select, text

from tests.store.plans import AT, new_plan, seed_path, url, write_new
from watcher.errors import StoreLocked, StoreUnavailable
from watcher.model.known import Sought
from watcher.store import versions
from watcher.store.catalogue import Catalogue
from watcher.store.database import _CONNECTIONS, Database
from watcher.store.files import Files
from watcher.store.housekeeping import Upkeep
from watcher.store.ledger import Ledger
from watcher.store.schema import meta


@pytest.fixture
def sqlite_path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "seedwatch.db"


def test_a_new_file_is_private_and_its_folder_is_made(sqlite_path: Path) -> None:
    Database.open(str(sqlite_path)).close()
    assert stat.S_IMODE(sqlite_path.stat().st_mode) == 0o600


def test_sqlite_is_set_up_for_durability(sqlite_path: Path) -> None:
    database = Database.open(f"sqlite:///{sqlite_path}")
    with database.read() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    database.close()
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }


def test_what_was_written_is_there_when_opened_again(database_url: str) -> None:
    database = Database.open(database_url)
    write_new(database, 1)
    database.close()
    again = Database.open(database_url)
    assert [article.content.title for article in Catalogue(again).window(10)] == ["Article 1"]
    again.close()


def fail_after_writing(database: Database) -> None:
    with Ledger(database).batch(AT) as batch:
        batch.write(new_plan(1, 2))
        _ = 1 / 0


def test_a_block_that_raises_writes_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        fail_after_writing(database)
    assert Catalogue(database).window(10) == []
    assert list(Files(database).listing("/seeds")) == []


def test_what_is_kept_in_memory_can_be_let_go_of(database: Database) -> None:
    write_new(database, 1, 2, 3)
    database.give_back()
    assert Catalogue(database).totals().live == 3


def test_a_reading_sees_one_state_throughout(database: Database) -> None:
    upkeep = Upkeep(database)
    upkeep.note("key", "before")
    value = select(meta.c.value).where(meta.c.key == "key")
    with database.read() as connection:
        assert connection.scalar(value) == "before"
        upkeep.note("key", "after")
        assert connection.scalar(value) == "before"
    assert upkeep.fact("key") == "after"


def test_ingest_is_serialised(database: Database) -> None:
    entered = Event()
    order = []

    def second() -> None:
        entered.set()
        with database.write(ingest=True):
            order.append("second")

    with database.write(ingest=True):
        thread = Thread(target=second)
        thread.start()
        assert entered.wait(10)
        thread.join(0.2)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]


def test_threads_take_turns_at_a_bounded_number_of_connections(database: Database) -> None:
    """A server of PostgreSQL takes a hundred by default, from all who ask it."""
    got = Event()

    def look() -> None:
        with database.read():
            got.set()

    one_more = Thread(target=look)
    with ExitStack() as held:
        for _ in range(_CONNECTIONS):
            held.enter_context(database.read())
        one_more.start()
        assert got.wait(0.3) is database.is_sqlite
    assert got.wait(20)
    one_more.join(20)


def test_batches_of_several_threads_are_numbered_without_gaps(database: Database) -> None:
    def work(first: int) -> None:
        for number in range(first, first + 5):
            write_new(database, number)

    threads = [Thread(target=work, args=(first,)) for first in (0, 100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    numbers = [change.sequence for change in Catalogue(database).changes(limit=100)]
    assert numbers == list(range(15, 0, -1))


KILLED = """
import os, signal, sys
from tests.store.plans import AT, new_plan, write_new
from watcher.store.database import Database
from watcher.store.ledger import Ledger
database = Database.open(sys.argv[1])
write_new(database, 1)
with Ledger(database).batch(AT) as batch:
    batch.write(new_plan(*range(2, 600)))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_killed_in_mid_transaction_leaves_nothing_half_written(database_url: str) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, database_url], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    database = Database.open(database_url)
    assert [row[0] for rows in Files(database).listing("/seeds") for row in rows] == [b"1.md"]
    assert [change.sequence for change in Catalogue(database).changes(limit=10)] == [1]
    assert [change.sequence for change in write_new(database, 2)] == [2]
    database.close()


# ---------------------------------------------------------------- looking only


def test_looking_makes_nothing_where_there_is_no_store(sqlite_path: Path) -> None:
    database = Database.look(str(sqlite_path))
    assert Catalogue(database).totals().live == 0
    assert (
        Ledger(database)
        .known(Sought(paths=frozenset([seed_path(1)]), aliases=frozenset([url(1)])))
        .files
        == {}
    )
    database.close()
    assert not sqlite_path.parent.exists()


def test_looking_makes_no_tables(database_url: str) -> None:
    is_file = database_url.startswith("/")
    if is_file:
        Path(database_url).parent.mkdir()
        Path(database_url).touch()
    looker = Database.look(database_url)
    assert Catalogue(looker).window(10) == []
    looker.close()
    there = make_url(f"sqlite:///{database_url}" if is_file else database_url)
    plain = create_engine(there.set(drivername="sqlite" if is_file else "postgresql+psycopg"))
    assert inspect(plain).get_table_names() == []
    plain.dispose()


def test_looking_sees_what_is_there(database: Database, database_url: str) -> None:
    write_new(database, 1)
    looker = Database.look(database_url)
    assert seed_path(1) in Ledger(looker).known(Sought(paths=frozenset([seed_path(1)]))).files
    looker.close()


def test_looking_migrates_nothing(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Database.open(database_url).close()
    monkeypatch.setattr(versions, "STEPS", (*versions.STEPS, lambda _: None))
    with pytest.raises(StoreUnavailable, match="older Seedwatch"):
        Database.look(database_url)


# ---------------------------------------------------------------- the lock

HOLDER = """
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from watcher.store.database import Database
database = Database.open(sys.argv[1])
database.lock()
print("locked", flush=True)
sys.stdin.read()
"""


def test_the_lock_keeps_other_processes_out_until_it_is_given_back(sqlite_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(sqlite_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"locked\n"
        database = Database.open(str(sqlite_path))
        with pytest.raises(StoreLocked, match=f"process {holder.pid}: .*kill -USR1 {holder.pid}`"):
            database.lock()
        holder.kill()
        holder.wait(10)
        database.lock()
        database.lock()
    other = Database.open(str(sqlite_path))
    with pytest.raises(StoreLocked, match=f"process {os.getpid()}: "):
        other.lock()
    database.close()
    other.lock()
    other.close()


def test_a_lock_file_that_cannot_be_made_is_said(sqlite_path: Path) -> None:
    database = Database.open(str(sqlite_path))
    Path(f"{sqlite_path}.lock").mkdir()
    with pytest.raises(StoreUnavailable, match=r"seedwatch\.db\.lock: Is a directory"):
        database.lock()
    database.close()


def test_several_daemons_may_share_postgresql(database: Database) -> None:
    if database.is_sqlite:
        with pytest.raises(StoreLocked):
            lock_twice(database)
    else:
        lock_twice(database)


def lock_twice(database: Database) -> None:
    database.lock()
    other = Database(database.url)
    try:
        other.lock()
    finally:
        other.close()


# ---------------------------------------------------------------- errors


def test_a_file_that_is_no_database_is_said_and_left_alone(sqlite_path: Path) -> None:
    sqlite_path.parent.mkdir()
    sqlite_path.write_bytes(b"---\ntitle: I am a seed\n---\n" * 100)
    with pytest.raises(StoreUnavailable, match=r"seedwatch\.db: file is not a database"):
        Database.open(str(sqlite_path))
    assert sqlite_path.read_bytes().startswith(b"---\ntitle")


def test_a_corrupt_database_is_said(sqlite_path: Path) -> None:
    database = Database.open(str(sqlite_path))
    write_new(database, *range(1, 200))
    database.close()
    with sqlite_path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(sqlite_path.stat().st_size - 4096))
    broken = Database(database.url)
    with pytest.raises(StoreUnavailable, match="malformed"):
        list(Files(broken).listing("/seeds"))
    broken.close()


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/proc/seedwatch/seedwatch.db", "No such file or directory"),
        ("/dev/null/seedwatch.db", "/dev/null is not a directory"),
        ("/proc", "unable to open database file"),
    ],
)
def test_a_place_that_cannot_be_written_is_said(path: str, why: str) -> None:
    with pytest.raises(StoreUnavailable, match=f"^{path}: {why}"):
        Database.open(path)


@contextmanager
def as_nobody_special() -> Iterator[None]:
    """Without root's right to write everywhere, if the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_read_only_directory_is_said() -> None:
    folder = Path(tempfile.mkdtemp(prefix="seedwatch-read-only-"))
    folder.chmod(0o555)
    with as_nobody_special(), pytest.raises(StoreUnavailable, match="Permission denied"):
        Database.open(str(folder / "seedwatch.db"))
    folder.rmdir()


def test_a_full_disk_is_said_and_costs_nothing_that_was_there(sqlite_path: Path) -> None:
    database = Database.open(str(sqlite_path))
    write_new(database, 1)

    def no_more_pages(connection: sqlite3.Connection, record: object) -> None:
        connection.execute("PRAGMA max_page_count=1").close()

    full = Database(database.url)
    event.listen(full._engine, "connect", no_more_pages)
    with pytest.raises(StoreUnavailable, match="database or disk is full"):
        write_new(full, *range(2, 1000))
    full.close()
    assert [change.sequence for change in Catalogue(database).changes(limit=10)] == [1]
    assert write_new(database, 2)
    database.close()


def test_a_writer_that_waits_too_long_is_told(sqlite_path: Path) -> None:
    database = Database.open(str(sqlite_path))
    impatient = Database(database.url)
    event.listen(impatient._engine, "connect", lambda c, _: c.execute("PRAGMA busy_timeout=1"))
    with (
        database.write(),
        pytest.raises(StoreUnavailable, match="database is locked"),
        impatient.write(),
    ):
        pass
    impatient.close()
    database.close()


def test_an_unreachable_server_is_said_without_the_password() -> None:
    url = "postgresql://reader:hunter2@127.0.0.1:1/news"
    with pytest.raises(StoreUnavailable) as caught:
        Database.open(url)
    assert "127.0.0.1" in str(caught.value)
    assert "refused" in str(caught.value)
    assert str(caught.value).startswith("postgresql://reader:***@127.0.0.1:1/news: ")
    assert "hunter2" not in str(caught.value)


def test_errors_hold_nothing_of_what_was_written(database: Database) -> None:
    secret = meta.insert().values(key="PRIVATE-KEY", value="PRIVATE-VALUE")
    with database.write() as connection:
        connection.execute(secret)
    with pytest.raises(StoreUnavailable) as caught, database.write() as connection:
        connection.execute(secret)
    assert "PRIVATE" not in str(caught.value)
    assert "PRIVATE" not in str(caught.value.__cause__).partition("DETAIL")[0]
    assert database.name in str(caught.value)


def test_a_lost_connection_is_replaced(postgresql_server: str) -> None:
    database = Database.open(postgresql_server.format(name="postgres"))
    with database.read() as connection:
        process = connection.scalar(text("SELECT pg_backend_pid()"))
    with database.write() as connection:
        connection.execute(text("SELECT 1"))
    other = Database(database.url)
    with other.write() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = :pid"),
            {"pid": process},
        )
    other.close()
    assert Upkeep(database).fact("schema_version") == str(versions.newest_version())
    database.close()


@pytest.mark.parametrize("url", ["seedwatch.db", "mysql://host/name", "sqlite://", "://", ""])
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(StoreUnavailable, match="neither an absolute path nor a URL"):
        Database.open(url)


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreUnavailable, match=r"install seedwatch\[postgres\]"):
        Database.open("postgresql://host/name")
