"""Endpoints: the config's names, when each has something to do, and who holds whose lease."""

from typing import Any

import pytest

from tests.store.owing import (
    SLACK,
    LeaseLost,
    attempt_once,
    endpoint_status,
    finish_attempt,
    freeze,
    owe,
    owe_only,
    postpone,
    promise,
    release_lease,
    store_untried,
    take,
    take_lease,
    waiting,
)
from tests.store.plans import AT, MINUTE
from watcher.errors import UsageError
from watcher.model.delivery import Attempt, Outcome
from watcher.model.kinds import DeliveryState, EndpointState
from watcher.store.database import Database
from watcher.store.outbox import Outbox

HOUR = 60 * MINUTE


@pytest.fixture
def outbox(database: Database) -> Outbox:
    found = Outbox(database)
    found.sync({SLACK: True})
    return found


# ---------------------------------------------------------------- the config


def test_names_follow_the_config(outbox: Outbox) -> None:
    outbox.sync({SLACK: True, "hook": False})
    assert [(s.name, s.state, s.disabled_reason) for s in outbox.statuses()] == [
        ("hook", EndpointState.DISABLED, "config"),
        (SLACK, EndpointState.ENABLED, None),
    ]
    outbox.sync({SLACK: True, "hook": True})
    assert endpoint_status(outbox, "hook").state is EndpointState.ENABLED
    assert endpoint_status(outbox, "hook").disabled_reason is None


def test_the_config_enables_only_what_it_disabled(outbox: Outbox) -> None:
    outbox.set_enabled(SLACK, enabled=False, reason="410 Gone")
    for enabled in (True, False, True):
        outbox.sync({SLACK: enabled})
        found = endpoint_status(outbox)
        assert (found.state, found.disabled_reason) == (EndpointState.DISABLED, "410 Gone")


def test_a_name_that_left_the_config_rests_with_its_backlog(database: Database) -> None:
    owe(database, 1)
    outbox = Outbox(database)
    outbox.sync({"hook": True})
    found = endpoint_status(outbox)
    assert (found.state, found.owed) == (EndpointState.DISABLED, 1)
    assert found.disabled_reason == "not in the config"
    assert outbox.next_due() == {}
    assert take_lease(outbox, SLACK, owner="b", now=AT + HOUR, expires_at=AT + HOUR) is None
    outbox.sync({SLACK: True})
    assert [s.name for s in outbox.statuses()] == [SLACK]
    assert outbox.next_due() == {SLACK: AT}


def test_enabling_ends_the_wait(database: Database) -> None:
    lease = owe(database, 1)
    outbox = Outbox(database)
    store_untried(outbox, lease, promise(1))
    gone = {"disabled_reason": "gone", "next_attempt_at": AT + HOUR, "consecutive_failures": 4}
    attempt_once(outbox, lease, "msg_1", Outcome.GONE, DeliveryState.PENDING, **gone)
    assert outbox.next_due() == {}
    found = endpoint_status(outbox)
    assert (found.state, found.disabled_reason) == (EndpointState.DISABLED, "gone")
    assert (found.pending, found.last_error) == (1, "no luck")
    outbox.set_enabled(SLACK, enabled=True)
    assert outbox.next_due() == {SLACK: AT}
    assert endpoint_status(outbox).consecutive_failures == 0


def test_an_unknown_endpoint_is_named_with_those_that_are_known(outbox: Outbox) -> None:
    with pytest.raises(UsageError, match="no endpoint slak; there is: slack"):
        outbox.set_enabled("slak", enabled=True)


# ---------------------------------------------------------------- when


def test_nothing_is_due_where_nothing_waits(outbox: Outbox) -> None:
    assert outbox.next_due() == {}


def test_the_earliest_owed_item_says_when(database: Database, outbox: Outbox) -> None:
    owe_only(database, 1, due_at=AT + 2 * MINUTE)
    owe_only(database, 2, due_at=AT + MINUTE)
    assert outbox.next_due() == {SLACK: AT + MINUTE}


def test_a_pending_delivery_is_due_at_once_but_for_the_wait(database: Database) -> None:
    lease = owe(database, 1, 2)
    outbox = Outbox(database)
    store_untried(outbox, lease, promise(1))
    assert outbox.next_due() == {SLACK: AT}
    throttled = {"next_attempt_at": AT + HOUR, "consecutive_failures": 1}
    attempt_once(outbox, lease, "msg_1", Outcome.THROTTLED, DeliveryState.PENDING, **throttled)
    assert outbox.next_due() == {SLACK: AT + HOUR}
    assert endpoint_status(outbox).next_attempt_at == AT + HOUR
    attempt_once(outbox, lease, "msg_1", Outcome.SENT, DeliveryState.SENT)
    found = endpoint_status(outbox)
    assert (found.last_success_at, found.last_error, found.consecutive_failures) == (AT, None, 0)
    assert outbox.next_due() == {SLACK: AT}


def test_a_next_attempt_is_shown_only_where_there_is_something_to_send(database: Database) -> None:
    lease = owe(database, 1)
    outbox = Outbox(database)
    postpone(outbox, lease, until=AT + HOUR)
    assert endpoint_status(outbox).next_attempt_at == AT + HOUR
    outbox.set_enabled(SLACK, enabled=False, reason="gone")
    assert endpoint_status(outbox).next_attempt_at is None
    outbox.set_enabled(SLACK, enabled=True)
    freeze(outbox, lease, promise(1), expires_at=AT + HOUR)
    done: dict[str, Any] = {"next_attempt_at": AT + MINUTE, "consecutive_failures": 0}
    attempt = Attempt(delivery="msg_1", number=1, at=AT, outcome=Outcome.SENT)
    finish_attempt(outbox, lease, attempt, state=DeliveryState.SENT, **done)
    assert endpoint_status(outbox).next_attempt_at is None, "the rate's gap is no attempt"


def test_a_postponed_endpoint_waits(database: Database) -> None:
    lease = owe(database, 1)
    outbox = Outbox(database)
    postpone(outbox, lease, until=AT + HOUR)
    assert outbox.next_due() == {SLACK: AT + HOUR}


# ---------------------------------------------------------------- leases


def test_one_worker_has_the_lease_until_it_gives_it_back(outbox: Outbox) -> None:
    lease = take(outbox, "a")
    assert (lease.token, lease.expires_at) == (1, AT + MINUTE)
    assert (endpoint_status(outbox).lease_owner, endpoint_status(outbox).lease_expires_at) == (
        "a",
        AT + MINUTE,
    )
    assert take_lease(outbox, SLACK, owner="b", now=AT, expires_at=AT + MINUTE) is None
    release_lease(outbox, lease)
    assert take(outbox, "b").token == 2
    release_lease(outbox, lease)
    assert endpoint_status(outbox).lease_owner == "b"


def test_a_worker_that_died_loses_the_lease_in_time(outbox: Outbox) -> None:
    take(outbox, "a")
    early = AT + MINUTE - MINUTE / 60
    assert take_lease(outbox, SLACK, owner="b", now=early, expires_at=AT + HOUR) is None
    assert take(outbox, "b", now=AT + MINUTE).token == 2


def test_the_lease_of_an_owner_known_to_be_dead_is_free_at_once(database: Database) -> None:
    outbox = Outbox(database, is_dead=lambda owner: owner == "dead")
    outbox.sync({SLACK: True})
    late = take(outbox, "dead")
    lease = take(outbox, "b")
    assert lease.token > late.token
    with pytest.raises(LeaseLost):
        waiting(outbox, late)
    assert take_lease(outbox, SLACK, owner="c", now=AT, expires_at=AT + MINUTE) is None


def test_a_disabled_or_unknown_endpoint_has_no_lease(outbox: Outbox) -> None:
    assert take_lease(outbox, "hook", owner="a", now=AT, expires_at=AT + MINUTE) is None
    outbox.set_enabled(SLACK, enabled=False, reason="operator")
    assert take_lease(outbox, SLACK, owner="a", now=AT, expires_at=AT + MINUTE) is None


def test_leases_of_a_dead_process_are_cleared(outbox: Outbox) -> None:
    old = take(outbox, "a")
    outbox.clear_leases()
    with pytest.raises(LeaseLost):
        waiting(outbox, old)
    assert take(outbox, "b").token == 2


# ---------------------------------------------------------------- the clock


def test_what_waits_waits_no_longer_when_the_clock_is_set_back(database: Database) -> None:
    lease = owe(database, 1)
    outbox = Outbox(database)
    postpone(outbox, lease, until=AT + MINUTE)
    owe_only(database, 2, due_at=AT - MINUTE)
    owe_only(database, 3, due_at=AT + HOUR)
    now = AT - HOUR
    outbox.follow_clock_back(HOUR, now)
    assert outbox.next_due() == {SLACK: now + MINUTE}
    assert endpoint_status(outbox).lease_expires_at == now + MINUTE
    assert waiting(outbox, lease, now=now).due == 2
    assert waiting(outbox, lease, now=AT + HOUR).due == 3
