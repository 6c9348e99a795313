"""Calls come at their time; late ones are made up for, once."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from watcher.schedule.timetable import Timetable


@pytest.fixture
def timetable() -> Iterator[Timetable]:
    timetable = Timetable()
    timetable.start()
    yield timetable
    timetable.stop()


def now() -> datetime:
    return datetime.now(UTC)


def test_a_call_comes_at_its_time_and_not_before(timetable: Timetable) -> None:
    called = threading.Event()
    due = now() + timedelta(milliseconds=150)
    timetable.at("x", due, called.set)
    assert called.wait(5)
    assert now() >= due


def test_a_call_whose_time_has_long_passed_comes_at_once(timetable: Timetable) -> None:
    called = threading.Event()
    timetable.at("x", now() - timedelta(days=3), called.set)
    assert called.wait(5)


def test_a_name_set_anew_replaces_the_old_call(timetable: Timetable) -> None:
    calls: list[str] = []
    done = threading.Event()
    timetable.at("x", now() + timedelta(milliseconds=100), lambda: calls.append("old"))
    timetable.at("x", now() + timedelta(milliseconds=150), lambda: calls.append("new"))
    timetable.at("y", now() + timedelta(milliseconds=400), done.set)
    assert done.wait(5)
    assert calls == ["new"]


def test_a_call_is_made_though_the_last_one_of_its_name_goes_on(timetable: Timetable) -> None:
    began, again, go_on = threading.Event(), threading.Event(), threading.Event()

    def first() -> None:
        began.set()
        go_on.wait(5)

    timetable.at("x", now(), first)
    assert began.wait(5)
    timetable.at("x", now(), again.set)
    made = again.wait(5)
    go_on.set()
    assert made


def test_a_repeated_call_repeats(timetable: Timetable) -> None:
    calls: list[None] = []
    done = threading.Event()

    def call() -> None:
        calls.append(None)
        if len(calls) == 3:
            done.set()

    timetable.every("x", timedelta(milliseconds=50), call)
    assert done.wait(5)


def test_a_call_that_fails_is_called_again(timetable: Timetable) -> None:
    calls: list[None] = []
    done = threading.Event()

    def call() -> None:
        calls.append(None)
        if len(calls) == 2:
            done.set()
        raise RuntimeError("first time")

    timetable.every("x", timedelta(milliseconds=50), call)
    assert done.wait(5)


def test_stopping_twice_or_before_the_start_does_no_harm() -> None:
    timetable = Timetable()
    timetable.stop()
    timetable.start()
    timetable.stop()
    timetable.stop()
    called = list[str]()
    timetable.at("x", now(), lambda: called.append("after the stop"))
    assert not any("timetable" in thread.name for thread in threading.enumerate())
    assert not called


def test_what_is_cancelled_is_not_called(timetable: Timetable) -> None:
    done = threading.Event()
    timetable.at("x", now() + timedelta(milliseconds=50), lambda: pytest.fail("called"))
    timetable.cancel("x")
    timetable.cancel("x")
    timetable.at("y", now() + timedelta(milliseconds=150), done.set)
    assert done.wait(5)


def test_a_stop_right_after_a_call_harms_no_thread() -> None:
    for _ in range(50):  # without its care, about one in ten of these stops killed a thread
        timetable = Timetable()
        timetable.start()
        called = threading.Event()
        timetable.at("x", now(), called.set)
        assert called.wait(5)
        timetable.stop()
