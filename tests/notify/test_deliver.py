"""Deliveries over real HTTP to a receiver that misbehaves, with a clock that is told the time."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.notify.desk import Desk, members
from tests.notify.making import NOW, SECRET, make_changes
from tests.support.receiver import (
    Behaviour,
    Receiver,
    answer,
    close_silently,
    hang,
    late,
    redirect,
    reset_after_body,
)
from watcher.model.delivery import Outcome
from watcher.model.kinds import DeliveryState
from watcher.notify.next_step import MOST_DUE


def test_what_is_due_goes_out_in_order_under_fresh_ids() -> None:
    with Receiver() as receiver:
        desk = Desk(receiver, max_items=2, secret=SECRET)
        desk.owe(*make_changes(5))
        desk.drain()
        assert members(receiver) == [[1, 2], [3, 4], [5]]
        assert [m.id for m in receiver.accepted] == [f"msg_{n:032x}" for n in (1, 2, 3)]
        assert desk.states == [DeliveryState.SENT] * 3
        assert desk.status.lease_owner is None, "the lease is given back"
        assert desk.attempts == desk.attempts
        assert not desk.alerts


def test_nothing_due_sends_nothing_and_waits_for_nothing() -> None:
    with Receiver() as receiver:
        desk = Desk(receiver)
        desk.owe(*make_changes(1), due_at=NOW + timedelta(seconds=3))
        desk.drain()
        assert receiver.requests == []
        assert desk.paused == []


def test_a_retry_has_the_same_bytes_and_id_and_a_fresh_signature(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Receiver() as receiver:
        receiver.script(answer(500), close_silently(accept=False), answer(200))
        desk = Desk(receiver, secret=SECRET)
        desk.owe(*make_changes(3))
        for pause in (5, 30, 0):
            desk.drain()
            desk.clock.advance(seconds=pause)
        first, second, third = receiver.requests
        assert first.body == second.body == third.body
        assert first.id == second.id == third.id
        stamps = [int(m.headers["webhook-timestamp"]) for m in receiver.requests]
        assert stamps == [int(NOW.timestamp()) + n for n in (0, 5, 35)]
        assert len({m.headers["webhook-signature"] for m in receiver.requests}) == 3
        monkeypatch.setattr("standardwebhooks.webhooks.timedelta", lambda **_: timedelta(days=9999))
        for message in receiver.requests:
            Webhook(SECRET).verify(message.body, dict(message.headers))
        assert desk.outcomes == [Outcome.FAILED, Outcome.UNKNOWN, Outcome.SENT]
        assert [attempt.number for attempt in desk.attempts] == [1, 2, 3]
        assert desk.status.consecutive_failures == 0


def test_what_became_known_meanwhile_does_not_change_a_frozen_body() -> None:
    with Receiver() as receiver:
        receiver.script(answer(500))
        desk = Desk(receiver)
        desk.owe(*make_changes(1))
        desk.drain()
        desk.owe(*make_changes(2)[1:])
        desk.revise(make_changes(1, title="Other")[0])
        desk.clock.advance(seconds=5)
        desk.drain()
        assert members(receiver) == [[1], [2]]
        assert receiver.requests[0].body == receiver.requests[1].body


def test_it_is_not_tried_before_its_time() -> None:
    with Receiver(answer(500)) as receiver:
        desk = Desk(receiver)
        desk.owe(*make_changes(1))
        desk.drain()
        desk.clock.advance(seconds=2.9)
        desk.drain()
        assert len(receiver.requests) == 1
        assert desk.due_at() == NOW + timedelta(seconds=5)
        desk.clock.advance(seconds=0.2)
        desk.drain()
        assert len(receiver.requests) == 2, "a short wait is waited out under the lease"
        assert desk.paused == [pytest.approx(1.9)]


def test_the_rate_is_a_gap_between_sends() -> None:
    with Receiver() as receiver:
        desk = Desk(receiver, max_items=1, rate="1/s")
        desk.owe(*make_changes(3))
        desk.drain()
        assert members(receiver) == [[1], [2], [3]]
        assert desk.paused == [1.0, 1.0]


def test_a_long_gap_gives_the_lease_back() -> None:
    with Receiver() as receiver:
        desk = Desk(receiver, max_items=1, rate="6/m")
        desk.owe(*make_changes(2))
        desk.drain()
        assert members(receiver) == [[1]]
        assert desk.status.lease_owner is None
        assert desk.due_at() == NOW + timedelta(seconds=10)


@pytest.mark.parametrize(
    "value", ["120", "Mon, 06 May 2024 12:02:00 GMT", "Mon, 06 May 2030 12:02:00 GMT"]
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured_in_full(status: int, value: str) -> None:
    date = {"date": "Mon, 06 May 2030 12:00:00 GMT"} if "2030" in value else {}
    with Receiver() as receiver:
        receiver.script(answer(status, headers={"retry-after": value} | date))
        desk = Desk(receiver)
        desk.owe(*make_changes(1))
        desk.drain()
        assert desk.outcomes == [Outcome.THROTTLED]
        assert desk.attempts[0].retry_after == 120
        desk.clock.advance(seconds=117)
        desk.drain()
        assert len(receiver.requests) == 1
        desk.clock.advance(seconds=3)
        desk.drain()
        assert desk.outcomes == [Outcome.THROTTLED, Outcome.SENT]


def test_a_dead_server_is_tried_along_the_ladder_until_three_days_are_over() -> None:
    with Receiver() as receiver:
        receiver.pause()
        desk = Desk(receiver)
        desk.owe(*make_changes(1))
        while desk.states in ([], [DeliveryState.PENDING]):
            desk.drain()
            desk.clock.now = desk.status.next_attempt_at or desk.clock.now
        waits = [
            (b.at - a.at).total_seconds()
            for a, b in zip(desk.attempts, desk.attempts[1:], strict=False)
        ]
        ladder = [5, 30, 120, 600, 1800, 3600, 7200, 14400]
        assert waits == [*ladder, *[28800] * (len(waits) - len(ladder))]
        assert set(desk.outcomes) == {Outcome.NOT_SENT}
        last = desk.attempts[-1]
        assert timedelta(days=3) <= last.at - NOW < timedelta(days=3, hours=8)
        [words] = desk.alerts
        assert "is dead after attempt" in words
        assert "127.0.0.1: connection refused" in words

        receiver.resume()
        desk.owe(*make_changes(2)[1:])
        desk.clock.now = desk.due_at()
        desk.drain()
        assert members(receiver) == [[2]], "the next one goes on"


@pytest.mark.parametrize("behaviour", [answer(400), answer(422), redirect("http://127.0.0.1:1/")])
def test_a_rejected_delivery_is_dead_and_the_next_goes_on(behaviour: Behaviour) -> None:
    with Receiver() as receiver:
        receiver.script(behaviour)
        desk = Desk(receiver, max_items=1)
        desk.owe(*make_changes(2))
        desk.drain()
        assert desk.states == [DeliveryState.DEAD, DeliveryState.SENT]
        assert desk.outcomes == [Outcome.REJECTED, Outcome.SENT]
        assert len(desk.alerts) == 1


def test_an_endpoint_that_is_gone_is_disabled_and_its_backlog_held() -> None:
    with Receiver(answer(410, b"moved away")) as receiver:
        desk = Desk(receiver, max_items=1)
        desk.owe(*make_changes(2))
        desk.drain()
        assert len(receiver.requests) == 1
        assert desk.status.disabled_reason == "HTTP 410: moved away"
        assert desk.states == [DeliveryState.PENDING, DeliveryState.PENDING]
        [words] = desk.alerts
        assert words == (
            "Endpoint here is disabled: HTTP 410: moved away. Its backlog is kept; "
            "to go on: seedwatch enable here"
        )
        desk.drain()
        assert len(receiver.requests) == 1

        desk.outbox.set_enabled("here", enabled=True)
        receiver.default = answer(200)
        desk.drain()
        assert members(receiver) == [[1], [2]]


def test_a_disabled_endpoint_of_the_config_is_left_alone() -> None:
    with Receiver() as receiver:
        desk = Desk(receiver, enabled=False)
        desk.owe(*make_changes(1))
        desk.drain()
        assert receiver.requests == []


def test_a_lost_answer_is_retried_under_the_same_id_or_held() -> None:
    with Receiver() as receiver:
        receiver.script(reset_after_body(), answer(200))
        desk = Desk(receiver)
        desk.owe(*make_changes(1))
        desk.drain()
        assert desk.outcomes == [Outcome.UNKNOWN]
        desk.clock.advance(seconds=5)
        desk.drain()
        assert receiver.accepted[0].id == receiver.accepted[1].id

        receiver.script(reset_after_body())
        held = Desk(receiver, "slack", on_unknown="hold")
        held.owe(*make_changes(1))
        held.drain()
        assert held.states == [DeliveryState.HELD]
        assert "is held after attempt 1" in held.alerts[0]


@pytest.mark.parametrize("behaviour", [hang(), late(30)])
def test_the_endpoint_s_timeout_is_the_deadline(behaviour: Behaviour) -> None:
    with Receiver(behaviour) as receiver:
        desk = Desk(receiver, timeout="300ms")
        desk.owe(*make_changes(1))
        desk.drain()
        assert desk.outcomes == [Outcome.UNKNOWN]
        assert 0.2 < desk.attempts[0].elapsed < 8


def test_slack_wants_an_ok() -> None:
    with Receiver() as receiver:
        receiver.script(answer(200, b"<html>"), answer(200, b"ok"))
        desk = Desk(receiver, "slack")
        desk.owe(*make_changes(12))
        desk.drain()
        assert desk.outcomes == [Outcome.FAILED]
        desk.clock.advance(seconds=5)
        desk.drain()
        assert desk.outcomes == [Outcome.FAILED, Outcome.SENT, Outcome.SENT]
        deliveries = desk.deliveries
        assert [d.members for d in deliveries] == [tuple(range(1, 11)), (11, 12)]
        assert receiver.requests[0].body == receiver.requests[1].body == deliveries[0].body


def test_a_flood_is_told_whole_in_as_many_digests_as_it_takes() -> None:
    """Of more changes than are looked at together, too."""
    many = MOST_DUE + 100
    with Receiver() as receiver:
        desk = Desk(receiver, "slack")
        desk.owe(*make_changes(many))
        desk.drain()
        told = [number for delivery in desk.deliveries for number in delivery.members]
        assert told == list(range(1, many + 1))
        assert len(receiver.accepted) == len(desk.deliveries) > 2
        assert set(desk.paused) == {1.0}, "within its rate, and without a minute's calm"
        text = b"".join(message.body for message in receiver.accepted).decode()
        assert [n for n in range(1, many + 1) if f"Article {n}" not in text] == []
        assert "more" not in text


def test_what_fell_due_before_the_quiet_hours_waits_for_their_end() -> None:
    with Receiver() as receiver:
        desk = Desk(receiver, quiet_hours="11:00-13:00")
        desk.owe(*make_changes(1), due_at=NOW - timedelta(hours=2))
        desk.drain()
        assert receiver.requests == []
        assert desk.due_at() == NOW + timedelta(hours=1)
        desk.clock.advance(hours=1)
        desk.drain()
        assert members(receiver) == [[1]]


def test_a_stop_ends_it_after_the_attempt_under_way() -> None:
    with Receiver() as receiver:
        desk = Desk(receiver, max_items=1)
        desk.owe(*make_changes(3))

        def stop_now(exchange: Any) -> None:
            desk.deliverer.stop()
            answer(200)(exchange)

        receiver.script(stop_now)
        desk.drain()
        assert len(receiver.requests) == 1
        assert desk.states == [DeliveryState.SENT, DeliveryState.PENDING, DeliveryState.PENDING]
        assert [delivery.attempts for delivery in desk.deliveries] == [1, 0, 0]
        assert desk.status.lease_owner is None


def test_one_line_an_attempt(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with Receiver() as receiver:
        receiver.script(answer(500, b"oops"))
        desk = Desk(receiver)
        desk.owe(*make_changes(1))
        desk.drain()
        desk.clock.advance(seconds=5)
        desk.drain()
    levels = [(record.levelname, record.message) for record in caplog.records]
    assert levels == [("WARNING", "delivery attempted"), ("INFO", "delivery attempted")]
    told = caplog.records[0].__dict__["fields"]
    assert told.pop("elapsed")
    assert told == {
        "endpoint": "here",
        "delivery": f"msg_{1:032x}",
        "attempt": 1,
        "outcome": "failed",
        "status": 500,
        "error": "HTTP 500: oops",
    }
