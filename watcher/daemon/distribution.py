"""The hub's content distribution (W3C WebSub §7): sends each subscriber what its feed now is.

What a subscriber is owed follows from the store: who has other bytes than the published file lacks
it. So nothing is queued there, a body is in memory once however many it goes to, and a crash
repeats at most what was under way. Those that failed before have a small share of their own.
"""

import hashlib
import hmac
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from watcher.clock import Clock
from watcher.daemon.host_pool import Call, HostPool
from watcher.errors import StoreError
from watcher.log import Ongoing
from watcher.model.subscriber import Subscriber
from watcher.notify.http import Line, post
from watcher.notify.outcome import Failure, Response
from watcher.store.subscribers import Subscribers

log = logging.getLogger(__name__)

MOST_IN_HAND = {False: 500, True: 100}
"""Subscribers that are sent to, or wait for their turn; those that failed before by themselves."""

GATHER = 0.1
"""Seconds within which what was sent is recorded."""
ENOUGH = 200
"""What was sent to so many is recorded at once."""

HELD_FOR = timedelta(minutes=5)
TIMEOUT, HURRIED_TIMEOUT = 10.0, 2.0
LOOK_SECONDS = 30.0
STOP_SECONDS = 0.5
LADDER = tuple(
    timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800)
)
MOST_FAILURES = 17
"""By the ladder, three days; then it is sent nothing until the feed changes again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A feed of ours: its address, its file, and the digest of what was published there."""

    url: str
    path: Path
    digest: str
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    """A feed as it is sent."""

    topic: Topic
    body: bytes
    digest: str


class Distribution:
    """Sends through ``pool``. ``topics`` gives the published feeds, ``hub`` is the hub's URL."""

    def __init__(
        self,
        subscribers: Subscribers,
        pool: HostPool,
        *,
        hub: str,
        topics: Callable[[], Sequence[Topic]],
        clock: Clock,
        allow_private: bool,
    ) -> None:
        self._subscribers = subscribers
        self._pool = pool
        self._hub = hub
        self._topics = topics
        self._clock = clock
        self._allow_private = allow_private
        self._in_hand: dict[Subscriber, bool] = {}
        self._results: deque[tuple[Subscriber, Subscriber | None]] = deque()
        self._lines = _Lines()
        self._contents: dict[str, _Content] = {}
        self._look_at = {False: 0.0, True: 0.0}
        self._news = threading.Event()
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._trouble = Ongoing(
            log, began="subscribers not sent to", over="subscribers are sent to"
        )
        self._thread = threading.Thread(target=self._run, name="hub", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Begin nothing more; what was sent is recorded, the rest is left to the next start."""
        self._stopping.set()
        self._woken.set()
        if self._thread.ident is not None:
            self._thread.join(timeout)

    def wake(self) -> None:
        """Feeds were published."""
        self._news.set()
        self._woken.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()
            try:
                self._record()
                pause = self._take()
                self._trouble.end()
            except (StoreError, OSError, RuntimeError) as error:
                self._trouble.say(error)
                pause = LOOK_SECONDS
            self._woken.wait(GATHER if self._in_hand else pause)
        ends_at = time.monotonic() + STOP_SECONDS
        while self._pool.is_busy and time.monotonic() < ends_at:
            time.sleep(0.01)  # what is under way mostly ends at once
        try:
            self._record()
            self._subscribers.record([replace(e, next_attempt_at=None) for e in self._in_hand])
        except StoreError as error:
            self._trouble.say(error)

    def _record(self) -> None:
        results = [self._results.popleft() for _ in range(len(self._results))]
        if not results:
            return
        tried = [after for _, after in results if after is not None]
        try:
            self._subscribers.record(tried, gone=[each for each, after in results if after is None])
        except StoreError:
            self._results.extendleft(reversed(results))
            raise
        for each, after in results:
            del self._in_hand[each]
            self._lines.release(each)
            content = self._contents.get(each.topic)
            if after is not None and content is not None and after.sent != content.digest:
                self._look_at[False] = 0.0  # it changed meanwhile
            if after is not None and after.next_attempt_at is not None:
                until = (after.next_attempt_at - self._clock()).total_seconds()
                look_at = time.monotonic() + max(until, GATHER)
                self._look_at[True] = min(self._look_at[True], look_at)

    def _take(self) -> float:
        """Take those in hand who lack something, as far as there is room.

        Returns how many seconds to wait at most before the next look.
        """
        if self._news.is_set():
            self._news.clear()
            self._look_at = {False: 0.0, True: 0.0}
        for failing, most in MOST_IN_HAND.items():
            in_hand = sum(each is failing for each in self._in_hand.values())
            room = most - in_hand
            if room >= in_hand and time.monotonic() >= self._look_at[failing]:
                is_all = self._take_some(room, failing=failing) < room
                self._look_at[failing] = time.monotonic() + (self._pause() if is_all else 0.0)
        return max(0.0, min(self._look_at.values()) - time.monotonic())

    def _take_some(self, room: int, *, failing: bool) -> int:
        """Return how many were taken. If that fills the room, there may be more."""
        topics = {topic.url: topic for topic in self._topics()}
        current = {url: topic.digest for url, topic in topics.items()}
        taken = self._subscribers.take_due(
            current, self._clock(), failing=failing, limit=room, hold=HELD_FOR
        )
        wanted = {each.topic for each in (*self._in_hand, *taken)}
        self._contents = {url: self._content_of(topics[url]) for url in wanted if url in topics}
        for each in taken:
            self._in_hand[each] = failing
            self._lines.note(each)
        for each in taken:
            self._pool.submit(
                Call(
                    host=host_of(each.callback),
                    run=partial(self._send, each),
                    put_off=partial(self._fail, each, "its host does not answer"),
                )
            )
        return len(taken)

    def _content_of(self, topic: Topic) -> _Content:
        """Newer bytes may be there than were published when the topic was listed: no matter."""
        known = self._contents.get(topic.url)
        if known is not None and known.digest == topic.digest:
            return known
        body = topic.path.read_bytes()
        return _Content(topic=topic, body=body, digest=hashlib.sha256(body).hexdigest()[:32])

    def _pause(self) -> float:
        now = self._clock()
        due = self._subscribers.next_due_at(now)
        return min(LOOK_SECONDS, max(0.2, (due - now).total_seconds())) if due else LOOK_SECONDS

    # ------------------------------------------------------------ for the pool's threads

    def _send(self, to: Subscriber) -> None:
        content = self._contents.get(to.topic)
        if content is None:  # its feed is no more
            self._note(to, replace(to, next_attempt_at=None))
            return
        try:
            answer = self._post(to, content)
        except Exception:
            log.exception("subscriber not sent to")
            self._fail(to, "sending failed")
            return
        if isinstance(answer, Failure):
            self._fail(to, answer.error, content)
        elif answer.status == 410:  # noqa: PLR2004 - it wants no more
            self._note(to, None)
        elif 200 <= answer.status < 300:  # noqa: PLR2004
            self._note(
                to,
                replace(to, sent=content.digest, next_attempt_at=None, failures=0, last_error=None),
            )
        else:
            self._fail(to, f"answered {answer.status}", content)

    def _post(self, to: Subscriber, content: _Content) -> Response | Failure:
        headers = {
            "content-type": content.topic.media_type,
            "link": f'<{self._hub}>; rel="hub", <{content.topic.url}>; rel="self"',
        }
        if to.secret:
            mac = hmac.digest(to.secret.encode(), content.body, hashlib.sha256).hex()
            headers["x-hub-signature"] = f"sha256={mac}"
        is_hurried = self._pool.is_hurried(host_of(to.callback))
        return self._lines.post(
            to,
            content.body,
            headers,
            timeout=HURRIED_TIMEOUT if is_hurried else TIMEOUT,
            allow_private=self._allow_private,
        )

    def _fail(self, to: Subscriber, error: str, content: _Content | None = None) -> None:
        """Try again by the ladder; at its end, not until the feed changes again."""
        failures = to.failures + 1
        at = self._clock() + LADDER[min(failures, len(LADDER)) - 1]
        after = replace(to, failures=failures, next_attempt_at=at, last_error=error)
        if content is not None and failures >= MOST_FAILURES:
            after = replace(after, sent=content.digest, next_attempt_at=None)
        self._note(to, after)

    def _note(self, to: Subscriber, after: Subscriber | None) -> None:
        self._results.append((to, after))
        if len(self._results) >= ENOUGH:
            self._woken.set()


class _Lines:
    """Connections to the servers of those in hand: kept while a server has more than one of them.

    Any number of threads may :meth:`post`; the rest is for one.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in_hand: dict[str, int] = {}
        self._free: dict[str, list[Line]] = {}

    def note(self, subscriber: Subscriber) -> None:
        """It is in hand."""
        server = _server_of(subscriber.callback)
        with self._lock:
            self._in_hand[server] = self._in_hand.get(server, 0) + 1

    def release(self, subscriber: Subscriber) -> None:
        """It is no longer in hand."""
        server = _server_of(subscriber.callback)
        with self._lock:
            self._in_hand[server] -= 1
            if self._in_hand[server]:
                return
            del self._in_hand[server]
            lines = self._free.pop(server, [])
        for line in lines:
            line.close()

    def post(
        self,
        to: Subscriber,
        body: bytes,
        headers: dict[str, str],
        *,
        timeout: float,
        allow_private: bool,
    ) -> Response | Failure:
        server = _server_of(to.callback)
        with self._lock:
            is_kept = self._in_hand.get(server, 0) > 1
            free = self._free.get(server)
            line = free.pop() if free else Line() if is_kept else None
        if line is None:
            return post(to.callback, body, headers, timeout=timeout, allow_private=allow_private)
        answer = line.post(to.callback, body, headers, timeout=timeout, allow_private=allow_private)
        with self._lock:
            is_kept = server in self._in_hand
            if is_kept:
                self._free.setdefault(server, []).append(line)
        if not is_kept:
            line.close()
        return answer


def host_of(callback: str) -> str:
    """The host that a callback is at, without its port."""
    return urlsplit(callback).hostname or ""


def _server_of(callback: str) -> str:
    scheme, _, rest = callback.partition("://")
    return f"{scheme}://{rest.partition('/')[0].partition('?')[0]}"
