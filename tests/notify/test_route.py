"""Who is owed what, when, and why not."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.notify.making import NOW, make_change, make_endpoint
from watcher.model.article import Change
from watcher.model.delivery import Owed
from watcher.model.kinds import ChangeKind
from watcher.notify.route import route_changes, why_not


def owed(changes: list[Change], *, announce_baseline: bool = False, **keys: Any) -> list[int]:
    found = route_changes(
        changes, [make_endpoint(**keys)], now=NOW, announce_baseline=announce_baseline
    )
    return [item.sequence for item in found]


def reason(change: Change, *, announce_baseline: bool = False, **keys: Any) -> str | None:
    return why_not(change, make_endpoint(**keys), now=NOW, announce_baseline=announce_baseline)


def test_new_articles_are_owed_at_once_by_default() -> None:
    changes = [make_change(1), make_change(2, kind=ChangeKind.UPDATED)]
    endpoints = [make_endpoint(name="a"), make_endpoint(name="b", on=["new", "updated"])]
    assert route_changes(changes, endpoints, now=NOW, announce_baseline=False) == [
        Owed(endpoint="a", sequence=1, due_at=NOW),
        Owed(endpoint="b", sequence=1, due_at=NOW),
        Owed(endpoint="b", sequence=2, due_at=NOW),
    ]


def test_a_kind_that_is_not_asked_for() -> None:
    change = make_change(kind=ChangeKind.REMOVED)
    assert reason(change, on=["new", "updated"]) == "on: removed is none of new, updated"
    assert owed([change]) == []


def test_a_mismatch_is_said_in_words() -> None:
    match = {"topics": ["Sport", "Cars"]}
    assert reason(make_change(), match=match) == "match: topics: none of Sport, Cars"
    assert owed([make_change()], match=match) == []
    assert owed([make_change()], match={"topics": ["ai"]}) == [1]


def test_the_age_is_seen_from_now() -> None:
    old = make_change(published_at=datetime(2024, 5, 1, tzinfo=UTC))
    assert owed([old], match={"max_age": "1w"}) == [1]
    assert owed([old], match={"max_age": "1d"}) == []


def test_the_baseline_is_announced_only_on_demand() -> None:
    change = make_change(baseline=True)
    assert reason(change) == "first_run: it was there when the folder was first seen"
    assert owed([change]) == []
    assert owed([change], announce_baseline=True) == [1]
    assert owed([change], first_run="announce") == [1]


def test_a_disabled_endpoint_is_owed_its_backlog() -> None:
    assert owed([make_change()], enabled=False) == [1]


@pytest.mark.parametrize(
    ("keys", "at", "due"),
    [
        ({}, "12:00", "12:00"),
        ({"schedule": "every 15m"}, "12:01", "12:15"),
        ({"schedule": "0 18 * * *"}, "12:01", "18:00"),
        ({"schedule": "0 18 * * *", "timezone": "Europe/Berlin"}, "12:01", "16:00"),
        ({"quiet_hours": "11:30-13:00"}, "12:01", "13:00"),
        ({"quiet_hours": "11:30-13:00"}, "13:00", "13:00"),
        ({"quiet_hours": "13:30-15:00", "timezone": "Europe/Berlin"}, "12:01", "13:00"),
        ({"schedule": "every 15m", "quiet_hours": "12:10-14:00"}, "12:01", "14:00"),
        ({"schedule": "0 13 * * *", "quiet_hours": "12:30-14:05"}, "12:01", "14:05"),
    ],
)
def test_when_it_is_due(keys: dict[str, Any], at: str, due: str) -> None:
    change = make_change(at=datetime.fromisoformat(f"2024-05-06T{at}Z"))
    [item] = route_changes([change], [make_endpoint(**keys)], now=NOW, announce_baseline=False)
    assert item.due_at == datetime.fromisoformat(f"2024-05-06T{due}Z")
