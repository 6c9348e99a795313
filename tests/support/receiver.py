"""A local HTTP receiver on raw sockets, so that it can misbehave in every way that servers do.

::

    with Receiver() as receiver:
        receiver.script(answer(500), reset_after_body(), answer(200))   # one a connection
        ...                                                             # then receiver.default
        receiver.wait_for(1, timeout=5)
        receiver.accepted[0].json()

A behaviour is a function of an :class:`Exchange`. What a request is worth is kept apart:
``requests`` are all that arrived whole, ``accepted`` those that the receiver took, whether or not
its answer got through; ``connected`` counts connections.
"""

import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from tests.support.ports import KeptPort

KIB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One request that arrived whole. Header names are in lower case; ``at`` is unix seconds."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float

    @property
    def id(self) -> str | None:
        return self.headers.get("webhook-id")

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True, kw_only=True)
class Exchange:
    """One connection, as a behaviour sees it."""

    receiver: "Receiver"
    connection: socket.socket
    _pending: bytes = field(default=b"")

    def read(self) -> Message:
        """Read the whole request, and record that it came."""
        head = self.read_head()
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ", 2)
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        body = self.read_body(int(headers.get("content-length", "0")))
        message = Message(method=method, path=path, headers=headers, body=body, at=time.time())
        self.receiver.record(message)
        return message

    def read_head(self) -> bytes:
        """Read the request line and headers, without the blank line."""
        while b"\r\n\r\n" not in self._pending:
            self._receive()
        head, _, self._pending = self._pending.partition(b"\r\n\r\n")
        return head

    def read_body(self, size: int) -> bytes:
        while len(self._pending) < size:
            self._receive()
        body, self._pending = self._pending[:size], self._pending[size:]
        return body

    def _receive(self) -> None:
        data = self.connection.recv(64 * KIB)
        if not data:
            raise ConnectionResetError
        self._pending += data

    def accept(self, message: Message) -> None:
        self.receiver.record(message, accepted=True)

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def wait(self, seconds: float) -> None:
        """Wait, but not past the end of the receiver."""
        self.receiver.stopped.wait(seconds)

    def reset(self) -> None:
        """Close with a TCP reset instead of a goodbye."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


Behaviour = Callable[[Exchange], None]


def response(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """The bytes of an answer."""
    given = {"content-length": str(len(body)), "connection": "close"} | dict(headers or {})
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{k}: {v}" for k, v in given.items())]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def answer(
    status: int = 200, body: bytes = b"ok", headers: Mapping[str, str] | None = None
) -> Behaviour:
    """Answer at once; the request is accepted if ``status`` says so."""
    return late(0, status, body, headers)


def late(
    seconds: float,
    status: int = 200,
    body: bytes = b"ok",
    headers: Mapping[str, str] | None = None,
) -> Behaviour:
    """Take the request at once, and answer after ``seconds``."""

    def behave(exchange: Exchange) -> None:
        message = exchange.read()
        if status // 100 == 2:
            exchange.accept(message)
        exchange.wait(seconds)
        exchange.send(response(status, body, headers))

    return behave


def keep(*answers: bytes) -> Behaviour:
    """Take request after request over one connection; each gets an answer, in the end 200."""

    def behave(exchange: Exchange) -> None:
        left = list(answers)
        while True:
            exchange.accept(exchange.read())
            exchange.send(left.pop(0) if left else kept_response())

    return behave


def kept_response(status: int = 200, body: bytes = b"ok") -> bytes:
    """The bytes of an answer after which the connection is kept."""
    return response(status, body, {"connection": "keep-alive"})


def redirect(to: str, *, body: bytes = b"") -> Behaviour:
    return answer(302, body, {"location": to})


def echo(status: int) -> Behaviour:
    """Answer with the request itself, path and headers and all, as careless error pages do."""

    def behave(exchange: Exchange) -> None:
        message = exchange.read()
        lines = [message.path, *(f"{k}: {v}" for k, v in message.headers.items())]
        exchange.send(response(status, "\n".join(lines).encode("latin-1")))

    return behave


def dribble(interval: float = 1.0, *, fast: int = 0, body: bytes = b"ok" * 100) -> Behaviour:
    """Take the request, then answer a byte per ``interval`` after the first ``fast`` bytes."""

    def behave(exchange: Exchange) -> None:
        exchange.accept(exchange.read())
        data = response(200, body)
        exchange.send(data[:fast])
        for byte in data[fast:]:
            if exchange.receiver.stopped.is_set():
                return
            exchange.send(bytes([byte]))
            exchange.wait(interval)

    return behave


def head_size(body: bytes = b"ok" * 100) -> int:
    """How many bytes of :func:`dribble`'s answer are its head: for ``fast``."""
    return len(response(200, body)) - len(body)


def huge(size: int = 10 * KIB * KIB, *, status: int = 200, to: str | None = None) -> Behaviour:
    """Take the request, then answer with ``size`` bytes; ``to`` is a Location to go with it."""

    def behave(exchange: Exchange) -> None:
        message = exchange.read()
        if status // 100 == 2:
            exchange.accept(message)
        place = {"location": to} if to else {}
        exchange.send(response(status, b"", {"content-length": str(size)} | place))
        for _ in range(size // KIB):
            exchange.send(b"x" * KIB)

    return behave


def raw(data: bytes) -> Behaviour:
    """Take the request, then send exactly these bytes."""

    def behave(exchange: Exchange) -> None:
        exchange.accept(exchange.read())
        exchange.send(data)

    return behave


def hang() -> Behaviour:
    """Read nothing and say nothing, until the receiver ends."""
    return lambda exchange: exchange.wait(3600)


def reset_before_reading() -> Behaviour:
    return lambda exchange: exchange.reset()


def reset_mid_body() -> Behaviour:
    """Reset after the head of the request: its body is left half read."""

    def behave(exchange: Exchange) -> None:
        exchange.read_head()
        exchange.reset()

    return behave


def reset_after_body(*, accept: bool = True) -> Behaviour:
    """Read the request whole, take it or not, and reset instead of answering."""

    def behave(exchange: Exchange) -> None:
        message = exchange.read()
        if accept:
            exchange.accept(message)
        exchange.reset()

    return behave


def close_silently(*, accept: bool = True) -> Behaviour:
    """Read the request whole, take it or not, and close without an answer."""

    def behave(exchange: Exchange) -> None:
        message = exchange.read()
        if accept:
            exchange.accept(message)

    return behave


class Receiver:
    """Listens on a port of its own, a thread a connection. ``tls`` makes it speak HTTPS."""

    def __init__(self, default: Behaviour | None = None, *, tls: ssl.SSLContext | None = None):
        self.default = default or answer()
        self.requests: list[Message] = []
        self.accepted: list[Message] = []
        self.connected = 0
        self.stopped = threading.Event()
        self._tls = tls
        self._script: list[Behaviour] = []
        self._changed = threading.Condition()
        self._connections: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener: socket.socket | None = None
        self._kept = KeptPort()
        self.port = self._kept.number

    def __enter__(self) -> Self:
        self.resume()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stopped.set()
        self.pause()
        with self._changed:
            connections = list(self._connections)
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        self._kept.close()

    @property
    def url(self) -> str:
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self.port}/hook"

    def script(self, *behaviours: Behaviour) -> None:
        """Behave like this, one a connection; afterwards like ``default``."""
        with self._changed:
            self._script += behaviours

    def pause(self) -> None:
        """Stop listening: connections are refused."""
        if self._listener is not None:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None

    def resume(self) -> None:
        """Listen (again), on the same port as before."""
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
        self._start(self._listen, self._listener)

    def wait_for(self, count: int, timeout: float = 10) -> list[Message]:
        """Wait until ``count`` messages are accepted; all that are. Raises TimeoutError."""
        return self._wait(self.accepted, count, timeout)

    def wait_for_requests(self, count: int, timeout: float = 10) -> list[Message]:
        """Wait until ``count`` requests have arrived whole; all that have. Raises TimeoutError."""
        return self._wait(self.requests, count, timeout)

    def _wait(self, messages: list[Message], count: int, timeout: float) -> list[Message]:
        with self._changed:
            if not self._changed.wait_for(lambda: len(messages) >= count, timeout):
                raise TimeoutError(f"{len(messages)} of {count} messages after {timeout} s")
            return list(messages)

    def record(self, message: Message, *, accepted: bool = False) -> None:
        with self._changed:
            (self.accepted if accepted else self.requests).append(message)
            self._changed.notify_all()

    def _start(self, target: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _listen(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self._changed:
                behaviour = self._script.pop(0) if self._script else self.default
                self._connections.add(connection)
                self.connected += 1
            self._start(self._serve, connection, behaviour)

    def _serve(self, connection: socket.socket, behaviour: Behaviour) -> None:
        with suppress(OSError):
            plain = connection
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection:
                behaviour(Exchange(receiver=self, connection=connection))
                _say_goodbye(connection)
        with self._changed:
            self._connections.discard(plain)
        plain.close()


def _say_goodbye(connection: socket.socket) -> None:
    """End the answer, and read what the client still sends: closing on unread data is a reset."""
    if connection.fileno() == -1:
        return
    connection.shutdown(socket.SHUT_WR)
    connection.settimeout(1)
    while connection.recv(64 * KIB):
        pass
