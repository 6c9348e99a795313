"""One thread for all deadlines: none is forgotten, or early; what is called off never comes."""

import logging
import threading
import time

import pytest

from watcher.notify.deadlines import Deadlines


def test_each_is_called_at_its_time_whatever_the_order_in_which_they_were_set() -> None:
    deadlines, called, last = Deadlines(), list[tuple[float, float]](), threading.Event()
    began = time.monotonic()

    def call(after: float) -> None:
        called.append((after, time.monotonic() - began))
        if after == 0.3:
            last.set()

    for after in (0.3, 0.1, 0.2, 0.0):
        deadlines.set(after, lambda after=after: call(after))  # type: ignore[misc]
    assert last.wait(5)
    assert [after for after, _ in called] == [0.0, 0.1, 0.2, 0.3]
    assert all(at >= after for after, at in called)


def test_what_was_called_off_is_never_called() -> None:
    deadlines, called, last = Deadlines(), list[str](), threading.Event()
    off = [deadlines.set(0.05, lambda: called.append("off")) for _ in range(3)]
    deadlines.set(0.1, last.set)
    for deadline in off:
        deadline.call_off()
    assert last.wait(5)
    assert called == []


def test_one_that_fails_costs_no_other(caplog: pytest.LogCaptureFixture) -> None:
    deadlines, last = Deadlines(), threading.Event()

    def fail() -> None:
        raise RuntimeError("no such socket")

    with caplog.at_level(logging.ERROR):
        deadlines.set(0.0, fail)
        deadlines.set(0.05, last.set)
        assert last.wait(5)
    assert [record.message for record in caplog.records] == ["deadline failed"]


def test_there_is_one_thread_however_many_there_are() -> None:
    deadlines, before = Deadlines(), threading.active_count()
    last = threading.Event()
    for _ in range(100):
        deadlines.set(30.0, lambda: None).call_off()
    assert threading.active_count() == before + 1
    deadlines.set(0.0, last.set)
    assert last.wait(5)
