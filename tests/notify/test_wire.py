"""Which addresses are public; and one thread for all deadlines: none is forgotten, or early."""

import logging
import threading
import time

import pytest

from watcher.notify.wire import Deadlines, is_public


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::808:808",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "192.0.0.8",
        "192.0.0.9",
        "192.0.0.170",
        "192.88.99.1",
        "::ffff:192.88.99.1",
        "64:ff9b::c058:6301",
        "::ffff:0:127.0.0.1",
        "::ffff:0:8.8.8.8",
        "::8.8.8.8",
        "2001:2::1",
        "2001:20::1",
        "2002:808:808::1",
        "3fff::1",
        "3fff:fff:ffff::1",
        "5f00::1",
        "4000::1",
        "100::1",
        "100:0:0:1::1",
        "2606:4700::5efe:7f00:1",
        "2606:4700::200:5efe:10.0.0.1",
        "fe80::5efe:8.8.8.8",
    ],
)
def test_private(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "1.1.1.1",
        "2606:4700::1111",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2606:4700::5efe:8.8.8.8",
    ],
)
def test_public(address: str) -> None:
    assert is_public(address)


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


def test_what_was_cancelled_is_never_called() -> None:
    deadlines, called, last = Deadlines(), list[str](), threading.Event()
    off = [deadlines.set(0.05, lambda: called.append("off")) for _ in range(3)]
    deadlines.set(0.1, last.set)
    for deadline in off:
        deadline.cancel()
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
        deadlines.set(30.0, lambda: None).cancel()
    assert threading.active_count() == before + 1
    deadlines.set(0.0, last.set)
    assert last.wait(5)
