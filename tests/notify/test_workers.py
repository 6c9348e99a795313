"""A few threads for all endpoints: independent of each other, hard to kill, easy to stop."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.notify.making import make_endpoint
from tests.store.owing import owe_only, take_lease
from tests.support.receiver import Receiver, dribble, hang, late
from tests.support.waiting import wait_until
from watcher.model.delivery import Attempt
from watcher.notify import workers
from watcher.notify.deliver import Deliverer
from watcher.notify.workers import Workers
from watcher.store.database import Database
from watcher.store.outbox import Outbox


class Office:
    """Workers for many endpoints over a real store, with a real clock."""

    def __init__(self, folder: Path, receivers: Mapping[str, Receiver], **keys: Any) -> None:
        self.database = Database.open(str(folder / "store.db"))
        self.outbox = Outbox(self.database)
        self.outbox.sync(dict.fromkeys(receivers, True))
        self.attempts: list[Attempt] = []
        endpoints = [
            make_endpoint(name=name, url=each.url, **{"timeout": "4s", "retry": ["1s"]} | keys)
            for name, each in receivers.items()
        ]
        self._numbers = iter(range(1, 100_000))
        self.deliverer = Deliverer(
            endpoints,
            self.outbox,
            clock=lambda: datetime.now(UTC),
            owner="me",
            new_id=lambda: f"{time.monotonic_ns():032x}",
            random=lambda: 0.5,
            allow_private=True,
            on_attempt=lambda _, attempt: self.attempts.append(attempt),
            alert_endpoint=None,
        )
        self.workers = Workers(self.deliverer)

    def owe(self, *names: str) -> None:
        """A new article for each of these endpoints, which are woken."""
        now = datetime.now(UTC)
        for name in names:
            owe_only(self.database, next(self._numbers), endpoint=name, due_at=now)
        self.deliverer.wake(dict.fromkeys(names, now))


@contextmanager
def office(folder: Path, **receivers: Receiver) -> Iterator[Office]:
    made = Office(folder, receivers)
    made.workers.start()
    yield made
    made.workers.stop(10)
    made.database.close()


def test_a_woken_endpoint_is_sent_to_and_no_other(tmp_path: Path) -> None:
    with Receiver() as one, Receiver() as two, office(tmp_path, one=one, two=two) as made:
        made.owe("one")
        one.wait_for(1)
        made.owe("one")
        one.wait_for(2)
        wait_until(lambda: len(made.attempts) == 2, "both to be recorded")
        assert two.requests == []


def test_one_endpoint_s_trouble_does_not_delay_another(tmp_path: Path) -> None:
    with Receiver(hang()) as one, Receiver() as two, office(tmp_path, one=one, two=two) as made:
        made.owe("one")
        made.owe("two")
        two.wait_for(1, timeout=3.5)
        assert made.attempts == [] or made.attempts[0].outcome == "sent"


def test_many_that_hang_at_once_delay_no_other(tmp_path: Path) -> None:
    names = [f"hanging-{number}" for number in range(40)]
    with Receiver(dribble()) as hanging, Receiver() as healthy:
        made = Office(tmp_path, {"healthy": healthy} | dict.fromkeys(names, hanging), timeout="20s")
        made.workers.start()
        made.owe(*names)
        hanging.wait_for_requests(8)
        made.owe("healthy")
        healthy.wait_for(1, timeout=8)
        assert not made.workers.stop(0.1), "the others are still under way"


def test_an_unknown_name_is_ignored(tmp_path: Path) -> None:
    with Receiver() as one, office(tmp_path, one=one) as made:
        made.deliverer.wake({"three": datetime.now(UTC)})
        made.owe("one")
        one.wait_for(1)


def test_it_survives_what_nobody_expected(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "PAUSE", 0.05)
    with Receiver() as one, office(tmp_path, one=one) as made:
        whole, failed = made.outbox.look, threading.Event()

        def fail_once(*args: Any, **keys: Any) -> Any:
            if failed.is_set():
                return whole(*args, **keys)
            failed.set()
            raise RuntimeError("the disk is gone")

        made.outbox.look = fail_once  # type: ignore[method-assign]
        made.owe("one")
        one.wait_for(1)
    [record] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.message == "dispatcher failed"
    assert record.exc_info is not None
    assert "the disk is gone" in str(record.exc_info[1])


def test_an_endpoint_in_other_hands_is_sent_to_once_that_is_over(tmp_path: Path) -> None:
    with Receiver() as one, office(tmp_path, one=one) as made:
        now = datetime.now(UTC)
        until = now + timedelta(seconds=1.5)
        assert take_lease(made.outbox, "one", owner="other", now=now, expires_at=until)
        made.owe("one")
        (message,) = one.wait_for(1)
        assert message.at >= until.timestamp()


def test_a_stop_lets_the_send_under_way_finish(tmp_path: Path) -> None:
    with Receiver(late(0.4)) as one, office(tmp_path, one=one) as made:
        made.owe("one")
        one.wait_for(1)
        assert made.workers.stop(10) is True
        [attempt] = made.attempts
        assert attempt.outcome == "sent"


def test_a_stop_is_bounded(tmp_path: Path) -> None:
    with Receiver(dribble()) as one, office(tmp_path, one=one) as made:
        made.owe("one")
        one.wait_for_requests(1)
        started = time.monotonic()
        assert made.workers.stop(0.1) is False
        assert time.monotonic() - started < 3
        assert made.workers.stop(10) is True, "the send's own timeout ends it"


def test_stopping_twice_and_waking_after_it_sends_nothing(tmp_path: Path) -> None:
    with Receiver() as one, office(tmp_path, one=one) as made:
        assert made.workers.stop(5)
        assert made.workers.stop(5)
        made.owe("one")
        assert one.requests == []


def test_stopping_before_the_start_is_harmless(tmp_path: Path) -> None:
    with Receiver() as one:
        made = Office(tmp_path, {"one": one})
        assert made.workers.stop(1)
