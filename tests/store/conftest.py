"""The store's fixture: an open, empty store on each engine."""

from collections.abc import Iterator

import pytest

from watcher.store.database import Database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database.open(database_url)
    yield opened
    opened.close()
