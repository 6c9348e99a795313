"""The open store: its engine, its transactions, its lock. No query but those that open it.

Every error of the engine leaves here as StoreUnavailable, in words, without a password and
without what was being written.
"""

import os
import secrets
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    ExceptionContext,
    create_engine,
    event,
    func,
    make_url,
    select,
)
from sqlalchemy.exc import ArgumentError, SQLAlchemyError, StatementError

from watcher.errors import StoreUnavailable
from watcher.store import migrations
from watcher.store.engine_errors import DAMAGED, advise, is_corruption, is_read_only
from watcher.store.places import ALONE, Places, set_places
from watcher.store.postgresql import connect_arguments, publishing_alone
from watcher.store.sqlite_file import is_held, take_lock

CHUNK = 500
"""How many values one statement names at most."""

CHANNEL = "seedwatch"
"""The PostgreSQL channel that announces writes."""

_BUSY_SECONDS = 30
_PAGE_BYTES = 8192  # for new stores: two or three articles fit one page, of 4096 bytes only one
_CACHE_KIB = 4000  # what a batch changes stays there until it is committed, and is written once
_WAL_PAGES = 2000  # 16 MB: a bulk of batches is copied into the store's file four times more seldom
_PRAGMAS = (
    "synchronous=FULL",
    "foreign_keys=ON",
    f"cache_size=-{_CACHE_KIB}",
    f"wal_autocheckpoint={_WAL_PAGES}",
)
_CONNECTIONS = 30  # of a process to PostgreSQL, which by default takes a hundred from everybody
_INGEST_LOCK = 0x5EED_0002
_MEMORY = URL.create("sqlite")
_GONE = (
    "was deleted or replaced while in use: put it back, or stop Seedwatch, remove what is left of "
    "it, and start it again"
)

T = TypeVar("T")


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """The items in order, in pieces that fit one statement."""
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))


class Database:
    """One store, shared by the threads of a process; each transaction has its own connection.

    ``token`` is what the process is known by to the listeners of others. ``places`` says which of
    the roots are ours.
    """

    def __init__(self, url: URL, places: Places = ALONE) -> None:
        self.url = url
        self.places = places
        self.token = secrets.token_hex(8)
        self._lock: int | None = None
        self._engine = _make_engine(url)
        set_places(self._engine.dialect, places)
        self._file = _identity(url)
        self._corrupt: str | None = None
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self._reading = (
            self._engine
            if self.is_sqlite
            else self._engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        )
        self._autocommitting = self._engine.execution_options(isolation_level="AUTOCOMMIT")

    @classmethod
    def open(cls, url: str, places: Places = ALONE) -> Self:
        """Open a store, made and migrated as needed.

        ``url`` is an absolute file path or ``sqlite:///…`` for SQLite, or ``postgresql://…``.
        Raises StoreUnavailable, and StoreTooNew if a newer Seedwatch wrote it.
        """
        parsed = parse_url(url)
        if parsed.database and parsed.get_backend_name() == "sqlite":
            _make_file(Path(parsed.database))
        database = cls(parsed, places)
        try:
            database._migrate()
        except BaseException:
            database.close()
            raise
        return database

    @classmethod
    def look(cls, url: str, places: Places = ALONE) -> Self:
        """A store that is only to be read: nothing is made or migrated.

        Where there is none yet, an empty one in memory stands for it, for one thread. Raises
        StoreUnavailable, also for a store that must be migrated first, and StoreTooNew.
        """
        parsed = parse_url(url)
        if _is_there(parsed):
            database = cls(parsed, places)
            try:
                made = database._is_made()
            except BaseException:
                database.close()
                raise
            if made:
                return database
            database.close()
        database = cls(_MEMORY, places)
        database._migrate()
        return database

    def _is_made(self) -> bool:
        """True if there are tables of the newest version; raises StoreUnavailable if older."""
        with self.read() as connection:
            if migrations.is_current(connection):
                return True
            if migrations.version_of(connection):
                raise StoreUnavailable(
                    f"{self.name}: written by an older Seedwatch; seedwatch status migrates it"
                )
        return False

    def _migrate(self) -> None:
        with self.read() as connection:
            current = migrations.is_current(connection)
        if not current:
            with self.write() as connection:
                migrations.migrate(connection)

    @property
    def name(self) -> str:
        """The store as it may be shown: a path, or a URL without its password."""
        if self.is_sqlite:
            return str(self.url.database)
        return self.url.set(drivername="postgresql").render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the store throughout."""
        with self._reported(), self._reading.connect() as connection, connection.begin():
            if self.is_sqlite:
                _begin_sqlite(connection, "BEGIN")
            yield connection

    @contextmanager
    def write(self, *, ingest: bool = False) -> Iterator[Connection]:
        """A transaction that is committed at the end, or rolled back if the block raises.

        On SQLite there is one writer at a time. On PostgreSQL there may be several, except that
        ``ingest`` lets one in at a time: what it writes is numbered without gaps. One that hangs,
        as a frozen process does, is ended by PostgreSQL after eight seconds.
        """
        with self._reported(), self._engine.connect() as connection, connection.begin():
            if self.is_sqlite:
                # A writer that begins by reading could not become one while another writes.
                _begin_sqlite(connection, "BEGIN IMMEDIATE")
            elif ingest:
                connection.execute(select(func.pg_advisory_xact_lock(_INGEST_LOCK)))
            yield connection

    def give_back(self) -> None:
        """Free the memory that SQLite uses for the pages that it read."""
        if self.is_sqlite:
            with self.read() as connection:
                connection.exec_driver_sql("PRAGMA shrink_memory")

    def tell_others(self, connection: Connection) -> None:
        """Wake the listeners of other processes once this transaction is committed.

        SQLite has nothing to do it with: there they look by themselves.
        """
        if not self.is_sqlite:
            connection.execute(select(func.pg_notify(CHANNEL, self.token)))

    @contextmanager
    def session(self) -> Iterator[Any]:
        """A connection of the driver's own, outside of any transaction."""
        with self._reported():
            pooled = self._engine.raw_connection()
            connection: Any = pooled.driver_connection
            pooled.detach()
            with closing(connection):  # not the pool's, which would begin with a rollback
                if not self.is_sqlite:
                    connection.autocommit = True
                yield connection

    @contextmanager
    def publishing(self) -> Iterator[None]:
        """Keep other processes that share the store from publishing meanwhile."""
        if self.is_sqlite:
            yield
            return
        autocommitting = self._autocommitting
        with (
            self._reported(),
            autocommitting.connect() as connection,
            publishing_alone(connection),
        ):
            yield

    def lock(self) -> bool:
        """Keep other processes out until close. Returns False if it is held already.

        PostgreSQL is shared: nothing is locked there. Raises StoreLocked, with the process id of
        the holder.
        """
        if not self.is_sqlite or self._lock is not None:
            return False
        self._lock = take_lock(self.name)
        return True

    def close(self) -> None:
        """Close all connections, and give the lock back."""
        self._engine.dispose()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @contextmanager
    def _reported(self) -> Iterator[None]:
        dbapi = self._engine.dialect.loaded_dbapi
        self._require_sound()
        try:
            yield
        except (SQLAlchemyError, dbapi.Error) as error:
            said = f"{self.name}: {self._say(error)}"
            self._corrupt = said if is_corruption(error) else None
            raise StoreUnavailable(said) from error

    def _require_sound(self) -> None:
        """Refuse a SQLite file that would take what is written with it.

        That is one that was deleted or replaced, until it is back; and a corrupt one, for good.
        """
        if self._corrupt:
            raise StoreUnavailable(self._corrupt)
        if self._file is not None and _identity(self.url) != self._file:
            raise StoreUnavailable(f"{self.name}: {_GONE}")

    def _say(self, error: Exception) -> str:
        cause = error.orig if isinstance(error, StatementError) and error.orig else error
        # PostgreSQL's details quote the row that was written; its primary message does not.
        primary = getattr(getattr(cause, "diag", None), "message_primary", None)
        text = " ".join(str(primary or cause).split())
        advice = advise(error)
        text = f"{text}: {advice}" if advice else text
        password = self.url.password
        return text.replace(password, "***") if password else text


def parse_url(url: str) -> URL:
    if url.startswith("/"):
        return URL.create("sqlite", database=url)
    with suppress(ArgumentError):
        parsed = make_url(url)
        if parsed.drivername == "sqlite" and parsed.database:
            return parsed.set(database=os.path.abspath(parsed.database))  # noqa: PTH100  (a str)
        if parsed.drivername in ("postgresql", "postgresql+psycopg"):
            return parsed.set(drivername="postgresql+psycopg")
    raise StoreUnavailable(
        "state is neither an absolute path nor a URL like postgresql://user@host/name"
    )


def _is_there(url: URL) -> bool:
    """True if there may be a store at ``url``; an empty SQLite file is none yet."""
    if url.get_backend_name() != "sqlite":
        return True
    path = Path(str(url.database))
    return path.exists() and path.stat().st_size > 0


def _identity(url: URL) -> tuple[int, int] | None:
    """Device and inode of a SQLite file; None if there is none."""
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    try:
        status = os.stat(url.database)  # noqa: PTH116  # a path, not a Path: for each transaction
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _make_file(path: Path) -> None:
    if not path.exists() and is_held(f"{path}.lock"):
        raise StoreUnavailable(f"{path}: {_GONE}")
    if path.exists() and not path.stat().st_size and Path(f"{path}.lock").exists():
        raise StoreUnavailable(f"{path}: empty, but it was in use before: {DAMAGED}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Never opened but to be made: closing it would drop this process's own SQLite locks.
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    except FileExistsError as error:
        raise StoreUnavailable(f"{path}: {path.parent} is not a directory") from error
    except OSError as error:
        raise StoreUnavailable(f"{path}: {error.strerror}") from error


def _make_engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        return _make_sqlite_engine(url)
    try:
        return create_engine(
            url,
            hide_parameters=True,
            pool_size=_CONNECTIONS,
            max_overflow=0,
            pool_use_lifo=True,
            pool_pre_ping=True,
            connect_args=connect_arguments(url),
        )
    except ModuleNotFoundError as error:
        raise StoreUnavailable(
            "PostgreSQL needs one more package: install seedwatch[postgres]"
        ) from error


def _make_sqlite_engine(url: URL) -> Engine:
    # A store in memory is one connection: its pool knows of no overflow.
    # What was used last knows the store's newest pages, and its statements.
    pool: dict[str, Any] = {"max_overflow": -1, "pool_use_lifo": True} if url.database else {}
    engine = create_engine(
        url, hide_parameters=True, connect_args={"timeout": _BUSY_SECONDS}, **pool
    )
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "handle_error", _open_anew)
    return engine


def _set_up_sqlite(connection: Any, record: object) -> None:
    del record
    connection.isolation_level = None  # sqlite3 begins nothing by itself: _begin_sqlite does
    connection.execute(f"PRAGMA page_size={_PAGE_BYTES}").close()  # a store that is made keeps its
    _use_wal(connection)
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL, waiting for others who do so: SQLite's own busy timeout does not hold here."""
    ends_at = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > ends_at:
                raise
            time.sleep(0.01)
        else:
            return


def _open_anew(context: ExceptionContext) -> None:
    """Keep no connection that was opened while the disk was read-only: it would stay so."""
    context.is_disconnect |= is_read_only(context.original_exception)


def _begin_sqlite(connection: Connection, begin: str) -> None:
    """Begin by the driver's own call: every event of SQLAlchemy's costs more than SQLite does."""
    driver: Any = connection.connection.dbapi_connection
    try:
        driver.execute(begin).close()
    except sqlite3.Error as error:
        if is_read_only(error):
            connection.invalidate(error)  # as _open_anew does, which hears nothing of this
        raise
