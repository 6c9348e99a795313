"""Endpoints, leases, frozen deliveries and attempts."""

import inspect
import multiprocessing
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.store.owing import SLACK, attempt_once, owe, owe_only, promise, take
from tests.store.plans import AT, MINUTE, article_write, content, new_plan, write
from watcher.errors import LeaseLost, StoreError, UsageError
from watcher.model import (
    Attempt,
    Delivery,
    DeliveryState,
    EndpointState,
    Lease,
    Outcome,
    Owed,
    Plan,
)
from watcher.notify.outbox import Outbox as Protocol
from watcher.store import Catalogue, Database, Outbox

SPAWN = multiprocessing.get_context("spawn")
HOUR = 60 * MINUTE


@pytest.fixture
def outbox(database: Database) -> Outbox:
    found = Outbox(database)
    found.sync({SLACK: True})
    return found


def status(outbox: Outbox, name: str = SLACK) -> Any:
    return next(each for each in outbox.statuses() if each.name == name)


# ---------------------------------------------------------------- the protocol


def test_it_is_the_outbox_that_notify_asks_for(outbox: Outbox) -> None:
    asked: Protocol = outbox
    for name, method in inspect.getmembers(Protocol, inspect.isfunction):
        if not name.startswith("_"):
            found = inspect.signature(getattr(type(asked), name))
            assert found.parameters.keys() == inspect.signature(method).parameters.keys(), name


# ---------------------------------------------------------------- the config


def test_names_follow_the_config(outbox: Outbox) -> None:
    outbox.sync({SLACK: True, "hook": False})
    assert [(s.name, s.state, s.disabled_reason) for s in outbox.statuses()] == [
        ("hook", EndpointState.DISABLED, "config"),
        (SLACK, EndpointState.ENABLED, None),
    ]
    outbox.sync({SLACK: True, "hook": True})
    assert status(outbox, "hook").state is EndpointState.ENABLED
    assert status(outbox, "hook").disabled_reason is None


def test_the_config_enables_only_what_it_disabled(outbox: Outbox) -> None:
    outbox.set_enabled(SLACK, enabled=False, reason="410 Gone")
    for enabled in (True, False, True):
        outbox.sync({SLACK: enabled})
        found = status(outbox)
        assert (found.state, found.disabled_reason) == (EndpointState.DISABLED, "410 Gone")


def test_a_name_that_left_the_config_rests_with_its_backlog(database: Database) -> None:
    owe(database, 1)
    outbox = Outbox(database)
    outbox.sync({"hook": True})
    found = status(outbox)
    assert (found.state, found.owed) == (EndpointState.DISABLED, 1)
    assert found.disabled_reason == "not in the config"
    assert outbox.next_due() == {}
    assert outbox.take_lease(SLACK, owner="b", now=AT + HOUR, expires_at=AT + HOUR) is None
    outbox.sync({SLACK: True})
    assert [s.name for s in outbox.statuses()] == [SLACK]
    assert outbox.next_due() == {SLACK: AT}


def test_enabling_ends_the_wait(database: Database) -> None:
    lease = owe(database, 1)
    outbox = Outbox(database)
    outbox.freeze(lease, promise(1))
    gone = {"disabled_reason": "gone", "next_attempt_at": AT + HOUR, "consecutive_failures": 4}
    attempt_once(outbox, lease, "msg_1", Outcome.GONE, DeliveryState.PENDING, **gone)
    assert outbox.next_due() == {}
    found = status(outbox)
    assert (found.state, found.disabled_reason) == (EndpointState.DISABLED, "gone")
    assert (found.pending, found.last_error) == (1, "no luck")
    outbox.set_enabled(SLACK, enabled=True)
    assert outbox.next_due() == {SLACK: AT}
    assert status(outbox).consecutive_failures == 0


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
    outbox.freeze(lease, promise(1))
    assert outbox.next_due() == {SLACK: AT}
    throttled = {"next_attempt_at": AT + HOUR, "consecutive_failures": 1}
    attempt_once(outbox, lease, "msg_1", Outcome.THROTTLED, DeliveryState.PENDING, **throttled)
    assert outbox.next_due() == {SLACK: AT + HOUR}
    assert status(outbox).next_attempt_at == AT + HOUR
    attempt_once(outbox, lease, "msg_1", Outcome.SENT, DeliveryState.SENT)
    found = status(outbox)
    assert (found.last_success_at, found.last_error, found.consecutive_failures) == (AT, None, 0)
    assert outbox.next_due() == {SLACK: AT}


def test_a_postponed_endpoint_waits(database: Database) -> None:
    lease = owe(database, 1)
    outbox = Outbox(database)
    outbox.postpone(lease, until=AT + HOUR)
    assert outbox.next_due() == {SLACK: AT + HOUR}


# ---------------------------------------------------------------- leases


def test_one_worker_has_the_lease_until_it_gives_it_back(outbox: Outbox) -> None:
    lease = take(outbox, "a")
    assert (lease.token, lease.expires_at) == (1, AT + MINUTE)
    assert (status(outbox).lease_owner, status(outbox).lease_expires_at) == ("a", AT + MINUTE)
    assert outbox.take_lease(SLACK, owner="b", now=AT, expires_at=AT + MINUTE) is None
    outbox.release_lease(lease)
    assert take(outbox, "b").token == 2
    outbox.release_lease(lease)
    assert status(outbox).lease_owner == "b"


def test_a_worker_that_died_loses_the_lease_in_time(outbox: Outbox) -> None:
    take(outbox, "a")
    early = AT + MINUTE - MINUTE / 60
    assert outbox.take_lease(SLACK, owner="b", now=early, expires_at=AT + HOUR) is None
    assert take(outbox, "b", now=AT + MINUTE).token == 2


def test_a_disabled_or_unknown_endpoint_has_no_lease(outbox: Outbox) -> None:
    assert outbox.take_lease("hook", owner="a", now=AT, expires_at=AT + MINUTE) is None
    outbox.set_enabled(SLACK, enabled=False, reason="operator")
    assert outbox.take_lease(SLACK, owner="a", now=AT, expires_at=AT + MINUTE) is None


def test_leases_of_a_dead_process_are_cleared(outbox: Outbox) -> None:
    old = take(outbox, "a")
    outbox.clear_leases()
    with pytest.raises(LeaseLost):
        outbox.head(old)
    assert take(outbox, "b").token == 2


def a_try(delivery: str = "msg_1", number: int = 1) -> Attempt:
    return Attempt(delivery=delivery, number=number, at=AT, outcome=Outcome.SENT)


FENCED: list[Callable[[Outbox, Lease], object]] = [
    lambda outbox, lease: outbox.head(lease),
    lambda outbox, lease: outbox.due(lease, now=AT, limit=10),
    lambda outbox, lease: outbox.count_due(lease, now=AT),
    lambda outbox, lease: outbox.freeze(lease, promise(2)),
    lambda outbox, lease: outbox.begin_attempt(lease, "msg_1", at=AT, expires_at=AT + HOUR),
    lambda outbox, lease: outbox.unfinished_attempt(lease, "msg_1"),
    lambda outbox, lease: outbox.postpone(lease, until=AT + HOUR),
    lambda outbox, lease: outbox.finish_attempt(
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
    outbox.freeze(late, promise(1))
    outbox.begin_attempt(late, "msg_1", at=AT, expires_at=AT + MINUTE)
    if how == "given back":
        outbox.release_lease(late)
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
    due = outbox.due(lease, now=AT + MINUTE, limit=2)
    assert due == [
        Owed(endpoint=SLACK, sequence=1, due_at=AT + MINUTE),
        Owed(endpoint=SLACK, sequence=2, due_at=AT),
    ]
    assert outbox.count_due(lease, now=AT + MINUTE) == 3
    assert outbox.count_due(lease, now=AT) == 2
    assert outbox.due(lease, now=AT - MINUTE, limit=9) == []


def test_what_is_owed_to_others_is_not_due(database: Database, outbox: Outbox) -> None:
    outbox.sync({SLACK: True, "hook": True})
    owe_only(database, 1, endpoint="hook")
    assert outbox.due(take(outbox), now=AT, limit=9) == []


def test_a_frozen_delivery_is_kept_to_the_byte(database: Database) -> None:
    lease = owe(database, 1, 2, 3)
    outbox = Outbox(database)
    frozen = promise(1, 2, body=b"\x00\xff\xf0\x9f\x91\x8d not text", content_type="text/plain")
    outbox.freeze(lease, frozen)
    assert outbox.head(lease) == frozen
    assert [item.sequence for item in outbox.due(lease, now=AT, limit=9)] == [3]
    assert outbox.count_due(lease, now=AT) == 1
    assert (status(outbox).owed, status(outbox).pending) == (1, 1)


def test_a_delivery_of_nothing_may_be_frozen_and_goes_first(database: Database) -> None:
    lease = owe(database, 1)
    outbox = Outbox(database)
    outbox.freeze(lease, promise(1))
    alert = promise(created_at=AT + HOUR)
    outbox.freeze(lease, alert)
    assert outbox.head(lease) == alert


def test_the_lowest_members_go_first(database: Database) -> None:
    lease = owe(database, 1, 2, 3)
    outbox = Outbox(database)
    for members in ((3,), (2, 1)):
        outbox.freeze(lease, promise(*members))
    assert outbox.head(lease) == promise(2, 1)
    attempt_once(outbox, lease, "msg_2", Outcome.SENT, DeliveryState.SENT)
    assert outbox.head(lease) == promise(3)
    attempt_once(outbox, lease, "msg_3", Outcome.REJECTED, DeliveryState.DEAD)
    assert outbox.head(lease) is None


@pytest.mark.parametrize("members", [(1, 2), (3, 99), (99,)])
def test_a_change_is_told_in_one_delivery_only(
    database: Database, members: tuple[int, ...]
) -> None:
    lease = owe(database, 1, 2, 3)
    outbox = Outbox(database)
    outbox.freeze(lease, promise(1))
    with pytest.raises(StoreError, match="not waiting to be told to slack"):
        outbox.freeze(lease, promise(*members, id="msg_again"))
    assert len(Catalogue(database).deliveries(limit=9)) == 1
    assert [item.sequence for item in outbox.due(lease, now=AT, limit=9)] == [2, 3]


def test_a_large_delivery_marks_all_its_members(database: Database) -> None:
    numbers = range(1, 1202)
    lease = owe(database, *numbers)
    outbox = Outbox(database)
    outbox.freeze(lease, promise(*numbers))
    assert outbox.count_due(lease, now=AT) == 0


def test_a_disabled_endpoint_has_nothing_more_to_send(database: Database) -> None:
    lease = owe(database, 1, 2)
    outbox = Outbox(database)
    outbox.freeze(lease, promise(1))
    outbox.begin_attempt(lease, "msg_1", at=AT, expires_at=AT + MINUTE)
    outbox.set_enabled(SLACK, enabled=False, reason="operator")
    assert outbox.head(lease) is None
    assert outbox.due(lease, now=AT, limit=9) == []
    assert outbox.count_due(lease, now=AT) == 0
    outbox.finish_attempt(
        lease, a_try(), state=DeliveryState.SENT, next_attempt_at=None, consecutive_failures=0
    )
    found = status(outbox)
    assert (found.state, found.disabled_reason) == (EndpointState.DISABLED, "operator")
    assert (found.pending, found.last_success_at) == (0, AT)


def test_changes_come_with_present_content(database: Database, outbox: Outbox) -> None:
    write(database, new_plan(1, 2, 3))
    revised = article_write(2, is_new=False, revised=True, content=content(2, title="Now"))
    write(database, Plan(articles=(revised,)))
    found = outbox.changes([3, 2, 99])
    assert [(c.sequence, c.article.content.title) for c in found] == [(2, "Now"), (3, "Article 3")]


# ---------------------------------------------------------------- attempts


def test_attempts_are_counted_and_extend_the_lease(database: Database) -> None:
    lease = owe(database, 1)
    outbox = Outbox(database)
    outbox.freeze(lease, promise(1))
    assert outbox.unfinished_attempt(lease, "msg_1") is None
    assert outbox.begin_attempt(lease, "msg_1", at=AT + MINUTE, expires_at=AT + HOUR) == 1
    assert status(outbox).lease_expires_at == AT + HOUR
    assert outbox.unfinished_attempt(lease, "msg_1") == 1
    attempt = replace(a_try(), outcome=Outcome.UNKNOWN, status=None, error="reset 👍")
    outbox.finish_attempt(
        lease,
        attempt,
        state=DeliveryState.PENDING,
        next_attempt_at=AT + HOUR,
        consecutive_failures=1,
    )
    assert outbox.unfinished_attempt(lease, "msg_1") is None
    assert outbox.begin_attempt(lease, "msg_1", at=AT + HOUR, expires_at=AT + HOUR) == 2
    head = outbox.head(lease)
    assert head is not None
    assert (head.attempts, head.first_attempt_at) == (2, AT + MINUTE)
    assert status(outbox).last_error == "reset 👍"
    taken = take(outbox, "b", now=AT + 2 * HOUR)
    assert (taken.consecutive_failures, taken.next_attempt_at) == (1, AT + HOUR)


def test_an_answer_without_a_word_is_still_an_error(database: Database) -> None:
    lease = owe(database, 1)
    outbox = Outbox(database)
    outbox.freeze(lease, promise(1))
    number = outbox.begin_attempt(lease, "msg_1", at=AT, expires_at=AT + MINUTE)
    attempt = replace(a_try(number=number), outcome=Outcome.FAILED, status=500, retry_after=1.5)
    outbox.finish_attempt(
        lease,
        attempt,
        state=DeliveryState.PENDING,
        next_attempt_at=None,
        consecutive_failures=1,
    )
    assert status(outbox).last_error == "HTTP status 500"
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
        outbox.freeze(lease, promise(number, endpoint=lease.endpoint))
        attempt_once(outbox, lease, f"msg_{number}", outcome, state)
    return outbox


def pending(database: Database) -> list[Delivery]:
    found = Catalogue(database).deliveries(limit=9, state=DeliveryState.PENDING)
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
    assert stuck.head(lease) == promise(1)
    assert stuck.begin_attempt(lease, "msg_1", at=AT + HOUR, expires_at=AT + HOUR) == 2
    head = stuck.head(lease)
    assert head is not None
    assert (head.attempts, head.first_attempt_at) == (1, AT + HOUR)


def test_what_is_not_there_cannot_be_tried_again(database: Database, stuck: Outbox) -> None:
    with pytest.raises(UsageError, match="no delivery msg_7, msg_8"):
        stuck.retry(["msg_1", "msg_8", "msg_7"])
    with pytest.raises(UsageError, match="no endpoint slak"):
        stuck.retry(endpoint="slak")
    assert pending(database) == []


def test_the_backlog_is_counted_by_state(stuck: Outbox) -> None:
    found = status(stuck)
    assert (found.owed, found.pending, found.held, found.dead) == (0, 0, 1, 1)
    assert found.oldest_due_at is None


# ---------------------------------------------------------------- several processes


def send_all(url: str, owner: str, barrier: Any, sent: Any) -> None:
    """A worker: take the lease, tell one change, give it back; until nothing is owed."""
    database = Database.open(url)
    outbox = Outbox(database)
    barrier.wait(30)
    while outbox.next_due():
        lease = outbox.take_lease(SLACK, owner=owner, now=AT, expires_at=AT + MINUTE)
        if lease is None:
            continue
        for item in outbox.due(lease, now=AT, limit=1):
            delivery = promise(item.sequence)
            outbox.freeze(lease, delivery)
            attempt_once(outbox, lease, delivery.id, Outcome.SENT, DeliveryState.SENT)
            sent.put((lease.token, owner, item.sequence))
        outbox.release_lease(lease)
    sent.put(None)
    database.close()


def test_two_processes_tell_everything_once_and_in_order(
    database: Database, database_url: str
) -> None:
    outbox = Outbox(database)
    outbox.sync({SLACK: True})
    owe_only(database, *range(1, 21))
    barrier, sent = SPAWN.Barrier(2), SPAWN.Queue()
    workers = [
        SPAWN.Process(target=send_all, args=(database_url, owner, barrier, sent))
        for owner in ("a", "b")
    ]
    for worker in workers:
        worker.start()
    told, ended = [], 0
    while ended < len(workers):
        one = sent.get(timeout=60)
        ended += one is None
        told += [one] if one else []
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    tokens = [token for token, _, _ in sorted(told)]
    assert len(set(tokens)) == len(tokens)
    assert [sequence for _, _, sequence in sorted(told)] == list(range(1, 21))


def grab(url: str, owner: str, barrier: Any, taken: Any) -> None:
    database = Database.open(url)
    outbox = Outbox(database)
    for _ in range(10):
        barrier.wait(30)
        lease = outbox.take_lease(SLACK, owner=owner, now=AT, expires_at=AT + MINUTE)
        taken.put(lease and lease.token)
        barrier.wait(30)
        if lease is not None:
            outbox.release_lease(lease)
        barrier.wait(30)
    database.close()


def test_of_two_processes_at_once_one_gets_the_lease(outbox: Outbox, database_url: str) -> None:
    barrier, taken = SPAWN.Barrier(2), SPAWN.Queue()
    workers = [
        SPAWN.Process(target=grab, args=(database_url, owner, barrier, taken))
        for owner in ("a", "b")
    ]
    for worker in workers:
        worker.start()
    tokens = [taken.get(timeout=60) for _ in range(20)]
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    assert sorted(token for token in tokens if token) == list(range(1, 11))
