"""Processes that hang while they hold what others need of PostgreSQL."""

import threading
import time

import pytest
from sqlalchemy import text

from tests.support.postgresql import fresh_database
from watcher.errors import StoreUnavailable
from watcher.store.database import Database

_TOUCH = text("UPDATE meta SET value = value WHERE key = 'schema_version'")


def test_who_hangs_stops_the_others_for_ten_seconds_at_most(postgresql_server: str) -> None:
    with fresh_database(postgresql_server) as url:
        frozen, other = Database.open(url), Database.open(url)
        began = time.monotonic()
        took = dict[str, float]()

        def publish() -> None:
            with other.publishing():
                took["publishing"] = time.monotonic() - began

        thread = threading.Thread(target=publish)
        with frozen.publishing():
            thread.start()
            with pytest.raises(StoreUnavailable):
                hang(frozen, other, took)
        thread.join(10)
        assert took.keys() == {"row", "ingest", "publishing"}
        assert all(7 < seconds < 15 for seconds in took.values()), took
        frozen.close()
        other.close()


def hang(frozen: Database, other: Database, took: dict[str, float]) -> None:
    """Hold a row and the ingest lock, and do nothing until others have them; then try to go on."""
    with frozen.write(ingest=True) as ingesting, frozen.write() as connection:
        connection.execute(_TOUCH)
        began = time.monotonic()
        with other.write() as writing:
            writing.execute(_TOUCH)
            took["row"] = time.monotonic() - began
        with other.write(ingest=True):
            took["ingest"] = time.monotonic() - began
        ingesting.exec_driver_sql("SELECT 1")
