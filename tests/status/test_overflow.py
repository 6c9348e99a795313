"""That events were lost is said until a rescan of every root that lost some is done, and after."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from watcher.status.overflow import SAID_FOR, Overflow, describe_overflow
from watcher.store.database import Database
from watcher.store.housekeeping import Upkeep

NOW = datetime(2024, 5, 6, 7, 8, tzinfo=UTC)
ROOTS = ("/one", "/two")
FINDS = "the kernel's event queue overflowed at 07:08 UTC; a rescan is finding what was missed; "
FOUND = "the kernel's event queue overflowed at 07:08 UTC; a rescan found what was missed; "


@pytest.fixture
def upkeep(tmp_path: Path) -> Iterator[Upkeep]:
    database = Database.open(str(tmp_path / "seedwatch.db"))
    yield Upkeep(database)
    database.close()


def said(upkeep: Upkeep, after: timedelta = timedelta(0)) -> str:
    words = describe_overflow(upkeep, NOW + after) or ""
    return words.partition("if that")[0]


def test_all_is_found_when_the_last_root_was_scanned(upkeep: Upkeep) -> None:
    overflow = Overflow(upkeep, lambda: NOW, ROOTS)
    overflow.scanning("/one")
    overflow.happened("/one")
    overflow.happened("/two")
    overflow.scanned("/one")  # this scan began before
    assert said(upkeep) == ""
    overflow.scanning("/one")
    assert said(upkeep) == FINDS
    overflow.scanned("/one")
    assert said(upkeep) == FINDS
    overflow.scanning("/two")
    overflow.scanned("/two")
    assert said(upkeep, SAID_FOR) == FOUND
    assert said(upkeep, SAID_FOR + timedelta(seconds=1)) == ""


def test_one_during_the_scan_needs_another_scan(upkeep: Upkeep) -> None:
    overflow = Overflow(upkeep, lambda: NOW, ROOTS)
    overflow.happened("/one")
    overflow.scanning("/one")
    overflow.happened("/one")
    overflow.scanned("/one")
    assert said(upkeep) == FINDS
    overflow.scanning("/one")
    overflow.scanned("/one")
    assert said(upkeep) == FOUND


def test_what_one_process_missed_the_next_one_finds(upkeep: Upkeep) -> None:
    overflow = Overflow(upkeep, lambda: NOW, ROOTS)
    overflow.happened("/one")
    overflow.scanning("/one")
    successor = Overflow(upkeep, lambda: NOW + SAID_FOR, ROOTS)
    for root in ROOTS:
        assert said(upkeep) == FINDS
        successor.scanning(root)
        successor.scanned(root)
    assert said(upkeep) == FOUND
