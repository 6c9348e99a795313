"""Our own WebSub hub: verifies requests, and has each subscriber sent its feed when it changes.

A stranger's callback is hostile input: a request costs one GET at most, a few for one host at a
time, and none once several of a host have failed.
"""

import logging
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from urllib.parse import urlencode, urlsplit

from watcher.clock import Clock
from watcher.config.feed_addresses import FeedAddresses
from watcher.config.schema import Config
from watcher.daemon.distribution import HURRIED_TIMEOUT, TIMEOUT, Distribution, Topic, host_of
from watcher.daemon.host_pool import Call, HostPool
from watcher.errors import StoreError
from watcher.log import fields
from watcher.model.subscriber import HubRequest, Subscriber
from watcher.notify.http import get
from watcher.notify.outcome import Failure
from watcher.publish.publisher import Publication
from watcher.serve.access import Access
from watcher.serve.feeds import MEDIA_TYPES
from watcher.store.store import Store
from watcher.store.subscribers import Subscribers

log = logging.getLogger(__name__)

MOST_ASKING = 1000
MOST_OF_ONE_HOST_ASKING = 20
MOST_FAILED_OF_ONE_HOST = 20
"""So many verifications of one host may fail in an hour; then we ask it nothing more."""
MOST_SUBSCRIBERS = 100_000
MOST_OF_ONE_HOST = 5_000


class Hub:
    """``topics`` returns the published feeds; ``url`` is the hub's own address."""

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
        self._hosts: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()
        self._failed_since = clock()
        self._lock = threading.Lock()
        self._pool = HostPool("hub")
        self._distribution = Distribution(
            subscribers,
            self._pool,
            hub=url,
            topics=topics,
            clock=clock,
            allow_private=allow_private,
        )

    def start(self) -> None:
        self._pool.start()
        self._distribution.start()

    def stop(self, timeout: float) -> None:
        """Start no more. What is under way is recorded, or sent again after the next start."""
        self._pool.stop()
        self._distribution.stop(timeout)

    def topics(self) -> frozenset[str]:
        """The addresses of the feeds that can be subscribed to."""
        return frozenset(topic.url for topic in self._topics())

    def wake(self) -> None:
        """Check what to send, because feeds were published."""
        self._distribution.wake()

    def give_way(self) -> None:
        """Pause briefly: a seed is being read, and its messages go first."""
        self._pool.give_way()

    def ask(self, request: HubRequest) -> str | None:
        """Queue a request to be verified. Returns why that is not possible now; None if it is."""
        host = host_of(request.callback)
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
        self._pool.submit(
            Call(
                host=host,
                run=partial(self._answer, request, host),
                put_off=partial(self._note_asked, host, failed=True),
            )
        )
        return None

    # ------------------------------------------------------------ verification of intent (§5.3)

    def _answer(self, request: HubRequest, host: str) -> None:
        failed = True
        try:
            failed = not self._verify(request, host)
        except StoreError as error:
            log.warning("subscription not stored", extra=fields(why=error))
            failed = False
        finally:
            self._note_asked(host, failed=failed)

    def _note_asked(self, host: str, *, failed: bool) -> None:
        with self._lock:
            self._hosts[host] -= 1
            self._hosts += Counter()  # drops those that are zero
            self._failed[host] += failed

    def _verify(self, request: HubRequest, host: str) -> bool:
        """Ask the callback if it wants that, and do it if it confirms."""
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
        timeout = HURRIED_TIMEOUT if self._pool.is_hurried(host) else TIMEOUT
        answer = get(url, timeout=timeout, allow_private=self._allow_private)
        if isinstance(answer, Failure) or not 200 <= answer.status < 300:  # noqa: PLR2004
            return False
        if answer.body.strip() != challenge.encode():
            return False
        if not request.subscribe:
            self._subscribers.remove(request.topic, request.callback)
            return True
        now = self._clock()
        of_host = self._subscribers.count_at(host, now)
        if of_host >= MOST_OF_ONE_HOST or self._subscribers.count(now) >= MOST_SUBSCRIBERS:
            log.warning("subscription refused", extra=fields(why="there are too many", host=host))
            return True
        current = next((t.digest for t in self._topics() if t.url == request.topic), None)
        self._subscribers.add(
            Subscriber(
                topic=request.topic,
                callback=request.callback,
                secret=request.secret,
                since=now,
                expires_at=now + timedelta(seconds=request.lease_seconds),
                sent=current,  # it has read what is there now; only later changes are news
            )
        )
        self._distribution.wake()  # something may have come meanwhile
        return True


def make_hub(config: Config, url: str, store: Store, publication: Publication, clock: Clock) -> Hub:
    """Make the hub of a config that wants one; ``url`` is its address.

    It calls private addresses only if the config explicitly allows it, or if only this machine can
    reach the hub.
    """
    addresses = FeedAddresses(config)

    def topics() -> Iterator[Topic]:
        for feed in publication.published:
            own = addresses.url_of(name=feed.name, path=feed.path, form=feed.format, own=feed.url)
            if own and not feed.error:
                media_type = MEDIA_TYPES[feed.format]
                yield Topic(url=own, path=feed.path, digest=feed.digest, media_type=media_type)

    subscribers = Subscribers(store.database)
    if store.database.is_sqlite:  # else they may be in the hands of another node
        subscribers.release()
    is_local = config.http.public_url is None and Access(config.http).is_local
    is_allowed = is_local or "allow_private" in config.egress.model_fields_set
    return Hub(
        subscribers,
        url=url,
        topics=lambda: tuple(topics()),
        clock=clock,
        allow_private=config.egress.allow_private and is_allowed,
    )
