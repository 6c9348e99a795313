import socket
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
import requests

from tests.serve.samples import MemoryView, article, feed, serving
from watcher.serve import connection

LARGE = 8_000_000


def connect(base: str) -> socket.socket:
    host, port = base.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=20)


def bytes_until_the_end(client: socket.socket) -> int:
    """How much still arrives until the server ends it; TimeoutError if it does not."""
    taken = 0
    with suppress(ConnectionResetError):
        while data := client.recv(65536):
            taken += len(data)
    return taken


@pytest.fixture
def large(tmp_path: Path) -> MemoryView:
    """A view with a feed of 8 MB, which no socket buffers."""
    path = tmp_path / "all.atom"
    path.write_bytes(b"x" * LARGE)
    return MemoryView(listed=(feed(path),), known=[article(1)])


def ask_and_take_nothing(base: str) -> socket.socket:
    client = connect(base)
    client.sendall(b"GET /feeds/all.atom HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert client.recv(1) == b"H"
    return client


def test_slow_clients_do_not_hold_up_others(large: MemoryView, tmp_path: Path) -> None:
    with serving(large, folder=tmp_path) as base, ExitStack() as slow:
        for _ in range(6):
            slow.enter_context(ask_and_take_nothing(base))
            half = slow.enter_context(connect(base))
            half.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        begin = time.monotonic()
        for path in ("/feeds/all.atom", "/", "/healthz"):
            assert requests.get(base + path, timeout=20).ok
        assert time.monotonic() - begin < 20


def test_a_page_that_waits_for_the_store_holds_up_no_feed_and_no_probe(
    large: MemoryView, tmp_path: Path
) -> None:
    go_on = threading.Event()
    large.before = lambda: go_on.wait(20)
    with serving(large, folder=tmp_path) as base:
        clients = [
            threading.Thread(target=requests.get, args=(base,), kwargs={"timeout": 30})
            for _ in range(20)
        ]
        for client in clients:
            client.start()
        try:
            assert requests.get(f"{base}/feeds/all.atom", timeout=10).ok
            assert requests.get(f"{base}/healthz", timeout=10).ok
        finally:
            go_on.set()
            for client in clients:
                client.join(30)


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nX-Slow: "])
def test_a_request_that_never_comes_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(connection, "EXCHANGE_SECONDS", 0.3)
    with serving(MemoryView()) as base, connect(base) as client:
        client.sendall(sent)
        bytes_until_the_end(client)


def test_dribbling_buys_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "EXCHANGE_SECONDS", 0.5)
    with serving(MemoryView()) as base, connect(base) as client:
        client.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        begin = time.monotonic()
        with pytest.raises(OSError):  # noqa: PT012 - it ends at some step
            while time.monotonic() - begin < 30:
                client.sendall(b"x")
                time.sleep(0.05)
        assert time.monotonic() - begin < 20


def test_an_answer_that_is_never_taken_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, large: MemoryView, tmp_path: Path
) -> None:
    with serving(large, folder=tmp_path) as base:
        requests.get(f"{base}/feeds/all.atom", timeout=20)  # so that the next answer is made fast
        monkeypatch.setattr(connection, "EXCHANGE_SECONDS", 1.0)
        with ask_and_take_nothing(base) as client:
            time.sleep(1.5)  # the time in which nothing is taken
            assert bytes_until_the_end(client) < LARGE


def test_each_exchange_has_its_own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "EXCHANGE_SECONDS", 2.0)
    with serving(MemoryView()) as base, requests.Session() as session:
        begin = time.monotonic()
        while time.monotonic() - begin < 2.2:
            assert session.get(f"{base}/healthz", timeout=10).ok
            time.sleep(0.1)


def test_when_all_places_are_taken_the_one_who_waits_longest_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "MOST_CONNECTIONS", 5)
    with serving(MemoryView()) as base, ExitStack() as stack:
        idle = [stack.enter_context(connect(base)) for _ in range(5)]
        for _ in range(3):
            with connect(base) as client:
                client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert client.recv(100).startswith(b"HTTP/1.1 200")
        assert bytes_until_the_end(idle[0]) == 0
        idle[-1].sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert idle[-1].recv(100).startswith(b"HTTP/1.1 200")


def test_connections_are_kept_alive() -> None:
    with serving(MemoryView()) as base, connect(base) as client:
        for _ in range(3):
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            data = b""
            while not data.endswith(b"ok\n"):
                data += client.recv(4096)
