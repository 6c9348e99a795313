import asyncio
import logging
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
import requests
from starlette.types import Receive, Scope, Send

from tests.serve.samples import MemoryView, serving
from watcher.errors import SeedwatchError, ServeError
from watcher.serve.server import Server


async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]}
    )
    await send({"type": "http.response.body", "body": b"hello"})


def connect(address: str) -> socket.socket:
    host, port = address.split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def fetch(address: str) -> bytes:
    with connect(address) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return b"".join(iter(lambda: client.recv(4096), b""))


def read_until(client: socket.socket, end: bytes) -> bytes:
    """What arrives, up to ``end`` or the connection's."""
    data = b""
    while not data.endswith(end) and (more := client.recv(4096)):
        data += more
    return data


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server(app, "127.0.0.1:0")
    yield made
    made.stop(5)


def test_it_listens_when_start_returns(server: Server) -> None:
    server.start()
    host, port = server.address.split(":")
    assert host == "127.0.0.1"
    assert int(port) > 0
    assert fetch(server.address).endswith(b"hello")


def test_each_answer_has_its_date(server: Server) -> None:
    server.start()
    head = fetch(server.address).partition(b"\r\n\r\n")[0].decode("ascii")
    date = next(line for line in head.splitlines() if line.lower().startswith("date: "))
    assert abs(parsedate_to_datetime(date[6:]).timestamp() - time.time()) < 10


def test_while_nobody_asks_it_sleeps(server: Server) -> None:
    server.start()
    fetch(server.address)
    before = _naps(server)
    time.sleep(0.5)
    assert _naps(server) - before <= 1


def _naps(server: Server) -> int:
    """How often the server's thread has waited for something."""
    assert server.is_alive
    thread = next(thread for thread in threading.enumerate() if thread.name == "http")
    status = Path(f"/proc/self/task/{thread.native_id}/status").read_text("ascii")
    counted = re.search(r"^voluntary_ctxt_switches:\s+(\d+)$", status, re.MULTILINE)
    assert counted is not None
    return int(counted[1])


def test_a_taken_port_is_an_error_in_words(server: Server) -> None:
    server.start()
    other = Server(app, server.address)
    with pytest.raises(ServeError, match=r"cannot serve at 127\.0\.0\.1:\d+: another program"):
        other.start()
    other.stop(1)
    assert fetch(server.address).endswith(b"hello")


@pytest.mark.parametrize(
    ("listen", "words"),
    [
        ("192.0.2.1:0", "no such address"),
        ("no-such-host.invalid:0", "cannot serve at no-such-host.invalid:0: "),
        ("off", "http.listen is off"),
    ],
)
def test_an_address_that_cannot_be_had_is_an_error_in_words(listen: str, words: str) -> None:
    with pytest.raises(SeedwatchError, match=words):
        Server(app, listen).start()


def test_ipv6_is_served_too() -> None:
    server = Server(app, "[::1]:0")
    try:
        server.start()
    except ServeError as error:
        pytest.skip(f"this machine has no IPv6: {error}")
    assert server.address.startswith("[::1]:")
    port = int(server.address.rpartition(":")[2])
    with socket.create_connection(("::1", port), timeout=10) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 200")
    server.stop(5)


def test_stopping_twice_or_unstarted_does_no_harm(server: Server) -> None:
    Server(app, "127.0.0.1:0").stop(1)
    server.start()
    server.stop(5)
    server.stop(5)
    with pytest.raises(ConnectionRefusedError):
        fetch(server.address)


def test_the_port_is_free_again_after_stopping(server: Server) -> None:
    server.start()
    server.stop(5)
    with pytest.raises(ConnectionRefusedError):
        fetch(server.address)
    again = Server(app, server.address)
    again.start()
    assert fetch(again.address).endswith(b"hello")
    again.stop(5)


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"])
def test_stopping_does_not_wait_for_an_open_connection(server: Server, sent: bytes) -> None:
    server.start()
    with connect(server.address) as client:
        client.sendall(sent)
        if sent.endswith(b"\r\n\r\n"):
            assert read_until(client, b"hello")
        begin = time.monotonic()
        server.stop(20)
        assert time.monotonic() - begin < 10
        with suppress(ConnectionResetError):
            assert client.recv(4096) == b""


def test_stopping_cuts_off_a_client_that_takes_nothing() -> None:
    blob = b"x" * 30_000_000

    async def generous(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": blob})

    server = Server(generous, "127.0.0.1:0")
    server.start()
    with connect(server.address) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(100)
        server.stop(1)
        assert not server.is_alive


def test_an_answer_under_way_is_finished_before_it_ends() -> None:
    asked, go_on = threading.Event(), threading.Event()

    async def slow(_scope: Scope, _receive: Receive, send: Send) -> None:
        asked.set()
        await asyncio.to_thread(go_on.wait, 10)
        await app(_scope, _receive, send)

    server = Server(slow, "127.0.0.1:0")
    server.start()
    answers: list[bytes] = []
    client = threading.Thread(target=lambda: answers.append(fetch(server.address)))
    client.start()
    assert asked.wait(10)
    stopping = threading.Thread(target=server.stop, args=(10,))
    stopping.start()
    go_on.set()
    for thread in (client, stopping):
        thread.join(15)
    assert answers[0].endswith(b"hello")


def test_signals_and_logging_stay_as_they_are(server: Server) -> None:
    before = [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)]
    handlers = logging.getLogger().handlers[:]
    server.start()
    fetch(server.address)
    assert [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)] == before
    assert logging.getLogger().handlers == handlers
    assert logging.getLogger("uvicorn").handlers == []


def test_requests_good_and_bad_are_not_logged(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    server.start()
    fetch(server.address)
    with connect(server.address) as client:
        client.sendall(b"nonsense\r\n\r\n")
        assert read_until(client, b"nothing more").startswith(b"HTTP/1.1 400")
    server.stop(5)
    assert [
        r.getMessage() for r in caplog.records if r.name.startswith(("watcher", "uvicorn"))
    ] == ["serving"]


def test_no_file_descriptor_is_left_behind() -> None:
    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    def serve_once() -> None:
        with serving(MemoryView()) as base:
            assert requests.get(f"{base}/healthz", timeout=10).ok

    serve_once()
    before = descriptors()
    serve_once()
    assert descriptors() <= before
