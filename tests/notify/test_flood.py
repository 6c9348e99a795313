"""People are not told much more than one thing after the other."""

from datetime import timedelta

from tests.notify.desk import Desk
from tests.notify.making import NOW, make_change, make_changes
from tests.support.receiver import Receiver
from watcher.notify.flood import CALM, Pace

SECOND = timedelta(seconds=1)


def test_what_comes_now_and_then_is_told_at_once() -> None:
    pace = Pace(limit=25)
    assert pace.resume_at(NOW, 10_000) == NOW
    pace.note(NOW, 10)
    assert pace.resume_at(NOW + SECOND, 15) == NOW + SECOND


def test_too_much_within_a_minute_waits_for_a_minute_of_calm() -> None:
    pace = Pace(limit=25)
    pace.note(NOW, 5)
    pace.note(NOW + 10 * SECOND, 5)
    assert pace.resume_at(NOW + 11 * SECOND, 16) == NOW + 10 * SECOND + CALM
    assert pace.resume_at(NOW + 10 * SECOND + CALM, 16) == NOW + 10 * SECOND + CALM


def test_after_a_digest_there_is_calm() -> None:
    pace = Pace(limit=25)
    pace.note(NOW, 1000)
    assert pace.resume_at(NOW + SECOND, 1) == NOW + CALM


def test_a_burst_that_comes_bit_by_bit_is_one_message_and_a_digest_a_minute_later() -> None:
    with Receiver() as receiver:
        desk = Desk(receiver, "slack")
        desk.owe(*make_changes(4))
        desk.drain()
        burst = [make_change(number) for number in range(5, 505)]
        desk.owe(*burst[:100])
        desk.drain()
        desk.owe(*burst[100:])
        desk.drain()
        assert len(receiver.accepted) == 1
        due_at = desk.due_at()
        assert due_at - NOW >= CALM
        desk.clock.now = due_at
        desk.drain()
        told = [number for delivery in desk.deliveries for number in delivery.members]
        assert told == list(range(1, 505))
        assert desk.deliveries[0].members == (1, 2, 3, 4)
        assert len(receiver.accepted) == len(desk.deliveries) < 25, "digests, one after the other"


def test_a_program_is_told_everything_at_once() -> None:
    with Receiver() as receiver:
        desk = Desk(receiver, "webhook")
        desk.owe(*make_changes(300))
        desk.drain()
        assert len(receiver.accepted) == 3
