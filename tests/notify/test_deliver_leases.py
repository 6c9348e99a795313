"""Who may send: dead workers, late workers, several at once."""

import threading
from datetime import timedelta
from typing import Any

import pytest

from tests.notify.desk import Desk, members
from tests.notify.making import NOW, FakeStop, make_changes
from tests.support.fake_outbox import FakeOutbox
from tests.support.receiver import Receiver, late
from watcher.errors import LeaseLost
from watcher.model.delivery import Outcome, Waiting
from watcher.model.kinds import DeliveryState
from watcher.notify.deliver import Deliverer


def test_an_interrupted_attempt_is_recorded_as_unknown_and_retried_at_once() -> None:
    with Receiver() as receiver:
        desk = Desk(receiver)
        desk.fake.owe("here", *make_changes(2))
        leave_an_attempt_unfinished(desk, receiver)
        desk.clock.advance(seconds=36)
        desk.deliverer = desk.make_deliverer("worker-2")
        desk.drain()
        assert desk.outcomes == [Outcome.UNKNOWN, Outcome.SENT]
        assert desk.fake.attempts[0].error == "interrupted: its worker died"
        assert [attempt.number for attempt in desk.fake.attempts] == [1, 2]
        assert len(receiver.accepted) == 2
        assert receiver.accepted[0].id == receiver.accepted[1].id
        assert receiver.accepted[0].body == receiver.accepted[1].body


def test_an_interrupted_attempt_is_held_if_the_config_says_so() -> None:
    with Receiver() as receiver:
        desk = Desk(receiver, on_unknown="hold", max_items=1)
        desk.fake.owe("here", *make_changes(2))
        leave_an_attempt_unfinished(desk, receiver)
        desk.clock.advance(seconds=36)
        desk.drain()
        assert desk.states == [DeliveryState.HELD, DeliveryState.SENT]
        assert len(desk.fake.alerts) == 1


def leave_an_attempt_unfinished(desk: Desk, receiver: Receiver) -> None:
    """Send, and die before the outcome is recorded."""
    finish = desk.fake.finish_attempt
    release = desk.fake.release_lease

    def die(*_: Any, **__: Any) -> None:
        raise SystemExit

    desk.fake.finish_attempt = die  # type: ignore[method-assign]
    desk.fake.release_lease = lambda lease: None  # type: ignore[method-assign]
    with pytest.raises(SystemExit):
        desk.drain()
    desk.fake.finish_attempt = finish  # type: ignore[method-assign]
    desk.fake.release_lease = release  # type: ignore[method-assign]


def test_a_dead_worker_s_lease_is_respected_until_it_ends() -> None:
    with Receiver() as receiver:
        desk = Desk(receiver)
        desk.fake.owe("here", *make_changes(1))
        leave_an_attempt_unfinished(desk, receiver)
        desk.deliverer = desk.make_deliverer("worker-2")
        desk.clock.advance(seconds=34)
        assert desk.drain() is False
        desk.clock.advance(seconds=2)
        assert desk.drain() is True


def test_a_late_worker_stops_quietly_and_writes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with Receiver() as receiver:
        desk = Desk(receiver)
        desk.fake.owe("here", *make_changes(1))

        def steal(exchange: Any) -> None:
            exchange.accept(exchange.read())
            desk.clock.advance(minutes=5)
            thief = desk.fake.take_lease(
                "here",
                owner="thief",
                now=desk.clock.now,
                expires_at=desk.clock.now + timedelta(seconds=30),
            )
            assert thief is not None
            exchange.send(b"HTTP/1.1 200 OK\r\n\r\n")

        receiver.script(steal)
        assert desk.drain() is True
        assert desk.fake.attempts == []
        assert desk.row.owner == "thief"
    assert [record.message for record in caplog.records] == ["lease lost"]


def test_two_workers_never_send_the_same_endpoint_at_once() -> None:
    with Receiver(late(0.02)) as receiver:
        desk = Desk(receiver, max_items=1)
        desk.fake.owe("here", *make_changes(20))
        workers = [desk.make_deliverer(f"worker-{n}") for n in range(4)]

        def run(deliverer: Deliverer) -> None:
            while desk.fake.next_due():
                deliverer.drain("here", stop=FakeStop(desk.clock))

        threads = [threading.Thread(target=run, args=(worker,)) for worker in workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert members(receiver) == [[n] for n in range(1, 21)]


def test_the_fake_fences_like_the_store() -> None:
    outbox = FakeOutbox("here")
    soon = NOW + timedelta(seconds=30)
    first = outbox.take_lease("here", owner="a", now=NOW, expires_at=soon)
    assert first is not None
    assert outbox.take_lease("here", owner="b", now=NOW, expires_at=soon) is None
    second = outbox.take_lease("here", owner="b", now=soon, expires_at=soon + timedelta(seconds=30))
    assert second is not None
    with pytest.raises(LeaseLost):
        outbox.look(first, now=NOW, take=lambda due: due)
    outbox.release_lease(first)
    assert outbox.look(second, now=NOW, take=lambda due: due) == Waiting()
    outbox.release_lease(second)
    with pytest.raises(LeaseLost):
        outbox.postpone(second, until=soon)
