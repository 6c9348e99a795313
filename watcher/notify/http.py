"""The home of requests: POSTs, answered by values. Expected failures are never exceptions.

An endpoint's connection is kept alive for seconds. After any doubt the next request has a fresh
one: if it was idle for long, is readable though nothing was asked, or had an error. What was sent
on a kept one and got no answer may have arrived, as always. There is no session: it would read
``~/.netrc``, keep cookies, and swallow a redirect's whole body.
"""

import http.client
import logging
import os
import socket
import threading
import time
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from watcher.notify.outcome import SUCCESS, Failure, Response
from watcher.notify.wire import DEADLINES, Wire, trust_in, words_for

READ_TIMEOUT = 15.0
ANSWER_LIMIT = 64 * 1024

LONGEST_IDLE = 4.0
"""Seconds that a connection is kept without use: fewer than any usual server keeps it."""

LONGEST_KEPT = 60.0
"""Seconds that a connection is used: a name may lead elsewhere by then."""

LOOK_EVERY = 0.5
"""Seconds between looks for connections that are idle for too long."""

MOST_KEPT = 256
"""Connections that are kept in all: each takes a file descriptor, here and there."""

# urllib3 warns of malformed headers with the whole URL, which for Slack is the secret.
logging.getLogger("urllib3").propagate = False

_EXPECTED = (
    requests.RequestException, HTTPError, http.client.HTTPException, OSError, ValueError,
)  # fmt: skip


class Line:
    """Where one endpoint's requests go, one after the other, each over a connection that is kept.

    Not for two threads at once; it is closed by another one once it was idle for long.
    """

    def __init__(self, method: str = "POST") -> None:
        self._method = method
        self.wire = Wire(timeout=0.0, allow_private=False)
        self._adapter: _Adapter | None = None
        self._made_at = 0.0
        self._proxies: dict[str, str] = {}
        self._request: requests.PreparedRequest | None = None
        self._url = ""
        self._of_url: dict[str, str] = {}

    def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        timeout: float,
        allow_private: bool,
    ) -> Response | Failure:
        """POST ``body`` within ``timeout`` seconds in all, from resolving the name to the answer.

        Redirects are not followed, certificates are verified. Proxies come from the environment,
        except without ``allow_private``: nobody can check addresses through a proxy.
        """
        started = time.monotonic()
        _KEPT.take(self)
        if started - self._made_at > LONGEST_KEPT:
            self.close()
        adapter = self._adapter
        if adapter is None:
            adapter = self._adapter = _Adapter(self)
            self._made_at = started
            self._proxies = get_environ_proxies(url) if allow_private and _names_proxies() else {}
        with Wire(timeout=timeout, allow_private=allow_private) as self.wire:
            try:
                with self._send(adapter, url, body, headers) as answer:
                    found = _read(answer, self.wire, started)
            except _EXPECTED as error:
                self.close()
                words = words_for(error, self.wire)
                elapsed = time.monotonic() - started
                failure = f"{_host(url)}: {words}"
                return Failure(sent=self.wire.connected, error=failure, elapsed=elapsed)
        if not found.complete or found.status not in SUCCESS:
            self.close()
        else:
            _KEPT.keep(self)
        return found

    def close(self) -> None:
        """Close the connection, if there is one; the next request makes a new one."""
        for adapter in self.give_up():
            adapter.close()

    def give_up(self) -> "list[_Adapter]":
        """Give up the connection. Returns the adapters to close, if any."""
        adapter, self._adapter = self._adapter, None
        return [] if adapter is None else [adapter]

    def _send(
        self,
        adapter: "_Adapter",
        url: str,
        body: bytes,
        headers: Mapping[str, str],
    ) -> requests.Response:
        if self._request is None or self._url != url:
            self._url, self._request = url, requests.Request(self._method, url).prepare()
            self._of_url = dict(self._request.headers)
        # The same request again, with another body: its URL is taken apart once for all.
        ours = {"accept-encoding": "identity", "content-length": str(len(body))}
        encoded = {name: value.encode() for name, value in {**headers, **ours}.items()}
        self._request.prepare_headers({**self._of_url, **encoded})
        self._request.body = body
        return adapter.send(
            self._request,
            stream=True,
            timeout=READ_TIMEOUT,
            verify=os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True,
            proxies=self._proxies,
        )


class _Kept:
    """The lines whose connections are kept: few enough, and none for long without use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle_since: dict[Line, float] = {}
        self._is_watched = False

    def take(self, line: Line) -> None:
        """Take a line into use: from here on only its user closes the connection."""
        with self._lock:
            self._idle_since.pop(line, None)

    def keep(self, line: Line) -> None:
        """It is not used for now."""
        with self._lock:
            self._idle_since[line] = time.monotonic()
            given_up = list[_Adapter]()
            while len(self._idle_since) > MOST_KEPT:
                given_up += self._give_up_oldest()
            if not self._is_watched:
                self._is_watched = True
                DEADLINES.set(LOOK_EVERY, self._look)
        for adapter in given_up:
            adapter.close()

    def _look(self) -> None:
        """Close lines that were idle too long; look again while any are kept."""
        ends_at, given_up = time.monotonic() - LONGEST_IDLE, list[_Adapter]()
        with self._lock:
            while self._idle_since and next(iter(self._idle_since.values())) < ends_at:
                given_up += self._give_up_oldest()
            self._is_watched = bool(self._idle_since)
            if self._is_watched:
                DEADLINES.set(LOOK_EVERY, self._look)
        for adapter in given_up:
            adapter.close()

    def _give_up_oldest(self) -> "list[_Adapter]":
        """Take its connection from the line that is idle for longest; to be closed unlocked."""
        line = next(iter(self._idle_since))
        del self._idle_since[line]
        return line.give_up()


_KEPT = _Kept()


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, timeout: float, allow_private: bool
) -> Response | Failure:
    """POST ``body`` once, as :meth:`Line.post` does, over a connection of its own."""
    return _once(Line(), url, body, headers, timeout=timeout, allow_private=allow_private)


def get(url: str, *, timeout: float, allow_private: bool) -> Response | Failure:
    """GET once, on the same terms."""
    return _once(Line("GET"), url, b"", {}, timeout=timeout, allow_private=allow_private)


def _once(
    line: Line,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    timeout: float,
    allow_private: bool,
) -> Response | Failure:
    closing = {"connection": "close", **headers}
    try:
        return line.post(url, body, closing, timeout=timeout, allow_private=allow_private)
    finally:
        _KEPT.take(line)
        line.close()


def _names_proxies() -> bool:
    """True if the environment names any: to look for those of one URL takes ten times as long."""
    return any(name.lower().endswith(b"_proxy") for name in os.environb)


def _read(answer: requests.Response, wire: Wire, started: float) -> Response:
    """The answer as far as it came: once its status is here, a body cut short is no failure."""
    body, complete = bytearray(), True
    try:
        while len(body) < ANSWER_LIMIT:
            part = answer.raw.read1(ANSWER_LIMIT - len(body), decode_content=False)
            if not part:
                break
            body += part
    except _EXPECTED:
        complete = False
    return Response(
        status=answer.status_code,
        headers={name.lower(): value for name, value in answer.raw.headers.items()},
        body=bytes(body),
        complete=complete and not wire.expired,
        elapsed=time.monotonic() - started,
    )


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "no host"
    except ValueError:
        return "no host"


class _PlainConnection(HTTPConnection):
    """A connection whose sockets come from its line's wire, which is told when it is connected."""

    def __init__(self, *args: Any, line: Line, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._line = line
        self._handle: socket.socket | None = None
        self._unsent: list[bytes] | None = None

    def _new_conn(self) -> socket.socket:
        options = list(self.socket_options or ())
        sock, self._handle = self._line.wire.open(self._dns_host, self.port, options)
        return sock

    def connect(self) -> None:
        super().connect()
        self._line.wire.connected = True

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send a request as a whole: headers and body in two pieces cost both sides twice."""
        wire = self._line.wire
        if self.sock is not None and self._handle is not None:
            wire.watch(self._handle)
            wire.connected = True
        self._unsent = []
        super().request(*args, **kwargs)
        pieces, self._unsent = self._unsent, None
        self.send(b"".join(pieces))

    def send(self, data: Any) -> None:
        if self._unsent is None:
            super().send(data)
        else:
            self._unsent.append(data)

    def close(self) -> None:
        super().close()
        handle, self._handle = self._handle, None
        if handle is not None:
            self._line.wire.close(handle)


class _TlsConnection(_PlainConnection, HTTPSConnection):
    """The same under TLS: it is connected only after the handshake."""

    def connect(self) -> None:
        bundle = self.ca_certs or self.ca_cert_dir
        if bundle and self.proxy is None:  # else the bundle is for the proxy, too
            self.ssl_context = trust_in(bundle)
            self.ca_certs = self.ca_cert_dir = None
        super().connect()


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(HTTPAdapter):
    """Sends over one line, straight or through a proxy."""

    def __init__(self, line: Line) -> None:
        self._pools = {
            "http": partial(_PlainPool, line=line),
            "https": partial(_TlsPool, line=line),
        }
        self._pool: Any = None
        super().__init__(pool_connections=1, pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """The one pool of the line: to look it up anew takes longer than to send."""
        if self._pool is None:
            self._pool = super().get_connection_with_tls_context(*args, **kwargs)
        return self._pool

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        """An answer with its status and body, without cookies; :func:`_read` takes no more."""
        del req
        answer = requests.Response()
        answer.status_code, answer.raw = resp.status, resp
        return answer

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **proxy_kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager
