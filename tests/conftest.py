"""Fixtures for every stage's tests: a fresh database on each engine, on real servers."""

import logging
import os
import signal
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.postgresql import fresh_database, serving_postgresql
from tests.support.workers import DearModulesTogether, rank

REQUIRE_ALL = os.environ.get("SEEDWATCH_REQUIRE_ALL") == "1"
"""Set by CI, which has everything that a test may need: there, a skipped test is a failed one."""


def pytest_configure() -> None:
    """Hear SIGINT also where a shell started us in the background: so do the commands we start."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: rank(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> DearModulesTogether:
    return DearModulesTogether(config, log)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a PostgreSQL server of this test process, with ``{name}`` for the database."""
    with serving_postgresql() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where an empty store is: a path for SQLite, a URL for PostgreSQL; every test runs on both."""
    if request.param == "sqlite":
        yield str(tmp_path / "state" / "seedwatch.db")
        return
    with fresh_database(request.getfixturevalue("postgresql_server")) as url:
        yield url


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    """A command that runs in the tests' own process sets up its log."""
    root = logging.getLogger()
    level, handlers, hook = root.level, root.handlers[:], sys.excepthook
    yield
    root.setLevel(level)
    root.handlers[:] = handlers
    sys.excepthook = hook
