"""One client's connection: uvicorn's, with limits to how long a client may keep it waiting.

uvicorn waits for ever for a request that never ends, and for a client that never takes its answer.
Here a client is cut off if it makes no progress, never for being slow: one that reads its answer
byte by byte keeps its place. When all places are taken, whoever has the most loses its idlest one.
"""

import asyncio
import resource
import socket
import struct
from collections import Counter
from contextlib import suppress
from email.utils import formatdate
from ipaddress import ip_address
from typing import cast

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

MOST_CONNECTIONS = 2048
"""Each costs some 20 kB; there is room for a thousand listeners to the change log, and for others.
"""
MOST_OF_ONE_CLIENT = 1280
SILENT_SECONDS = 15.0
"""How long a connection may be open before the first byte of its first request."""
REQUEST_SECONDS = 60.0
"""How long a request may take to arrive, from its connection's start or the last answer."""
STALLED_SECONDS = 60.0
"""How long a client may read nothing of an answer that waits for it."""
UNSENT_BYTES = 16 * 1024
"""How many bytes may wait in memory for one client before an answer pauses."""
UNSENT_IN_KERNEL = 128 * 1024
"""The same in the kernel, beyond what is on its way; by itself it takes megabytes for each."""

# struct tcp_info of linux/tcp.h: 104 bytes, two rates, then tcpi_bytes_acked.
_ACKED = struct.Struct("120xQ")


class Connection(H11Protocol):
    """Aborted when its client makes no progress, or when it is the idlest while all are taken."""

    since = 0.0
    """When the client last made progress."""
    _timer: asyncio.TimerHandle | None = None
    _has_begun = False
    _taken = -1

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=UNSENT_BYTES)
        with suppress(OSError, AttributeError):  # AttributeError: Linux and macOS have it
            transport.get_extra_info("socket").setsockopt(
                socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_IN_KERNEL
            )
        self.since = self.loop.time()
        self._make_room()
        self._look()

    def data_received(self, data: bytes) -> None:
        self._has_begun = True
        date = formatdate(usegmt=True).encode("ascii")
        self.server_state.default_headers = [(b"date", date)]  # of all answers from now on
        super().data_received(data)

    def on_response_complete(self) -> None:
        self.since = self.loop.time()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    @property
    def is_waiting(self) -> bool:
        """True while we wait for a request: no answer is in progress or unsent."""
        cycle = cast("RequestResponseCycle | None", self.cycle)  # None until the first request
        is_answered = cycle is None or cycle.response_complete
        return is_answered and not self.transport.get_write_buffer_size()

    def give_up(self) -> None:
        """Drop the connection at once, whatever is still to be sent."""
        self.connections.discard(self)  # now: a lost connection is counted only later
        self.transport.abort()

    def _look(self) -> None:
        """Cut the client off if it makes no progress; else check again when its time is over."""
        now = self.loop.time()
        if self.is_waiting:
            patience = REQUEST_SECONDS if self._has_begun else SILENT_SECONDS
            left = self.since + patience - now
        else:
            taken = _taken_by(self.transport)
            if taken != self._taken or not self.transport.get_write_buffer_size():
                self._taken, self.since = taken, now
            patience = STALLED_SECONDS
            left = min(self.since + patience - now, patience / 4)
        if left <= 0:
            self.give_up()
        else:
            self._timer = self.loop.call_later(left, self._look)

    def _make_room(self) -> None:
        """Cut off the idlest connection of a client with too many, or of the one with the most."""
        all_of_us = cast("set[Connection]", self.connections)
        if len(all_of_us) <= min(MOST_OF_ONE_CLIENT, MOST_CONNECTIONS, _open_files() // 2):
            return
        mine = [other for other in all_of_us if other.owner == self.owner]
        if len(mine) > MOST_OF_ONE_CLIENT:
            _idlest(mine, self).give_up()
        elif len(all_of_us) > MOST_CONNECTIONS or len(all_of_us) > _open_files() // 2:
            counts = Counter(other.owner for other in all_of_us)
            greediest = max(counts, key=lambda owner: counts[owner])
            _idlest([c for c in all_of_us if c.owner == greediest], self).give_up()

    @property
    def owner(self) -> str:
        """The owner of this connection: its address; for IPv6 the network of a household."""
        host = self.client[0] if self.client else ""
        if ":" not in host:
            return host
        with suppress(ValueError):
            return str(int(ip_address(host)) >> 64)
        return host


def _idlest(connections: list[Connection], newest: Connection) -> Connection:
    """The one that has waited longest for a request, else the one without progress for longest."""
    others = [each for each in connections if each is not newest] or connections
    return min(others, key=lambda each: (not each.is_waiting, each.since))


def _open_files() -> int:
    """How many files the process may have open; the other half is for seeds, feeds, the store."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def _taken_by(transport: asyncio.Transport) -> int:
    """A value that changes when the client has received something.

    What its machine acknowledged, by Linux: what the kernel took from us says little, as it keeps
    megabytes for a slow line. Elsewhere, what is left to be sent.
    """
    connection = transport.get_extra_info("socket")
    with suppress(OSError, AttributeError, struct.error):
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _ACKED.size)
        return int(_ACKED.unpack(info)[0])
    return transport.get_write_buffer_size()
