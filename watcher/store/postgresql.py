"""How a node connects to PostgreSQL: if it hangs, it stops no other for longer than ten seconds."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, func, select
from sqlalchemy.exc import DBAPIError

HANGING_SECONDS = 10
_PUBLISH_LOCK = 0x5EED_0003
_LOCK_NOT_AVAILABLE = "55P03"

_SETTINGS = {
    # Who froze within a transaction loses it, with its locks; early enough for whoever takes over.
    "idle_in_transaction_session_timeout": 8000,
    # The server's side of a connection to a machine that is gone.
    "tcp_keepalives_idle": 5,
    "tcp_keepalives_interval": 2,
    "tcp_keepalives_count": 2,
    "tcp_user_timeout": HANGING_SECONDS * 1000,
}
_OURS = {  # our side, of a server that is gone: libpq's names
    "connect_timeout": HANGING_SECONDS,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": HANGING_SECONDS * 1000,
}


def connect_arguments(url: URL) -> dict[str, Any]:
    """What libpq is given besides the URL, whose own options go before ours."""
    settings = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
    own = url.query.get("options", "")
    options = f"{settings} {own if isinstance(own, str) else ' '.join(own)}".strip()
    given = {name: value for name, value in _OURS.items() if name not in url.query}
    return {"application_name": "seedwatch", **given, "options": options}


def allow_pauses(connection: Connection) -> None:
    """Let a transaction that only reads pause for as long as whoever takes what it reads."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")


@contextmanager
def publishing_alone(connection: Connection) -> Iterator[None]:
    """Keep others from publishing meanwhile; one that hangs while it has this is not waited for.

    ``connection`` is in autocommit mode.
    """
    has_lock = _take_publish_lock(connection)
    try:
        yield
    finally:
        if has_lock:
            connection.execute(select(func.pg_advisory_unlock(_PUBLISH_LOCK)))


def _take_publish_lock(connection: Connection) -> bool:
    connection.exec_driver_sql(f"SET lock_timeout = '{HANGING_SECONDS}s'")
    try:
        connection.execute(select(func.pg_advisory_lock(_PUBLISH_LOCK)))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
            raise
        return False
    finally:
        connection.exec_driver_sql("RESET lock_timeout")
    return True
