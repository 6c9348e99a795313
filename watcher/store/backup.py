"""Backups: a store in one file, whole and on disk or not there at all; and back into place.

Of SQLite a backup is a copy of the database, made page by page while others write; of PostgreSQL
it is an export. Either can be restored into SQLite, an export into PostgreSQL too.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, text

from watcher.errors import StoreLocked, StoreUnavailable, TransferError
from watcher.store.database import Database, parse_url
from watcher.store.endpoints import clear_leases
from watcher.store.export import empty_store, export_lines, import_lines
from watcher.store.places import Places
from watcher.store.schema import meta

_MAGIC = b"SQLite format 3\0"
_ADVICE = "this copy of the store is temporary: TMPDIR says in which folder it is made"
RUNNING_ON = "daemon running on "
"""How the keys of the facts begin that say on which hosts a daemon runs."""

_BESIDE = ("-wal", "-shm")
_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND pid <> pg_backend_pid() AND application_name = 'seedwatch'"
)


def back_up(database: Database, file: Path, *, replace: bool = False) -> None:
    """Write a consistent copy of the store to ``file``, mode 0600, and see it safely on disk.

    Raises TransferError if the file exists and may not be replaced, or cannot be written.
    """
    copy = _copy_sqlite if database.is_sqlite else _copy_rows
    _save(file, lambda temporary: copy(database, temporary), replace=replace)


@contextmanager
def temporary_copy(database: Database) -> Iterator[Database]:
    """A copy of the store, always SQLite, that is gone at the end: writing to it leaves no trace.

    Raises TransferError if there is no room for it.
    """
    try:
        folder = TemporaryDirectory(prefix="seedwatch-")
    except OSError as error:
        raise TransferError(f"{error.strerror}; {_ADVICE}") from error
    try:
        with folder, closing(_copied(database, Path(folder.name))) as copy:
            yield copy
    except (StoreUnavailable, TransferError) as error:
        raise TransferError(f"{error}; {_ADVICE}") from error


def _copied(database: Database, folder: Path) -> Database:
    file, exported = Path(folder, "copy.db"), Path(folder, "rows")
    if database.is_sqlite:
        if database.url.database:
            _copy_pages(Path(database.url.database), file, check=False)
        return Database.open(str(file), database.places)
    try:
        _copy_rows(database, exported)
    except OSError as error:
        raise TransferError(f"{exported}: cannot be written: {error.strerror}") from error
    copy = Database.open(str(file), database.places)
    import_from(copy, _lines(exported))
    exported.unlink()
    return copy


def export_to(database: Database, file: Path, *, replace: bool = False) -> None:
    """Write an export of the store to ``file``, as :func:`back_up` does."""
    _save(file, lambda temporary: _copy_rows(database, temporary), replace=replace)


def import_from(database: Database, lines: Iterator[str]) -> int:
    """Fill an empty store from an export, all or nothing; how many rows. Raises TransferError."""
    with database.write(ingest=True) as connection:
        return import_lines(connection, lines)


def restore(url: str, file: Path, places: Places, *, at: datetime) -> Path | None:
    """Put a backup in the place of the store at ``url``; where the store that was there is now.

    Nobody else may have the store open (StoreLocked). The backup is made ready beside the store
    and checked first; if it is not sound, TransferError is raised and nothing was changed. On
    PostgreSQL it replaces all rows in one transaction, and nothing is kept of what was there.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() != "sqlite":
        _restore_rows(url, file, places)
        return None
    place = Path(str(parsed.database))
    ready = place.with_name(f"{place.name}.restoring")
    place.parent.mkdir(parents=True, exist_ok=True)
    with closing(Database(parsed)) as database:
        database.lock()
        try:
            _make_ready(file, ready, places)
            return _swap(ready, place, at)
        finally:
            _remove(ready)


def _save(file: Path, write: Callable[[Path], None], *, replace: bool) -> None:
    """Have ``write`` write a temporary file, which then becomes ``file``."""
    if file.exists() and not replace:
        raise TransferError(f"{file} exists: choose another name, or --force")
    temporary = file.with_name(f".{file.name}.tmp")
    try:
        os.close(os.open(temporary, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600))
        write(temporary)
        _sync(temporary)
        temporary.replace(file)
        _sync(file.parent)
    except OSError as error:
        raise TransferError(f"{file}: cannot be written: {error.strerror}") from error
    finally:
        _remove(temporary)


def _copy_sqlite(database: Database, target: Path) -> None:
    _copy_pages(Path(str(database.url.database)), target)


def _copy_pages(source: Path, target: Path, *, check: bool = True) -> None:
    """Copy a database as it is at one moment, whoever writes meanwhile; ``check`` that it is sound.

    Raises TransferError.
    """
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as whole,
            closing(sqlite3.connect(target)) as copy,
        ):
            whole.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE").close()
            sound = "PRAGMA integrity_check(1)" if check else "SELECT 'ok'"
            found = copy.execute(sound).fetchone()[0]
    except sqlite3.Error as error:
        raise TransferError(f"{source}: cannot be copied to {target}: {error}") from error
    if found != "ok":
        raise TransferError(f"{source} is damaged: {found}")


def _copy_rows(database: Database, target: Path) -> None:
    with database.read() as connection, target.open("w", encoding="utf-8") as out:
        out.writelines(f"{line}\n" for line in export_lines(connection))


def _make_ready(file: Path, ready: Path, places: Places) -> None:
    """A sound store of the newest version at ``ready``, in one file."""
    if _is_sqlite_file(file):
        _copy_pages(file, ready)
        _require_store(file, ready)
    with closing(Database.open(str(ready), places)) as database, database.write() as connection:
        if not _is_sqlite_file(file):
            import_lines(connection, _lines(file))
        _forget_daemons(connection)
    if any(Path(f"{ready}{suffix}").exists() for suffix in _BESIDE):
        raise StoreUnavailable(f"{ready}: in use by another process")
    _sync(ready)


def _require_store(file: Path, copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as connection:
        try:
            found = connection.execute("SELECT value FROM meta WHERE key = 'schema_version'")
            if found.fetchone():
                return
        except sqlite3.Error:
            pass
    raise TransferError(f"{file} is a SQLite database, but no store of Seedwatch")


def _swap(ready: Path, place: Path, at: datetime) -> Path | None:
    """Put ``ready`` in its place. What was there is whole under its new name, or still in place."""
    kept = place.with_name(f"{place.name}.before-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    had_store = place.exists()
    if had_store:
        _fold_journal(place)
        _remove(kept)
        os.link(place, kept)
    for suffix in _BESIDE:  # of a damaged store: it must not be taken for the new one's
        with suppress(FileNotFoundError):
            Path(f"{place}{suffix}").replace(f"{kept}{suffix}")
    ready.replace(place)
    _sync(place.parent)
    return kept if had_store else None


def _fold_journal(place: Path) -> None:
    """Bring all of a sound store into its one file; a damaged one is left as it is."""
    try:
        with closing(sqlite3.connect(place, timeout=5)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
            connection.execute("PRAGMA journal_mode=DELETE").close()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise StoreLocked(f"{place}: a command is reading it; try again") from error
    except sqlite3.DatabaseError:
        return


def _restore_rows(url: str, file: Path, places: Places) -> None:
    if _is_sqlite_file(file):
        raise TransferError(
            f"{file} is a backup of a SQLite store: restore it into one, export that, and import "
            "the export here"
        )
    opened = closing(Database.open(url, places))
    with opened as database, database.write(ingest=True) as connection:
        if connection.scalar(_OTHERS):
            raise StoreLocked(f"{database.name}: in use by another Seedwatch: stop it first")
        empty_store(connection)
        import_lines(connection, _lines(file))
        _forget_daemons(connection)


def _forget_daemons(connection: Connection) -> None:
    """Whoever worked on the store when the backup was made does not work on this one."""
    clear_leases(connection)
    connection.execute(meta.delete().where(meta.c.key.startswith(RUNNING_ON)))


def _is_sqlite_file(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            return opened.read(len(_MAGIC)) == _MAGIC
    except OSError as error:
        raise TransferError(f"{file}: {error.strerror}") from error


def _lines(file: Path) -> Iterator[str]:
    try:
        with file.open(encoding="utf-8") as opened:
            yield from opened
    except UnicodeDecodeError as error:
        raise TransferError(f"{file} is neither a SQLite database nor an export") from error


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(path: Path) -> None:
    for suffix in ("", *_BESIDE, "-journal"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
