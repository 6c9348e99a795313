"""The home of requests: one POST, answered by a value. Expected failures are never exceptions.

Each POST has a connection of its own. Kept-alive ones go stale, and a request lost on a stale one
looks like a success whose answer was lost; a handshake more is cheaper than that doubt. There is
no session either: it would read ``~/.netrc``, keep cookies, and swallow a redirect's whole body.
"""

import http.client
import logging
import os
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from watcher.notify.wire import CONNECT_TIMEOUT, Unreachable, Wire

READ_TIMEOUT = 15.0
ANSWER_LIMIT = 64 * 1024

# urllib3 warns of malformed headers with the whole URL, which for Slack is the secret.
logging.getLogger("urllib3").propagate = False

_EXPECTED = (
    requests.RequestException, HTTPError, http.client.HTTPException, OSError, ValueError,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer, with at most 64 KiB of its body; ``complete`` unless that was cut short.

    Header names are in lower case; ``elapsed`` is in seconds.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    complete: bool
    elapsed: float

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """No answer. ``sent`` says that the request may have arrived. ``error`` names no URL."""

    sent: bool
    error: str
    elapsed: float


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, timeout: float, allow_private: bool
) -> Response | Failure:
    """POST ``body`` within ``timeout`` seconds in all, from resolving the name to the answer.

    Redirects are not followed, certificates are verified. Proxies come from the environment,
    except without ``allow_private``: nobody can check addresses through a proxy.
    """
    started = time.monotonic()
    with Wire(timeout=timeout, allow_private=allow_private) as wire, _Adapter(wire) as adapter:
        try:
            with _send(adapter, url, body, headers, proxied=allow_private) as answer:
                return _read(answer, wire, started)
        except _EXPECTED as error:
            words = _words(error, wire)
            elapsed = time.monotonic() - started
            return Failure(sent=wire.connected, error=f"{_host(url)}: {words}", elapsed=elapsed)


def _send(
    adapter: "_Adapter", url: str, body: bytes, headers: Mapping[str, str], *, proxied: bool
) -> requests.Response:
    ours = {"connection": "close", "accept-encoding": "identity"}
    encoded = {name: value.encode() for name, value in (dict(headers) | ours).items()}
    request = requests.Request("POST", url, data=body, headers=encoded).prepare()
    return adapter.send(
        request,
        stream=True,
        timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
        verify=os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True,
        proxies=get_environ_proxies(url) if proxied and _names_proxies() else {},
    )


def _names_proxies() -> bool:
    """Whether the environment names any: to look for those of one URL takes ten times as long."""
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
        headers={name.lower(): value for name, value in answer.headers.items()},
        body=bytes(body),
        complete=complete and not wire.expired,
        elapsed=time.monotonic() - started,
    )


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "no host"
    except ValueError:
        return "no host"


def _words(error: BaseException, wire: Wire) -> str:
    """What happened, from types alone: the text of these exceptions holds the whole URL."""
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


class _PlainConnection(HTTPConnection):
    """A connection whose sockets come from a wire, which it tells when it is connected."""

    def __init__(self, *args: Any, wire: Wire, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._wire = wire

    def _new_conn(self) -> socket.socket:
        return self._wire.open(self._dns_host, self.port, list(self.socket_options or ()))

    def connect(self) -> None:
        super().connect()
        self._wire.connected = True


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
    """Sends over one wire, straight or through a proxy."""

    def __init__(self, wire: Wire) -> None:
        self._pools = {
            "http": partial(_PlainPool, wire=wire),
            "https": partial(_TlsPool, wire=wire),
        }
        super().__init__(pool_connections=1, pool_maxsize=1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **proxy_kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager


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
