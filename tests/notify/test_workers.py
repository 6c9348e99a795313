"""A thread an endpoint: independent of each other, hard to kill, easy to stop."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.notify.making import make_change, make_endpoint
from tests.support.fake_outbox import FakeOutbox
from tests.support.receiver import Receiver, hang, late
from watcher.liveness import Pulse
from watcher.notify import workers
from watcher.notify.deliver import Deliverer
from watcher.notify.workers import Workers


class Office:
    """Workers for two endpoints, with a real clock."""

    def __init__(self, one: Receiver, two: Receiver) -> None:
        self.outbox = FakeOutbox("one", "two")
        self.drained: list[str] = []
        self.happened = threading.Condition()
        endpoints = [
            make_endpoint(name=name, url=receiver.url, timeout="4s", retry=["1s"])
            for name, receiver in (("one", one), ("two", two))
        ]
        deliverer = Deliverer(
            endpoints,
            self.outbox,
            clock=lambda: datetime.now(UTC),
            owner="me",
            new_id=lambda: f"{time.monotonic_ns():032x}",
            random=lambda: 0.5,
            allow_private=True,
            feed_url=None,
            on_attempt=lambda name, attempt: None,
            alert_endpoint=None,
            on_alert=lambda: None,
        )
        self.pulses = {name: Pulse(name) for name in ("one", "two")}
        self.workers = Workers(deliverer, self.pulses, on_drained=self._note)

    def _note(self, name: str) -> None:
        with self.happened:
            self.drained.append(name)
            self.happened.notify_all()

    def wait_for_drains(self, count: int) -> None:
        with self.happened:
            assert self.happened.wait_for(lambda: len(self.drained) >= count, 10)

    def owe(self, name: str, number: int) -> None:
        self.outbox.owe(name, make_change(number, at=datetime.now(UTC)))


@contextmanager
def office(one: Receiver, two: Receiver) -> Iterator[Office]:
    made = Office(one, two)
    made.workers.start()
    yield made
    made.workers.stop(10)


def test_a_woken_worker_sends_and_says_that_it_has() -> None:
    with Receiver() as one, Receiver() as two, office(one, two) as made:
        made.owe("one", 1)
        made.workers.wake("one")
        one.wait_for(1)
        made.wait_for_drains(1)
        made.owe("one", 2)
        made.workers.wake("one")
        one.wait_for(2)
        made.wait_for_drains(2)
        assert made.drained == ["one", "one"]
        assert two.requests == []


def test_one_endpoint_s_trouble_does_not_delay_another() -> None:
    with Receiver(hang()) as one, Receiver() as two, office(one, two) as made:
        made.owe("one", 1)
        made.workers.wake("one")
        made.owe("two", 2)
        made.workers.wake("two")
        two.wait_for(1, timeout=3.5)
        assert made.drained in ([], ["two"])


def test_waking_nobody_is_harmless() -> None:
    with Receiver() as one, Receiver() as two, office(one, two) as made:
        made.workers.wake("three")


def test_a_worker_survives_what_nobody_expected(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "PAUSE", 0.05)
    with Receiver() as one, Receiver() as two, office(one, two) as made:
        whole = made.outbox.look
        failed = threading.Event()

        def fail_once(*_: object, **__: object) -> Any:
            made.outbox.look = whole  # type: ignore[method-assign]
            failed.set()
            raise RuntimeError("the disk is gone")

        made.outbox.look = fail_once  # type: ignore[method-assign]
        made.owe("one", 1)
        made.workers.wake("one")
        assert failed.wait(5)
        one.wait_for(1)
    [record] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.message == "worker failed"
    assert record.exc_info is not None
    assert "the disk is gone" in str(record.exc_info[1])


def test_an_endpoint_in_other_hands_is_asked_for_at_a_measured_pace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workers, "BUSY_PAUSE", 0.2)
    with Receiver() as one, Receiver() as two, office(one, two) as made:
        now = datetime.now(UTC)
        far = datetime(2999, 1, 1, tzinfo=UTC)
        assert made.outbox.take_lease("one", owner="other", now=now, expires_at=far)
        started = time.monotonic()
        made.workers.wake("one")
        made.wait_for_drains(1)
        assert time.monotonic() - started > 0.15


def test_a_stop_lets_the_send_under_way_finish() -> None:
    with Receiver(late(0.4)) as one, Receiver() as two, office(one, two) as made:
        made.owe("one", 1)
        made.workers.wake("one")
        one.wait_for(1)
        assert made.workers.stop(10) is True
        [attempt] = made.outbox.attempts
        assert attempt.outcome == "sent"


def test_a_stop_is_bounded() -> None:
    with Receiver(hang()) as one, Receiver() as two, office(one, two) as made:
        made.owe("one", 1)
        made.workers.wake("one")
        wait_until(lambda: made.outbox.deliveries("one") != [])
        started = time.monotonic()
        assert made.workers.stop(0.1) is False
        assert time.monotonic() - started < 3
        assert made.workers.stop(10) is True, "the send's own timeout ends it"


def test_stopping_twice_and_waking_after_it_is_harmless() -> None:
    with Receiver() as one, Receiver() as two, office(one, two) as made:
        assert made.workers.stop(5)
        assert made.workers.stop(5)
        made.owe("one", 1)
        made.workers.wake("one")
        assert made.drained == []
        assert one.requests == []


def test_stopping_before_the_start_is_harmless() -> None:
    with Receiver() as one, Receiver() as two:
        made = Office(one, two)
        assert made.workers.stop(1)


def wait_until(holds: object) -> None:
    assert callable(holds)
    ends_at = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < ends_at
        time.sleep(0.01)
