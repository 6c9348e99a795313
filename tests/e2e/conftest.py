"""Fixtures of the end-to-end tests: an installation on each engine, and a local receiver."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.receiver import Receiver
from tests.support.site import Site


@pytest.fixture
def site(tmp_path: Path, database_url: str) -> Site:
    """An installation of its own, on SQLite and on PostgreSQL."""
    return Site(tmp_path / "site", state=database_url)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver
