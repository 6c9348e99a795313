import os
import random
import socket
import subprocess
import sys
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
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    client.settimeout(20)
    client.connect((host, int(port)))
    return client


def bytes_until_the_end(client: socket.socket) -> int:
    """How much still arrives until the server ends it; TimeoutError if it does not."""
    taken = 0
    with suppress(ConnectionResetError):
        while data := client.recv(1_000_000):
            taken += len(data)
    return taken


def resident(pid: int) -> int:
    """Bytes of memory that a process has."""
    text = Path(f"/proc/{pid}/status").read_text("utf-8")
    (line,) = (line for line in text.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


@pytest.fixture
def large(tmp_path: Path) -> MemoryView:
    """A view with a feed of 8 MB, which no socket buffers."""
    path = tmp_path / "all.atom"
    path.write_bytes(b"x" * LARGE)
    return MemoryView(listed=(feed(path),), known=[article(1)])


def ask_and_take_nothing(base: str) -> socket.socket:
    client = connect(base)
    client.sendall(b"GET /feeds/all.atom HTTP/1.0\r\nHost: localhost\r\n\r\n")
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


@pytest.mark.parametrize(
    ("sent", "limit"),
    [(b"", "SILENT_SECONDS"), (b"GET / HTTP/1.1\r\nX-Slow: ", "REQUEST_SECONDS")],
)
def test_a_request_that_never_comes_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, sent: bytes, limit: str
) -> None:
    monkeypatch.setattr(connection, "SILENT_SECONDS", 0.5)
    monkeypatch.setattr(connection, limit, 0.3)
    with serving(MemoryView()) as base, connect(base) as client:
        client.sendall(sent)
        bytes_until_the_end(client)


def test_dribbling_a_request_buys_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "SILENT_SECONDS", 0.5)
    monkeypatch.setattr(connection, "REQUEST_SECONDS", 0.5)
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
    monkeypatch.setattr(connection, "SILENT_SECONDS", 0.5)
    monkeypatch.setattr(connection, "STALLED_SECONDS", 1.0)
    with serving(large, folder=tmp_path) as base, ask_and_take_nothing(base) as client:
        time.sleep(3)  # the time in which nothing is taken
        assert bytes_until_the_end(client) < LARGE


def test_a_client_that_is_slow_gets_all_of_its_answer(
    monkeypatch: pytest.MonkeyPatch, large: MemoryView, tmp_path: Path
) -> None:
    for limit in ("SILENT_SECONDS", "REQUEST_SECONDS", "STALLED_SECONDS"):
        monkeypatch.setattr(connection, limit, 1.0)
    with serving(large, folder=tmp_path) as base:
        with connect(base) as client:
            client.sendall(b"GET /feeds/all.atom HTTP/1.0\r\nHost: localhost\r\n\r\n")
            begin, taken = time.monotonic(), 0
            while data := client.recv(100_000):
                taken += len(data)
                time.sleep(0.04)
        assert time.monotonic() - begin > 2.5  # longer than any of the limits
        assert taken > LARGE


def test_a_thousand_idle_connections_keep_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MOST_CONNECTIONS", 100)
    monkeypatch.setattr(connection, "MOST_OF_ONE_CLIENT", 100)
    with serving(MemoryView()) as base, ExitStack() as stack, requests.Session() as session:
        for _ in range(300):
            stack.enter_context(connect(base))
        for _ in range(10):
            assert session.get(f"{base}/healthz", timeout=20).ok


def test_many_who_ask_for_much_and_read_nothing_cost_little_memory(tmp_path: Path) -> None:
    feed_file = tmp_path / "all.atom"
    rng = random.Random(1)
    feed_file.write_bytes(rng.randbytes(1_000_000).hex().encode() * 4)
    os.utime(feed_file, (1_700_000_000, 1_700_000_000))
    script = f"""
import sys
from pathlib import Path
from tests.serve.samples import MemoryView, feed, serving
path = Path({str(feed_file)!r})
with serving(MemoryView(listed=(feed(path),)), folder=path.parent) as base:
    print(base, flush=True)
    sys.stdin.read()
"""
    server = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        base = server.stdout.readline().strip()
        requests.get(f"{base}/feeds/all.atom", timeout=30)
        before = resident(server.pid)
        with ExitStack() as stack:
            for _ in range(240):
                stack.enter_context(ask_and_take_nothing(base))
            assert requests.get(f"{base}/feeds/all.atom", timeout=30).content
            assert resident(server.pid) - before < 30_000_000
    finally:
        server.communicate(timeout=20)


@pytest.mark.parametrize("limit", ["MOST_CONNECTIONS", "MOST_OF_ONE_CLIENT"])
def test_when_all_places_are_taken_the_one_who_waits_longest_goes(
    monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(connection, limit, 5)
    with serving(MemoryView()) as base, ExitStack() as stack:
        idle = [stack.enter_context(connect(base)) for _ in range(5)]
        for _ in range(3):
            with connect(base) as client:
                client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert client.recv(100).startswith(b"HTTP/1.1 200")
        assert bytes_until_the_end(idle[0]) == 0
        idle[-1].sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert idle[-1].recv(100).startswith(b"HTTP/1.1 200")


def test_when_all_places_are_taken_idle_ones_go_before_those_who_are_served(
    monkeypatch: pytest.MonkeyPatch, large: MemoryView, tmp_path: Path
) -> None:
    monkeypatch.setattr(connection, "MOST_CONNECTIONS", 5)
    with serving(large, folder=tmp_path) as base, ExitStack() as stack:
        served = [stack.enter_context(ask_and_take_nothing(base)) for _ in range(3)]
        idle = [stack.enter_context(connect(base)) for _ in range(2)]
        for _ in range(4):
            assert requests.get(f"{base}/healthz", timeout=20).ok
        assert bytes_until_the_end(idle[0]) == 0
        for client in served:
            assert bytes_until_the_end(client) > LARGE


def test_when_all_places_are_taken_the_client_with_the_most_gives_one_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "MOST_CONNECTIONS", 6)
    with serving(MemoryView()) as base, ExitStack() as stack:
        host, port = base.removeprefix("http://").split(":")
        modest = stack.enter_context(
            socket.create_connection((host, int(port)), timeout=20, source_address=("127.0.0.9", 0))
        )
        greedy = [stack.enter_context(connect(base)) for _ in range(8)]
        assert bytes_until_the_end(greedy[0]) == 0
        modest.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert modest.recv(100).startswith(b"HTTP/1.1 200")


def test_connections_are_kept_alive() -> None:
    with serving(MemoryView()) as base, connect(base) as client:
        for _ in range(3):
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            data = b""
            while not data.endswith(b"ok\n"):
                data += client.recv(4096)
