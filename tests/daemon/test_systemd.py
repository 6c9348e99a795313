"""What systemd is told, on a real socket of its kind."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from watcher.daemon.systemd import Systemd


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(5)
        yield listener


def test_ready_comes_with_a_status(manager: socket.socket) -> None:
    Systemd({"NOTIFY_SOCKET": manager.getsockname()}).ready("Watching 1 root")
    assert manager.recv(1000) == b"READY=1\nSTATUS=Watching 1 root"


def test_the_abstract_namespace_works_too() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        name = f"seedwatch-test-{os.getpid()}"
        listener.bind(f"\0{name}")
        listener.settimeout(5)
        Systemd({"NOTIFY_SOCKET": f"@{name}"}).stopping()
        assert listener.recv(1000).startswith(b"STOPPING=1")


def test_without_a_manager_nothing_is_sent_and_nothing_raised(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.setblocking(False)
        Systemd({}).ready("x")
        Systemd({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).alive()
        with pytest.raises(BlockingIOError):
            manager.recv(100)


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
    ],
)
def test_the_watchdog_interval_is_ours_only_if_it_means_us(
    environ: dict[str, str], seconds: float | None
) -> None:
    assert Systemd(environ).watchdog_seconds == seconds
