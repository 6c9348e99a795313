"""The change log over HTTP, for programs that cannot be called back: from a sequence number on.

As JSON, page by page; or as server-sent events (https://html.spec.whatwg.org/multipage/
server-sent-events.html), each with its sequence number as its id, so that clients that reconnect
continue where they were. However many listen, each change is read and encoded once.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from typing import TypeVar

import anyio.to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from watcher.errors import SeedwatchError
from watcher.log import Ongoing
from watcher.model.article import Change
from watcher.model.public_json import change_object
from watcher.serve.access import Access
from watcher.serve.conditional import prefers_events
from watcher.serve.view import View

log = logging.getLogger(__name__)
T = TypeVar("T")

USUAL_LIMIT, MOST_AT_ONCE = 100, 1000
HEARTBEAT_SECONDS = 15.0
"""How often an idle stream sends a comment: proxies cut connections that are silent for a minute.
"""
LOOK_SECONDS = 5.0
"""How often the log is read without a wake-up, for instance after trouble with the store."""
_PAGE = 100
_KEPT_BYTES = 2 * 1024 * 1024
"""How many of the newest changes are kept; clients further behind get theirs from the store."""
_LAST_NUMBER = 2**63 - 1
_THREADS = 2

Frame = tuple[int, bytes]
"""A change's sequence number, and its event as it is sent."""


class Pruned(Exception):
    """Changes after a cursor were pruned; ``oldest`` is the first that is left."""

    def __init__(self, oldest: int) -> None:
        super().__init__(oldest)
        self.oldest = oldest


class Changes:
    """Answers ``/changes``. For the server's loop, except ``wake`` and ``close``."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._threads = anyio.CapacityLimiter(_THREADS)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()
        self._news = asyncio.Event()
        self._frames: deque[Frame] = deque()
        self._bytes = 0
        self._last: int | None = None
        self._listeners = 0
        self._beats = 0
        self._beat_at = 0.0
        self._pump: asyncio.Task[None] | None = None
        self._is_closed = False
        self._trouble = Ongoing(log, began="changes not read", over="changes are read again")

    def wake(self) -> None:
        """Read new changes, because something was written to the store. From any thread."""
        self._call(self._woken.set)

    def close(self) -> None:
        """End all streams; clients come back to the next server. From any thread."""
        self._call(self._close)

    async def get(self, request: Request, access: Access) -> Response:
        """Changes after a cursor; 410 if some of them were pruned."""
        headers = access.sharing(request) | {"Cache-Control": "no-store"}
        after = _number(request, "after")
        if prefers_events(", ".join(request.headers.getlist("accept"))):
            return await self._stream(request, after, headers)
        limit = min(_number(request, "limit") or USUAL_LIMIT, MOST_AT_ONCE)
        try:
            changes = await self._in_thread(self._read, after, limit)
        except Pruned as error:
            return _gone(error, headers)
        cursor = changes[-1].sequence if changes else after or 0
        body = {
            "changes": [_object(change) for change in changes],
            "after": cursor,
            "has_more": len(changes) == limit,
        }
        return JSONResponse(body, headers=headers)

    async def _stream(
        self, request: Request, after: int | None, headers: dict[str, str]
    ) -> Response:
        last_id = request.headers.get("last-event-id", "").strip()
        if last_id:
            after = _parse(last_id)
        if after is None:
            after = await self._in_thread(self._view.last_change)
        else:
            try:
                await self._in_thread(self._read, after, 1)
            except Pruned as error:
                return _gone(error, headers)
        if request.method == "HEAD":
            return Response(None, headers=headers, media_type="text/event-stream")
        headers |= {"X-Accel-Buffering": "no"}  # nginx forwards each event at once
        return StreamingResponse(self._events(after), 200, headers, "text/event-stream")

    async def _events(self, after: int) -> AsyncIterator[bytes]:
        """All events after a cursor, and then each as it comes."""
        self._listeners += 1
        beats = self._beats
        try:
            self._start()
            yield b"retry: 1000\n\n"
            while not self._is_closed:
                news = self._news  # taken before looking: what comes meanwhile sets it
                frames = self._kept_after(after)
                if frames is None:
                    changes = await self._in_thread(self._read, after, _PAGE)
                    frames = [_frame(change) for change in changes]
                if frames:
                    after = frames[-1][0]
                    yield b"".join(data for _, data in frames)
                    continue
                await news.wait()
                if self._beats != beats:
                    beats = self._beats
                    yield b": still here\n\n"
        except (Pruned, SeedwatchError):
            pass  # it ends; a client that reconnects gets the reason
        finally:
            self._listeners -= 1

    def _kept_after(self, after: int) -> list[Frame] | None:
        """The kept events that a listener lacks; None if it needs more than are kept."""
        if self._last is not None and after >= self._last:
            return []
        if self._frames and self._frames[0][0] <= after + 1:
            return [frame for frame in self._frames if frame[0] > after][:_PAGE]
        return None

    def _start(self) -> None:
        self._loop = asyncio.get_running_loop()
        if self._pump is None or self._pump.done():
            self._frames.clear()
            self._bytes, self._last = 0, None
            self._pump = self._loop.create_task(self._follow())

    async def _follow(self) -> None:
        """Read new changes as long as somebody listens, and wake all listeners."""
        while self._listeners and not self._is_closed:
            self._woken.clear()
            try:
                if self._last is None:
                    self._last = await self._in_thread(self._view.last_change)
                    self._announce()
                changes = await self._in_thread(self._view.changes_after, self._last, _PAGE)
                self._trouble.end()
            except SeedwatchError as error:
                self._trouble.say(error)
                changes = ()
            for change in changes:
                self._keep(_frame(change))
            if changes:
                self._announce()
            if len(changes) < _PAGE:
                await self._rest()

    async def _rest(self) -> None:
        """Wait for a wake-up or a timeout; now and then, send a comment."""
        loop = asyncio.get_running_loop()
        with suppress(TimeoutError):
            async with asyncio.timeout(min(LOOK_SECONDS, HEARTBEAT_SECONDS)):
                await self._woken.wait()
        if loop.time() - self._beat_at >= HEARTBEAT_SECONDS:
            self._beat_at = loop.time()
            self._beats += 1
            self._announce()

    def _keep(self, frame: Frame) -> None:
        if self._last is not None and frame[0] != self._last + 1:
            self._frames.clear()  # some were pruned before anybody read them
            self._bytes = 0
        self._frames.append(frame)
        self._last = frame[0]
        self._bytes += len(frame[1])
        while self._bytes > _KEPT_BYTES and len(self._frames) > 1:
            self._bytes -= len(self._frames.popleft()[1])

    def _announce(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def _close(self) -> None:
        self._is_closed = True
        self._woken.set()
        self._announce()

    def _call(self, what: Callable[[], object]) -> None:
        if self._loop is not None and self._listeners:
            with suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(what)

    def _read(self, after: int | None, limit: int) -> Sequence[Change]:
        """Changes in order, with no gap before or between them. Raises Pruned."""
        changes = self._view.changes_after(after or 0, limit)
        expected = changes[0].sequence if after is None and changes else (after or 0) + 1
        for number, change in enumerate(changes):
            if change.sequence != expected + number:
                if number == 0:
                    raise Pruned(change.sequence)
                return changes[:number]
        return changes

    async def _in_thread(self, call: Callable[..., T], *given: object) -> T:
        return await anyio.to_thread.run_sync(call, *given, limiter=self._threads)


def _object(change: Change) -> dict[str, object]:
    """A change as in a webhook, with ``baseline`` where it is part of one."""
    return change_object(change) | ({"baseline": True} if change.baseline else {})


def _frame(change: Change) -> Frame:
    """Encode an event in ASCII: no client can find a line break of any kind in it."""
    data = json.dumps(_object(change), separators=(",", ":"))
    return change.sequence, f"id: {change.sequence}\ndata: {data}\n\n".encode("ascii")


def _gone(error: Pruned, headers: dict[str, str]) -> Response:
    words = f"older changes are no longer kept: begin with after={error.oldest - 1}"
    return JSONResponse({"error": words, "oldest": error.oldest}, 410, headers)


def _number(request: Request, name: str) -> int | None:
    text = request.query_params.get(name)
    return None if text is None else _parse(text)


def _parse(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:20]) <= _LAST_NUMBER):
        raise HTTPException(400, "A cursor and a limit are whole numbers.")
    return int(text[:20])
