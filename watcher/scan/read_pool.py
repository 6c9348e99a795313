"""Reads pieces in other processes while the caller stores what was read before.

Only a process without threads is forked, on Linux: a lock that a thread holds would stay taken in
the child for ever. Else, and whenever a helper is lost, the caller's own process reads. Helpers
know nothing of the store, and write nothing.
"""

import logging
import os
import pickle
import select
import signal
import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain, cycle, islice
from typing import Self

from watcher.log import fields
from watcher.packing import pack_readings, unpack_readings
from watcher.pipeline.reading import Piece, Readings

log = logging.getLogger(__name__)

PIECE = 200
"""How many paths a piece has, but for the last one."""
MANY = 500
"""From so many paths on it pays to have help."""
DEPTH = 4
"""How many pieces a helper has at most: it must not wait while the caller stores a batch."""
LARGEST = 32 * 1024
"""How many bytes a piece may have. So many as a helper has fit into its socket: else the caller
would wait for room there, which is only when the helper is done with what it has."""
AHEAD = 12
"""How many pieces are read at most before the first of them is taken."""

_AT_HAND = 2  # a piece that a helper reads just now, and one more
_LENGTH_SIZE = 8
_TOKEN = b"."

Read = Callable[[Piece], Readings]


class ReadAhead:
    """Helpers, from the first piece to the end of the block."""

    def __init__(self, read: Read, *, helpers: int) -> None:
        self._read = read
        self._helpers = [_Helper(read) for _ in range(helpers)]
        self._begun = deque[_Slot]()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        while self._helpers:
            self._helpers.pop().end()

    def begin(self, pieces: Iterable[Piece]) -> None:
        """Have helpers read what :meth:`read` will be asked for first, by all that is known now.

        At most ``AHEAD`` pieces. It waits for nothing, but for room in a helper's socket.
        """
        for helper, piece in zip(cycle(self._helpers), islice(pieces, AHEAD), strict=False):
            slot = _Slot(piece)
            if not helper.give(slot):
                return
            self._begun.append(slot)

    def read(self, pieces: Iterator[Piece], *, most: int, least: int) -> Iterator[list[Readings]]:
        """What is at the paths of each piece, in their order, the ``most`` of them together.

        Once all are handed out it gives those that are done from ``least`` on, for the caller to
        store while helpers are at the last ones.
        """
        queue, pieces = self._take_up(pieces)
        done: list[Readings] = []
        while True:
            self._hand_out(pieces, queue)
            if queue and queue[0].is_done:
                done.append(queue.popleft().take())
                if len(done) == most:
                    yield done
                    done = []
            elif self._collect(patiently=len(queue) >= AHEAD) or self._read_next(pieces, queue):
                continue
            elif done and (len(done) >= least or not queue):
                yield done
                done = []
            elif not queue:
                return
            elif not self._relieve():
                self._collect(patiently=True)

    def _take_up(self, pieces: Iterator[Piece]) -> tuple["deque[_Slot]", Iterator[Piece]]:
        """What was begun, as far as it is what is asked for; and the pieces that are left."""
        queue, begun = deque[_Slot](), self._begun
        self._begun = deque()
        while begun and (piece := next(pieces, None)) is not None:
            if piece != begun[0].piece:
                return queue, chain([piece], pieces)
            queue.append(begun.popleft())
        return queue, pieces

    def _hand_out(self, pieces: Iterator[Piece], queue: "deque[_Slot]") -> None:
        for helper in self._helpers:
            while helper.is_alive and len(helper.has) < DEPTH and len(queue) < AHEAD:
                piece = next(pieces, None)
                if piece is None:
                    return
                slot = _Slot(piece)
                queue.append(slot)
                if not helper.give(slot):
                    slot.result = self._read(piece)

    def _collect(self, *, patiently: bool) -> bool:
        """Take what helpers have done; wait for some if ``patiently`` and they have anything."""
        busy = [helper for helper in self._helpers if helper.has]
        ready = select.select(busy, (), (), None if patiently else 0)[0] if busy else []
        for helper in ready:
            if not helper.collect():
                self._make_good(helper)
        return bool(ready)

    def _read_next(self, pieces: Iterator[Piece], queue: "deque[_Slot]") -> bool:
        """Read the next piece here; whether there was one."""
        piece = next(pieces, None)
        if piece is None:
            return False
        queue.append(_Slot(piece, self._read(piece)))
        return True

    def _relieve(self) -> bool:
        """Read what a helper would come to last, while it is at another piece; whether there was.

        It reads that, too, unless it is no longer needed by then; whoever is first is taken.
        """
        busiest = max(self._helpers, key=lambda helper: helper.left, default=None)
        if busiest is None or busiest.left < _AT_HAND:
            return False
        slot = next(slot for slot in reversed(busiest.has) if not slot.is_done)
        slot.result = self._read(slot.piece)
        return True

    def _make_good(self, helper: "_Helper") -> None:
        """Read what a helper that is no more had to read."""
        log.warning("reading process lost", extra=fields(pid=helper.pid))
        while helper.has:
            slot = helper.has.popleft()
            if not slot.is_done:
                slot.result = self._read(slot.piece)


class _Slot:
    """A piece in the queue, and what it gave: as it came from a helper until it is taken."""

    __slots__ = ("piece", "result")

    def __init__(self, piece: Piece, result: Readings | None = None) -> None:
        self.piece = piece
        self.result: Readings | bytes | None = result

    @property
    def is_done(self) -> bool:
        return self.result is not None

    def take(self) -> Readings:
        assert self.result is not None  # noqa: S101  # for the type checker: it is done
        if isinstance(self.result, Readings):
            return self.result
        return unpack_readings(self.result, self.piece.paths)


class _Helper:
    """A forked process that reads pieces in turn, and what it has yet to give back."""

    def __init__(self, read: Read) -> None:
        self._socket, far_end = socket.socketpair()
        self.has = deque[_Slot]()
        self.is_alive = True
        self.pid = os.fork()
        if not self.pid:
            _live(far_end, read)
        far_end.close()

    def fileno(self) -> int:
        return self._socket.fileno()

    @property
    def left(self) -> int:
        """How many of its pieces nobody has read yet."""
        return sum(not slot.is_done for slot in self.has)

    def give(self, slot: _Slot) -> bool:
        """Have a piece read; False if it is not for this helper, or not any more."""
        data = pickle.dumps(slot.piece, pickle.HIGHEST_PROTOCOL)
        if len(data) > LARGEST:
            return False
        try:
            _send(self._socket, data)
        except OSError:
            self.is_alive = False  # what else it has is missed when it is collected
            return False
        self.has.append(slot)
        return True

    def collect(self) -> bool:
        """Take what it did next; False if it is no more."""
        try:
            result = _receive_in_memory(self._socket)
        except (EOFError, OSError):
            self.is_alive = False
            return False
        slot = self.has.popleft()
        if not slot.is_done:
            slot.result = result
        return True

    def end(self) -> None:
        """End it, whatever it does: nothing depends on it any more."""
        self._socket.close()
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def _live(far_end: socket.socket, read: Read) -> None:
    """The helper's life, to its end; it ends with the process that it helps, too.

    It keeps nothing open of what that process has, least of all the store's lock.
    """
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal tells both; the other decides
        os.closerange(3, far_end.fileno())
        os.closerange(far_end.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
        while True:
            piece = pickle.loads(_receive(far_end))  # noqa: S301  # from our own parent
            _send_in_memory(far_end, pack_readings(read(piece)))
    finally:
        os._exit(0)  # whatever it was: nothing of the other process may be cleaned up here


def _send(to: socket.socket, data: bytes) -> None:
    to.sendall(len(data).to_bytes(_LENGTH_SIZE))
    to.sendall(data)


def _send_in_memory(to: socket.socket, data: bytes) -> None:
    """Send data of any size without waiting until the other end takes it."""
    memory = os.memfd_create("readings")
    try:
        with os.fdopen(memory, "wb", closefd=False) as file:
            file.write(data)
        socket.send_fds(to, [_TOKEN], [memory])
    finally:
        os.close(memory)


def _receive_in_memory(source: socket.socket) -> bytes:
    """What :func:`_send_in_memory` sent. Raises EOFError if there is nobody at the other end."""
    token, descriptors, _, _ = socket.recv_fds(source, len(_TOKEN), 1)
    if not token:
        raise EOFError
    with os.fdopen(descriptors[0], "rb") as file:
        file.seek(0)
        return file.read()


def _receive(source: socket.socket) -> bytes:
    """One message. Raises EOFError if there is nobody at the other end."""
    length = int.from_bytes(_receive_all(source, _LENGTH_SIZE))
    return _receive_all(source, length)


def _receive_all(source: socket.socket, length: int) -> bytes:
    data = source.recv(length, socket.MSG_WAITALL)
    if len(data) < length:
        raise EOFError
    return data
