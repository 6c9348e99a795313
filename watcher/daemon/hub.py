"""Our own WebSub hub: verifies who asks, and sends each subscriber what its feed now is.

What a subscriber is owed follows from the store: who has other bytes than the published file lacks
it. So nothing is queued, a body is in memory once however many it goes to, and a crash repeats at
most what was under way. A stranger's callback is hostile input: who asks costs a GET at most, a
few of them for one host at a time, and none once a host has let several fail.
"""

import hashlib
import hmac
import logging
import queue
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from watcher.clock import Clock
from watcher.config.feed_addresses import FeedAddresses
from watcher.config.schema import Config
from watcher.errors import StoreError
from watcher.log import Ongoing, fields
from watcher.model.subscriber import HubRequest, Subscriber
from watcher.notify.http import get, post
from watcher.notify.outcome import Failure
from watcher.publish.publisher import Publication
from watcher.serve.access import Access
from watcher.serve.feeds import MEDIA_TYPES
from watcher.store.store import Store
from watcher.store.subscribers import Subscribers

log = logging.getLogger(__name__)

SENDERS = 16
VERIFIERS = 4
AT_ONCE = 500
"""Subscribers whose bytes are sent, and then recorded, together."""
MOST_ASKING = 1000
MOST_OF_ONE_HOST_ASKING = 20
MOST_FAILED_OF_ONE_HOST = 20
"""So many verifications of one host may fail in an hour; then it is asked nothing more."""
MOST_SUBSCRIBERS = 100_000
HELD_FOR = timedelta(minutes=5)
TIMEOUT = 10.0
LOOK_SECONDS = 30.0
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


class Hub:
    """``topics`` gives the published feeds; ``url`` is where the hub is asked."""

    def __init__(
        self,
        subscribers: Subscribers,
        *,
        url: str,
        topics: Callable[[], Sequence[Topic]],
        clock: Clock,
        allow_private: bool,
    ) -> None:
        self._subscribers = subscribers
        self._url = url
        self._topics = topics
        self._clock = clock
        self._allow_private = allow_private
        self._asking: queue.SimpleQueue[HubRequest | None] = queue.SimpleQueue()
        self._hosts: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()
        self._failed_since = clock()
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._sent = 0
        self._trouble = Ongoing(
            log, began="subscribers not sent to", over="subscribers are sent to"
        )
        self._senders = ThreadPoolExecutor(SENDERS, thread_name_prefix="hub")
        self._threads = [threading.Thread(target=self._run, name="hub", daemon=True)]
        self._threads += [
            threading.Thread(target=self._verify_all, name=f"hub-verify-{number}", daemon=True)
            for number in range(VERIFIERS)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float) -> None:
        """Begin nothing more; what is under way is recorded, or sent again after the next start."""
        self._stopping.set()
        self._woken.set()
        for _ in range(VERIFIERS):
            self._asking.put(None)
        self._senders.shutdown(wait=False, cancel_futures=True)
        if self._threads[0].ident is not None:
            self._threads[0].join(timeout)

    def topics(self) -> frozenset[str]:
        """The addresses of the feeds that can be subscribed to."""
        return frozenset(topic.url for topic in self._topics())

    def wake(self) -> None:
        """Feeds were published."""
        self._woken.set()

    @property
    def sent(self) -> int:
        """How many times content was delivered since the start."""
        return self._sent

    def ask(self, request: HubRequest) -> str | None:
        """Take a request to be verified; else, why it cannot be now."""
        host = urlsplit(request.callback).hostname or ""
        with self._lock:
            now = self._clock()
            if now - self._failed_since > timedelta(hours=1):
                self._failed.clear()
                self._failed_since = now
            if self._failed[host] >= MOST_FAILED_OF_ONE_HOST:
                return "too many requests for this host could not be verified"
            if self._hosts[host] >= MOST_OF_ONE_HOST_ASKING or self._hosts.total() >= MOST_ASKING:
                return "too many requests are waiting to be verified"
            self._hosts[host] += 1
        self._asking.put(request)
        return None

    # ------------------------------------------------------------ verification of intent (§5.3)

    def _verify_all(self) -> None:
        while (request := self._asking.get()) is not None:
            if self._stopping.is_set():
                return
            host = urlsplit(request.callback).hostname or ""
            try:
                failed = not self._verify(request)
            except StoreError as error:
                log.warning("subscription not stored", extra=fields(why=error))
                failed = False
            except Exception:
                log.exception("subscription not verified")
                failed = True
            with self._lock:
                self._hosts[host] -= 1
                self._hosts += Counter()  # drops those that are zero
                self._failed[host] += failed

    def _verify(self, request: HubRequest) -> bool:
        """Ask the callback if it wants that; do it if it says so."""
        challenge = secrets.token_urlsafe(24)
        asked = {
            "hub.mode": "subscribe" if request.subscribe else "unsubscribe",
            "hub.topic": request.topic,
            "hub.challenge": challenge,
        }
        if request.subscribe:
            asked["hub.lease_seconds"] = str(request.lease_seconds)
        joint = "&" if urlsplit(request.callback).query else "?"
        url = f"{request.callback}{joint}{urlencode(asked)}"
        answer = get(url, timeout=TIMEOUT, allow_private=self._allow_private)
        if isinstance(answer, Failure) or not 200 <= answer.status < 300:  # noqa: PLR2004
            return False
        if answer.body.strip() != challenge.encode():
            return False
        if not request.subscribe:
            self._subscribers.remove(request.topic, request.callback)
            return True
        now = self._clock()
        if self._subscribers.count(now) >= MOST_SUBSCRIBERS:
            log.warning("subscription refused", extra=fields(why="there are too many"))
            return True
        current = next((t.digest for t in self._topics() if t.url == request.topic), None)
        self._subscribers.add(
            Subscriber(
                topic=request.topic,
                callback=request.callback,
                secret=request.secret,
                since=now,
                expires_at=now + timedelta(seconds=request.lease_seconds),
                sent=current,  # it has read what is there now; what comes next is news
            )
        )
        return True

    # ------------------------------------------------------------ content distribution (§7)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()
            try:
                while not self._stopping.is_set() and self._send_some():
                    pass
                pause = self._pause()
                self._trouble.end()
            except (StoreError, OSError, RuntimeError) as error:
                self._trouble.say(error)
                pause = LOOK_SECONDS
            self._woken.wait(pause)

    def _pause(self) -> float:
        now = self._clock()
        due = self._subscribers.next_due_at(now)
        return min(LOOK_SECONDS, max(0.2, (due - now).total_seconds())) if due else LOOK_SECONDS

    def _send_some(self) -> bool:
        """Send to some who lack something. Returns False if nobody does."""
        topics = {topic.url: topic for topic in self._topics()}
        current = {url: topic.digest for url, topic in topics.items()}
        taken = self._subscribers.take_due(current, self._clock(), limit=AT_ONCE, hold=HELD_FOR)
        bodies = {url: topics[url].path.read_bytes() for url in {each.topic for each in taken}}
        sends = [
            (each, self._senders.submit(self._send, each, topics[each.topic], bodies[each.topic]))
            for each in taken
        ]
        self._subscribers.record([(each, send.result()) for each, send in sends])
        return bool(taken)

    def _send(self, to: Subscriber, topic: Topic, body: bytes) -> Mapping[str, Any] | None:
        """Send one feed to one subscriber. What to note of it; None to forget it."""
        headers = {
            "content-type": topic.media_type,
            "link": f'<{self._url}>; rel="hub", <{topic.url}>; rel="self"',
        }
        if to.secret:
            mac = hmac.digest(to.secret.encode(), body, hashlib.sha256).hex()
            headers["x-hub-signature"] = f"sha256={mac}"
        answer = post(
            to.callback, body, headers, timeout=TIMEOUT, allow_private=self._allow_private
        )
        if isinstance(answer, Failure):
            error = answer.error
        elif answer.status == 410:  # noqa: PLR2004 - it wants no more
            return None
        elif 200 <= answer.status < 300:  # noqa: PLR2004
            self._sent += 1
            return _had(hashlib.sha256(body).hexdigest()[:32])
        else:
            error = f"answered {answer.status}"
        if to.failures + 1 >= MOST_FAILURES:
            return _had(topic.digest) | {"last_error": error}
        step = LADDER[min(to.failures, len(LADDER) - 1)]
        return {
            "failures": to.failures + 1,
            "next_attempt_at": self._clock() + step,
            "last_error": error,
        }


def make_hub(config: Config, url: str, store: Store, publication: Publication, clock: Clock) -> Hub:
    """The hub of a config that wants one; it is asked at ``url``.

    Private addresses are asked only if the config says so itself; or if only this machine can ask.
    """
    addresses = FeedAddresses(config)

    def topics() -> Iterator[Topic]:
        for feed in publication.published:
            own = addresses.url_of(name=feed.name, path=feed.path, form=feed.format, own=feed.url)
            if own and not feed.error:
                media_type = MEDIA_TYPES[feed.format]
                yield Topic(url=own, path=feed.path, digest=feed.digest, media_type=media_type)

    is_local = config.http.public_url is None and Access(config.http).is_local
    is_allowed = is_local or "allow_private" in config.egress.model_fields_set
    return Hub(
        Subscribers(store.database),
        url=url,
        topics=lambda: tuple(topics()),
        clock=clock,
        allow_private=config.egress.allow_private and is_allowed,
    )


def _had(digest: str) -> dict[str, Any]:
    return {"sent": digest, "failures": 0, "next_attempt_at": None, "last_error": None}
