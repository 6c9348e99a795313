"""Reads pieces in other processes while the caller stores what was read before.

Only a process without threads is forked, on Linux: a lock that a thread holds would stay taken in
the child for ever. Otherwise, and whenever a helper is lost, the caller reads by itself. Helpers
know nothing of the store, and write nothing.
"""

import logging
import os
import pickle
import select
import signal
import socket
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Self

from watcher.log import fields
from watcher.pipeline.reading import Piece, Readings

log = logging.getLogger(__name__)

PIECE = 200
"""How many paths a piece has, except for the last one."""
MANY = 500
"""From this many paths on, helpers pay."""
DEPTH = 4
"""How many pieces a helper is given at most: it must not wait while the caller stores a batch."""
LARGEST = 32 * 1024
"""How many bytes a piece may have, so that all pieces of a helper fit into its socket. Otherwise
the caller would wait for room there, which comes only when the helper is done with a piece."""
AHEAD = 12
"""How many pieces are read at most before the first of them is taken."""
MOST_HELPERS = 3

_LENGTH_SIZE = 8
_TOKEN = b"."

Read = Callable[[Piece], Readings]


def count_helpers() -> int:
    """Return how many helpers this process can use: none if it must not be forked."""
    if sys.platform != "linux" or not hasattr(os, "memfd_create"):  # old C libraries lack it
        return 0
    if threading.active_count() > 1:
        return 0
    return min(MOST_HELPERS, len(os.sched_getaffinity(0)) - 1)


class ReadPool:
    """Helper processes that live until the end of the ``with`` block."""

    def __init__(self, read: Read, *, helpers: int) -> None:
        self._read = read
        self._helpers = [_Helper(read) for _ in range(helpers)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        while self._helpers:
            self._helpers.pop().end()

    def read(self, pieces: Iterator[Piece], *, most: int, least: int) -> Iterator[list[Readings]]:
        """Yield what is at the paths of each piece, in order, ``most`` pieces at a time.

        Once the last piece is handed out, as few as ``least`` finished pieces are yielded, so that
        the caller stores them while helpers read the rest.
        """
        queue = deque[_Slot]()
        done: list[Readings] = []
        while True:
            self._hand_out(pieces, queue)
            if queue and (result := queue[0].result) is not None:
                queue.popleft()
                done.append(result)
                if len(done) == most:
                    yield done
                    done = []
            elif self._collect(wait=len(queue) >= AHEAD) or self._read_next(pieces, queue):
                continue
            elif done and (len(done) >= least or not queue):
                yield done
                done = []
            elif not queue:
                return
            else:
                self._collect(wait=True)

    def _hand_out(self, pieces: Iterator[Piece], queue: "deque[_Slot]") -> None:
        for helper in self._helpers:
            while helper.is_alive and len(helper.slots) < DEPTH and len(queue) < AHEAD:
                piece = next(pieces, None)
                if piece is None:
                    return
                slot = _Slot(piece)
                queue.append(slot)
                if not helper.give(slot):
                    slot.result = self._read(piece)

    def _collect(self, *, wait: bool) -> bool:
        """Take what helpers have finished; if ``wait``, until one of them has. False if nothing."""
        busy = [helper for helper in self._helpers if helper.slots]
        ready = select.select(busy, (), (), None if wait else 0)[0] if busy else []
        for helper in ready:
            if not helper.collect():
                self._replace_lost(helper)
        return bool(ready)

    def _read_next(self, pieces: Iterator[Piece], queue: "deque[_Slot]") -> bool:
        """Read the next piece in this process. False if there is none."""
        piece = next(pieces, None)
        if piece is None:
            return False
        slot = _Slot(piece)
        slot.result = self._read(piece)
        queue.append(slot)
        return True

    def _replace_lost(self, helper: "_Helper") -> None:
        """Read here what a lost helper had still to read."""
        log.warning("reading process lost", extra=fields(pid=helper.pid))
        while helper.slots:
            slot = helper.slots.popleft()
            slot.result = self._read(slot.piece)


class _Slot:
    """A piece in the queue, and what was read of it once that is done."""

    __slots__ = ("piece", "result")

    def __init__(self, piece: Piece) -> None:
        self.piece = piece
        self.result: Readings | None = None


class _Helper:
    """A forked process that reads pieces in turn. ``slots`` are those it has not returned yet."""

    def __init__(self, read: Read) -> None:
        self._socket, far_end = socket.socketpair()
        self.slots = deque[_Slot]()
        self.is_alive = True
        self.pid = os.fork()
        if not self.pid:
            _serve(far_end, read)
        far_end.close()

    def fileno(self) -> int:
        return self._socket.fileno()

    def give(self, slot: _Slot) -> bool:
        """Have a piece read. False if it is too large for the socket, or the helper is gone."""
        data = pickle.dumps(slot.piece, pickle.HIGHEST_PROTOCOL)
        if len(data) > LARGEST:
            return False
        try:
            self._socket.sendall(len(data).to_bytes(_LENGTH_SIZE) + data)
        except OSError:
            self.is_alive = False  # its other pieces are read again when it is collected
            return False
        self.slots.append(slot)
        return True

    def collect(self) -> bool:
        """Take the next result. False if the helper is gone."""
        try:
            result = _receive_in_memory(self._socket)
        except (EOFError, OSError):
            self.is_alive = False
            return False
        self.slots.popleft().result = result
        return True

    def end(self) -> None:
        """End the process, whatever it is doing: nothing depends on it any more."""
        self._socket.close()
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def _serve(far_end: socket.socket, read: Read) -> None:
    """What a helper does until it is ended, or the process that it helps is gone.

    It keeps no descriptor of that process open, least of all the store's lock.
    """
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to both processes
        os.closerange(3, far_end.fileno())
        os.closerange(far_end.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
        while True:
            length = int.from_bytes(_receive(far_end, _LENGTH_SIZE))
            piece = pickle.loads(_receive(far_end, length))  # noqa: S301  # from our own parent
            _send_in_memory(far_end, pickle.dumps(read(piece), pickle.HIGHEST_PROTOCOL))
    finally:
        os._exit(0)  # in any case: nothing of the other process may be cleaned up here


def _send_in_memory(to: socket.socket, data: bytes) -> None:
    """Send data of any size without waiting for the other end to take it."""
    memory = os.memfd_create("readings")
    try:
        with os.fdopen(memory, "wb", closefd=False) as file:
            file.write(data)
        socket.send_fds(to, [_TOKEN], [memory])
    finally:
        os.close(memory)


def _receive_in_memory(source: socket.socket) -> Readings:
    """What :func:`_send_in_memory` sent. Raises EOFError if nobody is at the other end."""
    token, descriptors, _, _ = socket.recv_fds(source, len(_TOKEN), 1)
    if not token:
        raise EOFError
    with os.fdopen(descriptors[0], "rb") as file:
        file.seek(0)
        readings: Readings = pickle.load(file)  # noqa: S301  # from our own child
        return readings


def _receive(source: socket.socket, length: int) -> bytes:
    """So many bytes. Raises EOFError if nobody is at the other end."""
    data = source.recv(length, socket.MSG_WAITALL)
    if len(data) < length:
        raise EOFError
    return data
