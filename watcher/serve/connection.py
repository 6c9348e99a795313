"""One client's connection: uvicorn's, with a limit to how long a client may keep it waiting.

uvicorn waits for ever for a request that never ends, and for a client that never takes its answer,
and when too many do so it refuses everybody else. Here such a client is cut off.
"""

import asyncio
from email.utils import formatdate
from typing import cast

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_CONNECTIONS = 256
EXCHANGE_SECONDS = 60.0
"""From the last answer (or the connection's start) until the next answer is ready."""


class Connection(H11Protocol):
    """Aborted when an exchange takes too long, or when it waits longest while all are taken."""

    since = 0.0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        if len(self.connections) >= MOST_CONNECTIONS:
            others = cast("set[Connection]", self.connections)
            min(others, key=lambda other: other.since).give_up()
        super().connection_made(transport)
        self._begin_exchange()

    def data_received(self, data: bytes) -> None:
        date = formatdate(usegmt=True).encode("ascii")
        self.server_state.default_headers = [(b"date", date)]  # of all answers from now on
        super().data_received(data)

    def on_response_complete(self) -> None:
        self._begin_exchange()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    def give_up(self) -> None:
        """Drop the connection at once, whatever is still to be sent."""
        self.connections.discard(self)  # now: what is lost is counted out only later
        self.transport.abort()

    def _begin_exchange(self) -> None:
        self.since = self.loop.time()
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(EXCHANGE_SECONDS, self.give_up)
