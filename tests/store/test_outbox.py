"""Endpoints, leases, frozen deliveries and attempts."""

import inspect
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from tests.store.owing import (
    SLACK,
    Lease,
    LeaseLost,
    Next,
    attempt_once,
    begin_attempt,
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
    waiting,
)
from tests.store.plans import AT, MINUTE, article_write, content, new_plan, write
from watcher.errors import StoreError, UsageError
from watcher.model.delivery import Attempt, Delivery, Outcome
from watcher.model.kinds import DeliveryState, EndpointState
from watcher.model.known import Plan
from watcher.notify.outbox import Outbox as Protocol
from watcher.store.catalogue import Catalogue
from watcher.store.database import Database
from watcher.store.lists import Lists, Wanted
from watcher.store.outbox import Outbox

HOUR = 60 * MINUTE


@pytest.fixture
def outbox(database: Database) -> Outbox:
    found = Outbox(database)
    found.sync({SLACK: True})
    return found


# ---------------------------------------------------------------- the protocol


def test_it_is_the_outbox_that_notify_asks_for(outbox: Outbox) -> None:
    asked: Protocol = outbox
    for name, method in inspect.getmembers(Protocol, inspect.isfunction):
        if not name.startswith("_"):
            found = inspect.signature(getattr(type(asked), name))
            assert found.parameters.keys() == inspect.signature(method).parameters.keys(), name


# ---------------------------------------------------------------- late workers


def a_try(delivery: str = "msg_1", number: int = 1) -> Attempt:
    return Attempt(delivery=delivery, number=number, at=AT, outcome=Outcome.SENT)


FENCED: list[Callable[[Outbox, Lease], object]] = [
    waiting,
    lambda outbox, lease: freeze(outbox, lease, promise(2), expires_at=AT + HOUR),
    lambda outbox, lease: begin_attempt(outbox, lease, "msg_1", at=AT, expires_at=AT + HOUR),
    lambda outbox, lease: postpone(outbox, lease, until=AT + HOUR),
    lambda outbox, lease: finish_attempt(
        outbox,
        lease,
        a_try(),
        state=DeliveryState.SENT,
        next_attempt_at=None,
        consecutive_failures=0,
        disabled_reason="late",
    ),
]


@pytest.mark.parametrize("call", FENCED)
@pytest.mark.parametrize("how", ["taken over", "given back"])
def test_a_late_worker_writes_nothing(
    database: Database, call: Callable[[Outbox, Lease], object], how: str
) -> None:
    late = owe(database, 1, 2)
    outbox = Outbox(database)
    store_untried(outbox, late, promise(1))
    begin_attempt(outbox, late, "msg_1", at=AT, expires_at=AT + MINUTE)
    if how == "given back":
        release_lease(outbox, late)
    else:
        take(outbox, "b", now=AT + HOUR)
    before = (outbox.statuses(), Catalogue(database).deliveries(limit=10))
    with pytest.raises(LeaseLost, match=SLACK):
        call(outbox, late)
    assert (outbox.statuses(), Catalogue(database).deliveries(limit=10)) == before
    (attempt,) = Catalogue(database).attempts("msg_1")
    assert attempt.outcome is Outcome.UNKNOWN


# ---------------------------------------------------------------- owed and frozen


def test_what_is_due_comes_in_the_order_of_changes(database: Database, outbox: Outbox) -> None:
    owe_only(database, 1, due_at=AT + MINUTE)
    owe_only(database, 2, 3)
    owe_only(database, 4, due_at=AT + HOUR)
    lease = take(outbox)
    later = AT + MINUTE
    assert waiting(outbox, lease, now=later, limit=2) == Next(due=3, sequences=(1, 2))
    assert waiting(outbox, lease) == Next(due=2, sequences=(2, 3))
    assert waiting(outbox, lease, now=AT - MINUTE) == Next()


def test_what_is_owed_to_others_is_not_due(database: Database, outbox: Outbox) -> None:
    outbox.sync({SLACK: True, "hook": True})
    owe_only(database, 1, endpoint="hook")
    assert waiting(outbox, take(outbox)) == Next()


def test_a_frozen_delivery_is_kept_to_the_byte(database: Database) -> None:
    lease = owe(database, 1, 2, 3)
    outbox = Outbox(database)
    frozen = promise(1, 2, body=b"\x00\xff\xf0\x9f\x91\x8d not text", content_type="text/plain")
    store_untried(outbox, lease, frozen)
    assert waiting(outbox, lease).head == frozen
    assert (endpoint_status(outbox).owed, endpoint_status(outbox).pending) == (1, 1)


def test_a_delivery_of_nothing_may_be_frozen_and_goes_first(database: Database) -> None:
    lease = owe(database, 1)
    outbox = Outbox(database)
    store_untried(outbox, lease, promise(1))
    alert = promise(created_at=AT + HOUR)
    store_untried(outbox, lease, alert)
    assert waiting(outbox, lease).head == alert


def test_the_lowest_members_go_first(database: Database) -> None:
    lease = owe(database, 1, 2, 3)
    outbox = Outbox(database)
    for members in ((3,), (2, 1)):
        store_untried(outbox, lease, promise(*members))
    assert waiting(outbox, lease).head == promise(2, 1)
    attempt_once(outbox, lease, "msg_2", Outcome.SENT, DeliveryState.SENT)
    assert waiting(outbox, lease).head == promise(3)
    attempt_once(outbox, lease, "msg_3", Outcome.REJECTED, DeliveryState.DEAD)
    assert waiting(outbox, lease).head is None


@pytest.mark.parametrize("members", [(1, 2), (3, 99), (99,)])
def test_a_change_is_told_in_one_delivery_only(
    database: Database, members: tuple[int, ...]
) -> None:
    lease = owe(database, 1, 2, 3)
    outbox = Outbox(database)
    store_untried(outbox, lease, promise(1))
    with pytest.raises(StoreError, match="not waiting to be told to slack"):
        freeze(outbox, lease, promise(*members, id="msg_again"), expires_at=AT + MINUTE)
    assert len(Catalogue(database).deliveries(limit=9)) == 1
    assert endpoint_status(outbox).owed == 2


def test_a_large_delivery_marks_all_its_members(database: Database) -> None:
    numbers = range(1, 1202)
    lease = owe(database, *numbers)
    outbox = Outbox(database)
    store_untried(outbox, lease, promise(*numbers))
    assert endpoint_status(outbox).owed == 0


def test_a_disabled_endpoint_has_nothing_more_to_send(database: Database) -> None:
    lease = owe(database, 1, 2)
    outbox = Outbox(database)
    store_untried(outbox, lease, promise(1))
    begin_attempt(outbox, lease, "msg_1", at=AT, expires_at=AT + MINUTE)
    outbox.set_enabled(SLACK, enabled=False, reason="operator")
    assert waiting(outbox, lease) == Next()
    finish_attempt(
        outbox,
        lease,
        a_try(),
        state=DeliveryState.SENT,
        next_attempt_at=None,
        consecutive_failures=0,
    )
    found = endpoint_status(outbox)
    assert (found.state, found.disabled_reason) == (EndpointState.DISABLED, "operator")
    assert (found.pending, found.last_success_at) == (0, AT)


def test_changes_come_with_present_content(database: Database, outbox: Outbox) -> None:
    write(database, new_plan(1, 2, 3))
    revised = article_write(2, is_new=False, revised=True, content=content(2, title="Now"))
    write(database, Plan(articles=(revised,)))
    found = outbox.changes([3, 2, 99])
    assert [(c.sequence, c.article.content.title) for c in found] == [(2, "Now"), (3, "Article 3")]


# ---------------------------------------------------------------- attempts


def test_a_delivery_is_frozen_with_its_first_attempt_begun(database: Database) -> None:
    lease = owe(database, 1, 2)
    outbox = Outbox(database)
    freeze(outbox, lease, promise(1), expires_at=AT + HOUR)
    begun = replace(promise(1), attempts=1, first_attempt_at=AT)
    assert waiting(outbox, lease) == Next(head=begun, interrupted=1)
    assert endpoint_status(outbox).lease_expires_at == AT + HOUR
    finish_attempt(
        outbox,
        lease,
        a_try(),
        state=DeliveryState.SENT,
        next_attempt_at=None,
        consecutive_failures=0,
    )
    assert waiting(outbox, lease) == Next(due=1, sequences=(2,))


def test_attempts_are_counted_and_extend_the_lease(database: Database) -> None:
    lease = owe(database, 1)
    outbox = Outbox(database)
    store_untried(outbox, lease, promise(1))
    assert waiting(outbox, lease).interrupted is None
    assert begin_attempt(outbox, lease, "msg_1", at=AT + MINUTE, expires_at=AT + HOUR) == 1
    assert endpoint_status(outbox).lease_expires_at == AT + HOUR
    assert waiting(outbox, lease).interrupted == 1
    attempt = replace(a_try(), outcome=Outcome.UNKNOWN, status=None, error="reset 👍")
    finish_attempt(
        outbox,
        lease,
        attempt,
        state=DeliveryState.PENDING,
        next_attempt_at=AT + HOUR,
        consecutive_failures=1,
    )
    assert waiting(outbox, lease).interrupted is None
    assert begin_attempt(outbox, lease, "msg_1", at=AT + HOUR, expires_at=AT + HOUR) == 2
    head = waiting(outbox, lease).head
    assert head is not None
    assert (head.attempts, head.first_attempt_at) == (2, AT + MINUTE)
    assert endpoint_status(outbox).last_error == "reset 👍"
    taken = take(outbox, "b", now=AT + 2 * HOUR)
    assert (taken.consecutive_failures, taken.next_attempt_at) == (1, AT + HOUR)


def test_an_answer_without_a_word_is_still_an_error(database: Database) -> None:
    lease = owe(database, 1)
    outbox = Outbox(database)
    store_untried(outbox, lease, promise(1))
    number = begin_attempt(outbox, lease, "msg_1", at=AT, expires_at=AT + MINUTE)
    attempt = replace(a_try(number=number), outcome=Outcome.FAILED, status=500, retry_after=1.5)
    finish_attempt(
        outbox,
        lease,
        attempt,
        state=DeliveryState.PENDING,
        next_attempt_at=None,
        consecutive_failures=1,
    )
    assert endpoint_status(outbox).last_error == "HTTP status 500"
    (stored,) = Catalogue(database).attempts("msg_1")
    assert (stored.status, stored.retry_after, stored.error) == (500, 1.5, None)


# ---------------------------------------------------------------- trying again


@pytest.fixture
def stuck(database: Database) -> Outbox:
    """One delivery of each state but pending, in the endpoint slack; a dead one in hook."""
    outbox = Outbox(database)
    outbox.sync({SLACK: True, "hook": True})
    owe_only(database, 1, 2, 3)
    owe_only(database, 4, endpoint="hook")
    slack, hook = take(outbox), take(outbox, endpoint="hook")
    for lease, number, outcome, state in (
        (slack, 1, Outcome.REJECTED, DeliveryState.DEAD),
        (slack, 2, Outcome.UNKNOWN, DeliveryState.HELD),
        (slack, 3, Outcome.SENT, DeliveryState.SENT),
        (hook, 4, Outcome.REJECTED, DeliveryState.DEAD),
    ):
        store_untried(outbox, lease, promise(number, endpoint=lease.endpoint))
        attempt_once(outbox, lease, f"msg_{number}", outcome, state)
    return outbox


def pending(database: Database) -> list[Delivery]:
    found = Lists(database).deliveries(Wanted(limit=9, states=(DeliveryState.PENDING,)))
    return sorted(found, key=lambda delivery: delivery.id)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"ids": ["msg_1"]}, ["msg_1"]),
        ({"ids": ["msg_1", "msg_2", "msg_3", "msg_1"]}, ["msg_1", "msg_2"]),
        ({"endpoint": SLACK}, ["msg_1", "msg_2"]),
        ({"endpoint": SLACK, "dead": True}, ["msg_1"]),
        ({"dead": True}, ["msg_1", "msg_4"]),
        ({}, ["msg_1", "msg_2", "msg_4"]),
        ({"ids": ["msg_3"]}, []),
    ],
)
def test_dead_and_held_deliveries_are_tried_again(
    database: Database, stuck: Outbox, asked: dict[str, Any], expected: list[str]
) -> None:
    assert stuck.retry(**asked) == len(expected)
    found = pending(database)
    assert [delivery.id for delivery in found] == expected
    assert {(d.attempts, d.first_attempt_at) for d in found} <= {(0, None)}


def test_a_retried_delivery_is_the_same_one_and_its_attempts_go_on(
    database: Database, stuck: Outbox
) -> None:
    stuck.retry(["msg_1"])
    lease = take(stuck, now=AT + HOUR)
    assert waiting(stuck, lease).head == promise(1)
    assert begin_attempt(stuck, lease, "msg_1", at=AT + HOUR, expires_at=AT + HOUR) == 2
    head = waiting(stuck, lease).head
    assert head is not None
    assert (head.attempts, head.first_attempt_at) == (1, AT + HOUR)


def test_what_is_not_there_cannot_be_tried_again(database: Database, stuck: Outbox) -> None:
    with pytest.raises(UsageError, match="no delivery msg_7, msg_8"):
        stuck.retry(["msg_1", "msg_8", "msg_7"])
    with pytest.raises(UsageError, match="no endpoint slak"):
        stuck.retry(endpoint="slak")
    assert pending(database) == []


def test_the_backlog_is_counted_by_state(stuck: Outbox) -> None:
    found = endpoint_status(stuck)
    assert (found.owed, found.pending, found.held, found.dead) == (0, 0, 1, 1)
    assert found.oldest_due_at is None


@pytest.mark.parametrize(
    ("chosen", "count"),
    [
        ({"since": AT}, 1),
        ({"until": AT}, 1),
        ({"since": AT - MINUTE, "until": AT + MINUTE}, 2),
        ({"since": AT + MINUTE}, 0),
        ({"endpoint": SLACK, "until": AT}, 1),
        ({"ids": ["msg_1"], "until": AT}, 0),
    ],
)
def test_dead_letters_of_a_range_of_time_are_sent_again(
    database: Database, chosen: dict[str, Any], count: int
) -> None:
    outbox, lease = Outbox(database), owe(database, 1, 2)
    for number, at in ((1, AT), (2, AT - MINUTE)):
        store_untried(outbox, lease, promise(number, created_at=at))
        attempt_once(outbox, lease, f"msg_{number}", Outcome.REJECTED, DeliveryState.DEAD)
    assert outbox.retry(**chosen) == count
    assert endpoint_status(outbox).pending == count


@pytest.mark.parametrize(("failures", "due_at"), [(1, AT), (0, AT + MINUTE)])
def test_a_retry_ends_the_wait_for_what_failed_but_not_that_of_the_rate(
    database: Database, failures: int, due_at: datetime
) -> None:
    outbox, lease = Outbox(database), owe(database, 1)
    store_untried(outbox, lease, promise(1))
    health = {"next_attempt_at": AT + MINUTE, "consecutive_failures": failures}
    attempt_once(outbox, lease, "msg_1", Outcome.FAILED, DeliveryState.DEAD, **health)
    assert outbox.retry(endpoint=SLACK) == 1
    assert outbox.next_due() == {SLACK: due_at}
