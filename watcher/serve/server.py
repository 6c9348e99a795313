"""The HTTP server: uvicorn in a thread of the daemon. It touches no signal and no log setting."""

import asyncio
import errno
import logging
import resource
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp

from watcher.config.values import split_listen
from watcher.errors import ServeError
from watcher.log import fields
from watcher.serve.connection import MOST_CONNECTIONS, Connection

log = logging.getLogger(__name__)

_KEEP_ALIVE_SECONDS = 15
_BACKLOG = 512
_ACCEPT_SECONDS = 0.05
"""An accepted socket takes some turns of the loop to become a connection. If the listener closes
before that, it would be forgotten, open.
"""
_ADVICE = {
    errno.EADDRINUSE: "another program uses this address: stop it, or change http.listen",
    errno.EACCES: "ports below 1024 need a privilege: change http.listen",
    errno.EADDRNOTAVAIL: "this machine has no such address: change http.listen",
}


class Server:
    """Serves an app at ``listen``, which is ``host:port``; port 0 takes any that is free. Once.

    A ``listener`` that listens there already is used, and stays open for the next server. What
    ``trusted_proxies`` (networks), and this machine, say about a client is believed. ``on_stop``
    ends endless answers.
    """

    def __init__(
        self,
        app: ASGIApp,
        listen: str,
        *,
        listener: socket.socket | None = None,
        trusted_proxies: Sequence[str] = (),
        on_stop: Callable[[], None] = lambda: None,
    ) -> None:
        self._listen = listen
        self._on_stop = on_stop
        self._listener = listener
        self._server = _Waiting(_settings(app, trusted_proxies))
        self._socket: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, name="http", daemon=True)
        self._address = listen

    @property
    def address(self) -> str:
        """Where it listens, as ``host:port``."""
        return self._address

    @property
    def is_alive(self) -> bool:
        """True while it serves."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Listen; connections are taken when this returns. Raises ServeError if it cannot."""
        _allow_many_files()
        self._socket = listen(self._listen) if self._listener is None else self._listener.dup()
        host, port = self._socket.getsockname()[:2]
        self._address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._thread.start()
        log.info("serving", extra=fields(address=self._address))

    def stop(self, timeout: float) -> None:
        """Finish open requests within ``timeout`` seconds, then end. May be called twice."""
        self._server.config.timeout_graceful_shutdown = max(1, int(timeout))
        self._server.end()
        self._on_stop()
        if self.is_alive:
            self._thread.join(timeout + 2)
        if self.is_alive:
            log.warning("http server did not stop in time", extra=fields(address=self._address))

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception:
            log.exception("http server died", extra=fields(address=self._address))

    async def _serve(self) -> None:
        assert self._socket is not None  # noqa: S101 - start() made it
        await self._server.serve(sockets=[self._socket])
        for connection in list(self._server.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)  # lets them be lost before the loop is closed


class _Waiting(uvicorn.Server):
    """uvicorn's server, but notified when to end instead of asking ten times a second.

    What else it would do then is to date its answers: see Connection.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended = asyncio.Event()

    def end(self) -> None:
        """From any thread, at any time."""
        self.should_exit = True
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(self._ended.set)

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        if not self.should_exit:  # after the loop is set: whoever ends it sees one or the other
            await self._ended.wait()
        for listener in (each for server in self.servers for each in server.sockets):
            self._loop.remove_reader(listener.fileno())
        await asyncio.sleep(_ACCEPT_SECONDS)


def _settings(app: ASGIApp, trusted_proxies: Sequence[str]) -> uvicorn.Config:
    config = uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="error",  # it warns about bad requests, and anybody can send those
        access_log=False,
        date_header=False,
        server_header=False,
        forwarded_allow_ips=["127.0.0.1", "::1", *trusted_proxies],
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
    )
    config.load()
    return config


def _allow_many_files() -> None:
    """Raise the soft limit of open files, which is for programs that still call select(2)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * MOST_CONNECTIONS
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))


def listen(at: str) -> socket.socket:
    """A socket that listens at ``host:port``. Raises ServeError if that cannot be."""
    where = split_listen(at)
    if where is None:
        raise ServeError("http.listen is off: there is no address to serve at")
    host, port = where
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _cannot(at, error) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise _cannot(at, error) from error
    return listener


def _cannot(at: str, error: OSError) -> ServeError:
    known = None if isinstance(error, socket.gaierror) else _ADVICE.get(error.errno or 0)
    return ServeError(f"cannot serve at {at}: {known or error.strerror}")
