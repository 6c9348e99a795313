"""A process that hangs while it holds PostgreSQL's ingest lock."""

import time

import pytest

from tests.support.postgresql import fresh_database
from watcher.errors import StoreUnavailable
from watcher.store.database import Database


def test_a_writer_that_hangs_stops_the_others_for_ten_seconds_at_most(
    postgresql_server: str,
) -> None:
    with fresh_database(postgresql_server) as url:
        frozen, other = Database.open(url), Database.open(url)
        with pytest.raises(StoreUnavailable):
            hang(frozen, other)
        frozen.close()
        other.close()


def hang(frozen: Database, other: Database) -> None:
    """Hold the lock and do nothing until the other one has it, then try to go on."""
    with frozen.write(ingest=True) as connection:
        began = time.monotonic()
        with other.write(ingest=True):
            assert 9 < time.monotonic() - began < 15
        connection.exec_driver_sql("SELECT 1")
