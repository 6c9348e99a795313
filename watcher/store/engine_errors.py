"""What an engine's error means for an operator, and what to do. Pure."""

import sqlite3

DAMAGED = (
    "stop Seedwatch; seedwatch restore puts a backup in its place; without one, move it away and "
    "scan anew: articles keep their ids, but who was told of what is forgotten"
)
_SQLITE = {
    sqlite3.SQLITE_FULL: "free some space; nothing that was stored is lost",
    sqlite3.SQLITE_IOERR: "look at its disk, and at the system's log",
    sqlite3.SQLITE_READONLY: "make its disk, its folder and the file writable",
    sqlite3.SQLITE_CANTOPEN: "is its disk read-only, or not mounted? May it be read and written?",
    sqlite3.SQLITE_PERM: "look at its permissions",
    sqlite3.SQLITE_BUSY: "another program holds it: a backup, or a shell with a transaction",
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
}
_PRIMARY = 0xFF  # of an extended result code (sqlite.org/rescode.html)


def advise(error: BaseException) -> str | None:
    """What to do about an error of SQLite; None if there is no advice."""
    return _SQLITE.get(_code_of(error))


def is_corruption(error: BaseException) -> bool:
    """True if SQLite says that its file is broken."""
    return _code_of(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def is_read_only(error: BaseException) -> bool:
    """True if SQLite says that the file, or the connection, is read-only."""
    return _code_of(error) == sqlite3.SQLITE_READONLY


def _code_of(error: BaseException) -> int:
    """SQLite's primary result code, also where SQLAlchemy wraps it; 0 of anything else."""
    code = getattr(getattr(error, "orig", error), "sqlite_errorcode", 0)
    return int(code or 0) & _PRIMARY
