"""The store keeps a few facts about the program itself."""

from watcher.store.database import Database
from watcher.store.housekeeping import Upkeep


def test_facts_are_noted_and_replaced(database: Database) -> None:
    upkeep = Upkeep(database)
    assert upkeep.fact("ingest_version") is None
    upkeep.note("ingest_version", "1")
    upkeep.note("ingest_version", "2 👍")
    assert upkeep.fact("ingest_version") == "2 👍"
