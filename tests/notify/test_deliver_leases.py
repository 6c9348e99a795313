"""Who may send: dead workers, late workers, several at once."""

import threading
from datetime import timedelta
from typing import Any

import pytest

from tests.notify.desk import Desk, members
from tests.notify.making import make_changes
from tests.store.owing import take_lease
from tests.support.deliverer import deliver
from tests.support.receiver import Receiver, late
from watcher.model.delivery import Outcome
from watcher.model.kinds import DeliveryState
from watcher.notify.deliver import Deliverer

LEASE = timedelta(seconds=45)
"""As long as an answer may be waited for, and a margin."""


def test_an_interrupted_attempt_is_recorded_as_unknown_and_retried_at_once() -> None:
    with Receiver() as receiver:
        desk = Desk(receiver)
        desk.owe(*make_changes(2))
        desk.die_recording()
        desk.clock.now += LEASE
        desk.drain()
        assert desk.outcomes == [Outcome.UNKNOWN, Outcome.SENT]
        assert desk.attempts[0].error == "interrupted: its worker died"
        assert [attempt.number for attempt in desk.attempts] == [1, 2]
        assert len(receiver.accepted) == 2
        assert receiver.accepted[0].id == receiver.accepted[1].id
        assert receiver.accepted[0].body == receiver.accepted[1].body


def test_an_interrupted_attempt_is_held_if_the_config_says_so() -> None:
    with Receiver() as receiver:
        desk = Desk(receiver, on_unknown="hold", max_items=1)
        desk.owe(*make_changes(2))
        desk.die_recording()
        desk.clock.now += LEASE
        desk.drain()
        assert desk.states == [DeliveryState.HELD, DeliveryState.SENT]
        assert len(desk.alerts) == 1


def test_all_attempts_that_were_begun_together_are_made_again_in_order() -> None:
    with Receiver() as receiver:
        desk = Desk(receiver, max_items=1)
        desk.owe(*make_changes(5))
        desk.die_recording()
        told = members(receiver)
        assert told == [[n] for n in range(1, len(told) + 1)]
        desk.clock.now += LEASE
        desk.drain()
        assert members(receiver)[len(told) :] == [[n] for n in range(1, 6)]
        ids = [message.id for message in receiver.accepted]
        assert len(set(ids)) == 5, "what is sent again has the same id"


def test_a_dead_worker_s_lease_is_respected_until_it_ends() -> None:
    with Receiver() as receiver:
        desk = Desk(receiver)
        desk.owe(*make_changes(1))
        desk.die_recording()
        desk.clock.now += LEASE - timedelta(seconds=3)
        desk.drain(now=True)
        assert len(receiver.requests) == 1
        desk.clock.advance(seconds=3)
        desk.drain()
        assert len(receiver.requests) == 2


def test_a_late_worker_stops_quietly_and_writes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with Receiver() as receiver:
        desk = Desk(receiver, max_items=1)
        desk.owe(*make_changes(2))

        def steal(exchange: Any) -> None:
            exchange.accept(exchange.read())
            desk.clock.advance(minutes=5)
            now = desk.clock.now
            until = now + timedelta(minutes=9)
            assert take_lease(desk.outbox, "here", owner="thief", now=now, expires_at=until)
            exchange.send(b"HTTP/1.1 200 OK\r\n\r\n")

        receiver.script(steal)
        desk.drain(now=True)
        assert desk.attempts == []
        assert desk.status.lease_owner == "thief"
        assert len(receiver.requests) == 1, "the second one is the thief's to send"
    assert [record.message for record in caplog.records] == ["lease lost"]


def test_two_workers_never_send_the_same_endpoint_at_once() -> None:
    with Receiver(late(0.02)) as receiver:
        desk = Desk(receiver, max_items=1)
        desk.owe(*make_changes(20))
        workers = [desk.make_deliverer(f"worker-{n}") for n in range(4)]

        def run(deliverer: Deliverer) -> None:
            while desk.due_at():
                deliver(deliverer, desk.clock)
                desk.clock.advance(seconds=0.02)

        threads = [threading.Thread(target=run, args=(worker,)) for worker in workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert members(receiver) == [[n] for n in range(1, 21)]
