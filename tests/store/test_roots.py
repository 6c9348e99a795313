"""The roots that were seen, and how each of them is."""

import pytest

from tests.store.plans import AT, MINUTE, ROOT, UNUSABLE, file_write, write, write_new
from watcher.errors import UsageError
from watcher.model.kinds import FileState, RootState
from watcher.model.known import Plan
from watcher.model.standing import RootStatus
from watcher.store.database import Database
from watcher.store.roots import Roots


def test_a_root_is_remembered_from_first_sight(database: Database) -> None:
    seen = Roots(database).see(ROOT, AT)
    assert seen == RootStatus(
        path=ROOT,
        state=RootState.OK,
        detail=None,
        first_seen_at=AT,
        baselined_at=None,
        last_scan_at=None,
    )
    assert Roots(database).see(ROOT, AT + MINUTE) == seen
    assert Roots(database).all() == (seen,)


def test_a_root_is_baselined_once(database: Database) -> None:
    Roots(database).see(ROOT, AT)
    Roots(database).finish_baseline(ROOT, AT + MINUTE)
    Roots(database).finish_baseline(ROOT, AT + 2 * MINUTE)
    assert Roots(database).see(ROOT, AT).baselined_at == AT + MINUTE


def test_scans_and_states_are_noted_of_that_root_alone(database: Database) -> None:
    roots = Roots(database)
    for path in (ROOT, "/caf\udce9"):
        roots.see(path, AT)
    roots.scanned(ROOT, AT + MINUTE, began=AT, rules="r")
    roots.set_state(ROOT, RootState.SUSPICIOUS, "37 of 40 seeds vanished")
    first, second = roots.all()
    assert (first.last_scan_at, first.state) == (AT + MINUTE, RootState.SUSPICIOUS)
    assert first.detail == "37 of 40 seeds vanished"
    assert (second.path, second.last_scan_at, second.state) == ("/caf\udce9", None, RootState.OK)
    roots.set_state(ROOT, RootState.OK)
    assert roots.all()[0].detail is None


def test_a_root_counts_its_own_files(database: Database) -> None:
    write_new(database, 1, 2, 3)
    plan = Plan(
        files=(
            file_write(2, state=FileState.MISSING),
            file_write(3, problem=UNUSABLE),
        )
    )
    write(database, plan)
    Roots(database).see("/empty", AT)
    counts = [(r.path, r.present, r.missing, r.quarantined) for r in Roots(database).all()]
    assert counts == [(ROOT, 2, 1, 1), ("/empty", 0, 0, 0)]


def test_a_root_that_was_never_seen_cannot_be_written(database: Database) -> None:
    with pytest.raises(UsageError, match="/nowhere"):
        Roots(database).scanned("/nowhere", AT, began=AT, rules="r")
