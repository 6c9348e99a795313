"""One request's connection: to an allowed address, under a total deadline. It knows no HTTP.

A timeout on a socket is per read, so a server that sends a byte a second outlives it. Every
connection therefore has a handle, a duplicate of its socket, which TLS does not hide; a deadline
shuts it down when the time is up, whatever the thread that uses the connection is waiting for:
handshake, headers or body.
"""

import heapq
import http.client
import ipaddress
import itertools
import logging
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

log = logging.getLogger(__name__)

CONNECT_TIMEOUT = 5.0

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NOT_GLOBAL = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",  # IETF protocol assignments (RFC 6890)
        "192.88.99.0/24",  # relays of 6to4 (RFC 7526)
        "2001::/23",  # IETF protocol assignments, Teredo among them (RFC 2928)
        "2001:db8::/32",  # documentation (RFC 3849)
        "2002::/16",  # 6to4, which wraps any IPv4 address (RFC 7526)
        "3fff::/20",  # documentation (RFC 9637)
    )
)
"""Ranges that IANA's registries call not global, and some versions of Python do not."""

_ISATAP = (0x00005EFE, 0x02005EFE)
"""The upper half of an interface identifier that wraps an IPv4 address (RFC 5214)."""

Target = tuple[socket.AddressFamily, tuple[Any, ...]]


class Unreachable(OSError):
    """No connection could be made; its text is fit for a log: it names no URL."""


def is_public(address: str) -> bool:
    """True if an address is on the public internet; IPv4 addresses in IPv6 ones are looked at.

    Those of NAT64 (RFC 6052), IPv4-mapped and ISATAP addresses are; other forms that wrap one
    (6to4, Teredo, IPv4-compatible, IPv4-translated) are refused altogether.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv4Address):
        return _is_global(ip)
    if ip in _NAT64 or ip.ipv4_mapped:
        return _is_global(_wrapped(ip))
    wraps = (int(ip) >> 32) & 0xFFFFFFFF in _ISATAP
    return ip in _GLOBAL_UNICAST and _is_global(ip) and (not wraps or _is_global(_wrapped(ip)))


def _wrapped(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)


def _is_global(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return ip.is_global and not ip.is_multicast and not any(ip in each for each in _NOT_GLOBAL)


class Deadline:
    """Calls ``end`` at a time of the monotonic clock, unless it is cancelled before."""

    __slots__ = ("at", "end")

    def __init__(self, at: float, end: Callable[[], object]) -> None:
        self.at = at
        self.end: Callable[[], object] | None = end

    def cancel(self) -> None:
        """Call nothing; harmless once it was called."""
        self.end = None


class Deadlines:
    """The deadlines of all requests, kept by one thread: a timer each would be a thread each.

    Safe for any threads. The callables must be quick. A cancelled deadline is dropped when the
    thread next wakes, so setting and cancelling wakes nobody while an earlier one is waited for.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._heap: list[tuple[float, int, Deadline]] = []
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None

    def set(self, seconds: float, end: Callable[[], object]) -> Deadline:
        """Have ``end`` called in so many seconds."""
        deadline = Deadline(time.monotonic() + seconds, end)
        with self._changed:
            heapq.heappush(self._heap, (deadline.at, next(self._numbers), deadline))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            elif self._heap[0][2] is deadline:
                self._changed.notify()
        return deadline

    def _run(self) -> None:
        while True:
            end = self._wait()
            try:
                end()
            except Exception:
                log.exception("deadline failed")

    def _wait(self) -> Callable[[], object]:
        """Wait for the next deadline; returns what to call."""
        with self._changed:
            while True:
                while self._heap and self._heap[0][2].end is None:
                    heapq.heappop(self._heap)
                remaining = self._heap[0][0] - time.monotonic() if self._heap else None
                if remaining is None or remaining > 0:
                    self._changed.wait(remaining)
                elif (end := heapq.heappop(self._heap)[2].end) is not None:
                    return end


DEADLINES = Deadlines()


class Wire:
    """Opens the sockets of one request, and shuts them down ``timeout`` seconds after entering.

    ``connected`` is false until a request can have gone out: before that, a failure is harmless.
    ``expired`` says that the time was up.
    """

    def __init__(self, *, timeout: float, allow_private: bool) -> None:
        self.connected = False
        self.expired = False
        self._allow_private = allow_private
        self._ends_at = time.monotonic() + timeout
        self._lock = threading.Lock()
        self._watched: socket.socket | None = None
        self._is_left = False
        self._timeout = timeout
        self._deadline: Deadline | None = None

    def __enter__(self) -> Self:
        self._deadline = DEADLINES.set(self._timeout, self._expire)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        with self._lock:
            if self._watched is not None and self._is_left:
                self._watched.close()
            self._watched = None

    def open(
        self, host: str, port: int, options: list[tuple[Any, ...]]
    ) -> tuple[socket.socket, socket.socket]:
        """A connected socket to the first address of ``host`` that answers, and its handle.

        Raises Unreachable.
        """
        problem = "it has no address"
        for target in self._allowed(self._resolve(host, port)):
            try:
                return self._connect(target, options)
            except TimeoutError:
                problem = "connecting timed out"
            except OSError as error:
                problem = (error.strerror or type(error).__name__).lower()
        raise Unreachable(problem)

    def watch(self, handle: socket.socket) -> None:
        """Shut down the connection with this handle when the time is up.

        Raises TimeoutError if that is so already.
        """
        with self._lock:
            if self.expired:
                raise TimeoutError
            self._watched, self._is_left = handle, False

    def close(self, handle: socket.socket) -> None:
        """Close a connection's handle; one that is watched, at the end of the request.

        http.client closes a connection as soon as the headers are read, and goes on to the body.
        """
        with self._lock:
            if self._watched is handle:
                self._is_left = True
            else:
                handle.close()

    def _remaining(self) -> float:
        return max(self._ends_at - time.monotonic(), 0.001)

    def _resolve(self, host: str, port: int) -> list[Target]:
        """Look ``host`` up in a thread of its own: a resolver cannot be told to hurry.

        An address needs no resolver.
        """
        with suppress(OSError, UnicodeError):
            return _targets(host, port, socket.AI_NUMERICHOST)
        found: list[list[Target]] = []

        def look_up() -> None:
            with suppress(OSError, UnicodeError):
                found.append(_targets(host, port))

        thread = threading.Thread(target=look_up, name="seedwatch-resolve", daemon=True)
        thread.start()
        thread.join(self._remaining())
        if not found:
            slow = thread.is_alive()
            raise Unreachable("resolving its name timed out" if slow else "its name is unknown")
        return found[0]

    def _allowed(self, targets: list[Target]) -> list[Target]:
        """The targets that may be connected to: the very addresses used, so DNS cannot rebind."""
        if self._allow_private:
            return targets
        public = [target for target in targets if is_public(target[1][0])]
        if targets and not public:
            raise Unreachable("its address is private, and egress.allow_private is false")
        return public

    def _connect(
        self, target: Target, options: list[tuple[Any, ...]]
    ) -> tuple[socket.socket, socket.socket]:
        family, address = target
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            for option in options:
                sock.setsockopt(*option)
            sock.settimeout(min(CONNECT_TIMEOUT, self._remaining()))
            sock.connect(address)
            handle = sock.dup()
            try:
                self.watch(handle)
            except BaseException:
                handle.close()
                raise
        except BaseException:
            sock.close()
            raise
        return sock, handle

    def _expire(self) -> None:
        with self._lock:
            self.expired = True
            if self._watched is not None:
                with suppress(OSError):
                    self._watched.shutdown(socket.SHUT_RDWR)


def _targets(host: str, port: int, flags: int = 0) -> list[Target]:
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    return [(family, address) for family, _, _, _, address in answers]


def words_for(error: BaseException, wire: Wire) -> str:
    """Describe an error by its type alone: the text of these exceptions holds the whole URL."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, Unreachable):
            return str(cause)
    late = wire.expired or any(isinstance(cause, TimeoutError) for cause in causes)
    if wire.connected:
        return "no answer in time" if late else f"no answer: {_innermost(causes)}"
    for cause in causes:
        if isinstance(cause, ssl.SSLError) and not late:
            return f"TLS: {getattr(cause, 'verify_message', None) or cause.reason}"
    return "TLS: the handshake timed out" if late else f"cannot be sent: {_innermost(causes)}"


def _innermost(causes: list[BaseException]) -> str:
    for cause in reversed(causes):
        if isinstance(cause, http.client.RemoteDisconnected):
            return "connection closed"
        if isinstance(cause, OSError) and cause.errno is not None:
            return os.strerror(cause.errno).lower()
    return type(causes[-1]).__name__


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and all that it wraps, in whichever of the usual ways, outermost first."""
    seen: set[int] = set()
    pending = [error]
    while pending:
        current = pending.pop(0)
        if isinstance(current, BaseException) and id(current) not in seen:
            seen.add(id(current))
            yield current
            pending += [*current.args, getattr(current, "reason", None), current.__context__]


# ---------------------------------------------------------------- TLS


class Trust(ssl.SSLContext):
    """A context for clients, to be shared between threads: nothing about it changes any more."""

    def set_alpn_protocols(self, alpn_protocols: object) -> None:
        """Nothing: urllib3 sets them each time, perhaps while another thread is reading them."""


def trust_in(bundle: str) -> Trust:
    """A context that trusts a bundle (a file or a folder) as it is now; raises OSError.

    Read once for all requests: reading the usual bundle takes 30 ms of the processor, which
    urllib3 spends on each request. Read again when it changed: a daemon lives for months, and
    bundles are renewed.
    """
    status = Path(bundle).stat()
    return _read_bundle(bundle, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4)
def _read_bundle(bundle: str, *_: int) -> Trust:
    trust = Trust(ssl.PROTOCOL_TLS_CLIENT)  # which verifies, and checks the host's name
    trust.minimum_version = ssl.TLSVersion.TLSv1_2
    trust.hostname_checks_common_name = False
    ssl.SSLContext.set_alpn_protocols(trust, ["http/1.1"])
    if Path(bundle).is_dir():
        trust.load_verify_locations(capath=bundle)
    else:
        trust.load_verify_locations(cafile=bundle)
    return trust
