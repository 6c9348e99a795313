"""Reads pieces in other processes while the caller stores what was read before.

Only a process without threads is forked, on Linux: a lock that a thread holds would stay taken in
the child for ever. Otherwise the caller reads by itself. Helpers know nothing of the store, and
write nothing. If one dies, the seed that it was reading is tried once more, apart; if that process
dies too, the seed is unusable.
"""

import logging
import os
import pickle
import resource
import select
import signal
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Protocol, Self

from watcher.ingest.read import read_seed
from watcher.log import fields
from watcher.model.seed import Missing, Problem, RawSeed, Reading, Reason, SeedPath, Unusable
from watcher.pipeline.reading import Piece, Readings, load_parser
from watcher.pipeline.reading_marker import ReadingMarker

log = logging.getLogger(__name__)

PIECES = 3
"""So many pieces of a scan are stored at once: with five, it took 7 MB more and no less time."""
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

_TRIAL_SECONDS = 120.0
_TRIAL_CPU_SECONDS = 60
_TRIAL_BYTES = 512 * 1024 * 1024
_DEADLY = Problem(
    message="reading it ends the process that reads it: make it smaller or simpler, or exclude it",
    reason=Reason.ENDS_THE_READER,
)


class Read(Protocol):
    """Reads a piece; ``marker`` notes which of its seeds is being read."""

    def __call__(self, piece: Piece, *, marker: ReadingMarker) -> Readings: ...


def can_fork() -> bool:
    """True if this process may be forked."""
    has_memory = hasattr(os, "memfd_create")  # old C libraries lack it
    return sys.platform == "linux" and has_memory and threading.active_count() == 1


def count_helpers() -> int:
    """Return how many helpers this process can use beside its own reading."""
    return min(MOST_HELPERS, len(os.sched_getaffinity(0)) - 1) if can_fork() else 0


def read_apart(read: Read, at: SeedPath) -> Reading | None:
    """Read one seed in a process of its own, with limits.

    Returns it as unusable if that process dies, and None if nothing is there any more.
    """
    helper = _Helper(read, limited=True)
    slot = _Slot(Piece(paths=[at], digests={}))
    try:
        lives = helper.give(slot) and select.select([helper], (), (), _TRIAL_SECONDS)[0]
        if lives and helper.collect() and slot.result is not None:
            return next(iter(slot.result.readings), None)
    finally:
        helper.end()
    log.warning("reading a seed ends the process", extra=fields(path=at))
    raw = read_seed(at, max_size=sys.maxsize - 1, now_ns=time.time_ns())
    if not isinstance(raw, RawSeed):
        return raw
    return Unusable(
        at=at,
        problem=_DEADLY,
        signature=raw.signature,
        trusted=raw.trusted,
        digest=raw.digest,
    )


class ReadPool:
    """Helper processes that live until the end of the ``with`` block.

    With ``only_helpers`` the caller reads nothing itself, so that no seed can end it.
    """

    def __init__(self, read: Read, *, helpers: int, only_helpers: bool = False) -> None:
        self._read = read
        self._marker = ReadingMarker()
        self._only_helpers = only_helpers and helpers > 0
        if helpers:
            load_parser()
        self._helpers = [_Helper(read) for _ in range(helpers)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        while self._helpers:
            self._helpers.pop().end()

    def read(self, pieces: Iterator[Piece], *, together: int) -> Iterator[list[Readings]]:
        """Yield the readings of each piece of paths, in order, ``together`` pieces at a time.

        Only at the end they are fewer, however fast a helper is: a batch is taken in by order of
        publication, so stories depend on what is in one.
        """
        queue = deque[_Slot]()
        done: list[Readings] = []
        while True:
            self._hand_out(pieces, queue)
            if queue and queue[0].result is not None:
                done.append(queue.popleft().take())
                if len(done) == together:
                    yield done
                    done = []
            elif self._collect(wait=len(queue) >= AHEAD) or self._read_next(pieces, queue):
                continue
            elif queue:
                self._collect(wait=True)
            else:
                if done:
                    yield done
                return

    def _hand_out(self, pieces: Iterator[Piece], queue: "deque[_Slot]") -> None:
        for helper in self._helpers:
            while helper.is_alive and len(helper.slots) < DEPTH and len(queue) < AHEAD:
                piece = next(pieces, None)
                if piece is None:
                    return
                slot = _Slot(piece)
                queue.append(slot)
                if not helper.give(slot):
                    slot.result = self._read_here(piece)

    def _collect(self, *, wait: bool) -> bool:
        """Take what helpers have finished; if ``wait``, until one of them has. False if nothing."""
        busy = [helper for helper in self._helpers if helper.slots]
        ready = select.select(busy, (), (), None if wait else 0)[0] if busy else []
        for helper in ready:
            if not helper.collect():
                self._replace(helper)
        return bool(ready)

    def _read_next(self, pieces: Iterator[Piece], queue: "deque[_Slot]") -> bool:
        """Read the next piece in this process. False if there is none, or it is not to."""
        piece = None if self._only_helpers else next(pieces, None)
        if piece is None:
            return False
        slot = _Slot(piece)
        slot.result = self._read_here(piece)
        queue.append(slot)
        return True

    def _read_here(self, piece: Piece) -> Readings:
        return self._read(piece, marker=self._marker)

    def _replace(self, lost: "_Helper") -> None:
        """Let another helper read what one that died had still to read, but the suspect apart."""
        suspect = lost.marker.get()
        log.warning("reading process lost", extra=fields(pid=lost.pid, seed=suspect or "unknown"))
        slots = list(lost.slots)
        lost.end()
        helper = _Helper(self._read)
        self._helpers[self._helpers.index(lost)] = helper
        for slot in slots:
            if suspect is not None and suspect in slot.piece.paths:
                slot.put_apart(read_apart(self._read, suspect) or Missing(at=suspect))
            if suspect is None or not helper.give(slot):
                slot.result = self._read_here(slot.piece)


class _Slot:
    """A piece in the queue, and what was read of it once that is done."""

    __slots__ = ("_apart", "piece", "result")

    def __init__(self, piece: Piece) -> None:
        self.piece = piece
        self.result: Readings | None = None
        self._apart: list[Reading] = []

    def put_apart(self, reading: Reading) -> None:
        """This one was read already: leave it out of the piece."""
        self._apart.append(reading)
        others = [at for at in self.piece.paths if at != reading.at]
        self.piece = replace(self.piece, paths=others)

    def take(self) -> Readings:
        """All that was read."""
        assert self.result is not None  # noqa: S101  # for the type checker: it is done
        more = len(self._apart)
        return replace(
            self.result,
            readings=(*self.result.readings, *self._apart),
            read=self.result.read + more,
            parsed=self.result.parsed + more,
        )


class _Helper:
    """A forked process that reads pieces in turn. ``slots`` are those it has not returned yet."""

    def __init__(self, read: Read, *, limited: bool = False) -> None:
        self._socket, far_end = socket.socketpair()
        self.slots = deque[_Slot]()
        self.marker = ReadingMarker()
        self.is_alive = True
        self.pid = os.fork()
        if not self.pid:
            _serve(far_end, read, self.marker, limited=limited)
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


def _serve(far_end: socket.socket, read: Read, marker: ReadingMarker, *, limited: bool) -> None:
    """What a helper does until it is ended, or the process that it helps is gone.

    It keeps no descriptor of that process open, least of all the store's lock.
    """
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to both processes
        os.closerange(3, far_end.fileno())
        os.closerange(far_end.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
        if limited:
            _limit_resources()
        while True:
            length = int.from_bytes(_receive(far_end, _LENGTH_SIZE))
            piece = pickle.loads(_receive(far_end, length))  # noqa: S301  # from our own parent
            _send_in_memory(
                far_end, pickle.dumps(read(piece, marker=marker), pickle.HIGHEST_PROTOCOL)
            )
    finally:
        os._exit(0)  # in any case: nothing of the other process may be cleaned up here


def _limit_resources() -> None:
    """Let a seed that would take the whole machine end this process alone."""
    in_use = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    for kind, most in (
        (resource.RLIMIT_AS, in_use + _TRIAL_BYTES),
        (resource.RLIMIT_CPU, _TRIAL_CPU_SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, resource.getrlimit(kind)[1]))


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
    """Receive what :func:`_send_in_memory` sent. Raises EOFError if the other end is closed."""
    token, descriptors, _, _ = socket.recv_fds(source, len(_TOKEN), 1)
    if not token:
        raise EOFError
    with os.fdopen(descriptors[0], "rb") as file:
        file.seek(0)
        readings: Readings = pickle.load(file)  # noqa: S301  # from our own child
        return readings


def _receive(source: socket.socket, length: int) -> bytes:
    """Receive exactly so many bytes. Raises EOFError if the other end is closed."""
    data = source.recv(length, socket.MSG_WAITALL)
    if len(data) < length:
        raise EOFError
    return data
