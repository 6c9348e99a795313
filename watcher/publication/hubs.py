"""Tells WebSub hubs of feeds whose bytes they do not know yet, again and again until they do.

The store notes which bytes of a feed its hub last took note of. So nothing is queued: whatever
happened meanwhile, one ping is owed exactly while a feed's bytes are others, also after a crash.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from watcher.errors import StoreError
from watcher.log import fields
from watcher.store import Upkeep

if TYPE_CHECKING:
    from watcher.notify import Hub

log = logging.getLogger(__name__)

PAUSE = timedelta(minutes=1)
"""Before trying again after an unexpected error."""


class _Desk:
    """What one hub is to be told. ``unknown`` are the feeds whose bytes it does not know."""

    def __init__(self, hub: "Hub", url: str) -> None:
        self.hub = hub
        self.url = url
        self.bytes: dict[str, str] = {}
        self.told: dict[str, str | None] = {}
        self.unknown: dict[str, None] = {}
        self.failures = 0
        self.not_before: datetime | None = None
        self.thread: threading.Thread | None = None


class Hubs:
    """All hubs of a config; one thread each once started, so that none delays another."""

    def __init__(
        self,
        *,
        upkeep: Upkeep,
        clock: Callable[[], datetime],
        random: Callable[[], float],
        allow_private: bool,
    ) -> None:
        self._upkeep = upkeep
        self._clock = clock
        self._random = random
        self._allow_private = allow_private
        self._desks: dict[str, _Desk] = {}
        self._changed = threading.Condition()
        self._running = False

    def tell(self, hub: str, feed_url: str, digest: str) -> None:
        """A feed was published, and these are its bytes: its hub is pinged if it knows others."""
        desk = self._desks.get(hub) or self._add(hub)
        if feed_url not in desk.told:
            desk.told[feed_url] = self._recall(hub, feed_url)
        with self._changed:
            desk.bytes[feed_url] = digest
            if desk.told[feed_url] != digest:
                desk.unknown[feed_url] = None
            if self._running and desk.thread is None and desk.unknown:
                self._run(desk)
            self._changed.notify_all()

    def start(self) -> None:
        """Ping in the background from now on."""
        self._running = True

    def stop(self, timeout: float) -> bool:
        """Begin no further ping; whether those under way ended within ``timeout`` seconds."""
        with self._changed:
            self._running = False
            self._changed.notify_all()
        ends_at = time.monotonic() + timeout
        threads = [desk.thread for desk in self._desks.values() if desk.thread]
        for thread in threads:
            thread.join(max(0.0, ends_at - time.monotonic()))
        return not any(thread.is_alive() for thread in threads)

    def ping_once(self) -> None:
        """Ping all that are to be pinged, here and now; who cannot be reached is left for later."""
        for desk in self._desks.values():
            for feed_url in list(desk.unknown):
                if not self._ping(desk, feed_url):
                    break

    def _add(self, url: str) -> _Desk:
        from watcher.notify import Hub  # noqa: PLC0415  # brings all of HTTP; few feeds have a hub

        hub = Hub(url, clock=self._clock, random=self._random, allow_private=self._allow_private)
        self._desks[url] = _Desk(hub, url)
        return self._desks[url]

    def _run(self, desk: _Desk) -> None:
        desk.thread = threading.Thread(
            target=self._work, args=(desk,), name=f"hub-{desk.url}", daemon=True
        )
        desk.thread.start()

    def _work(self, desk: _Desk) -> None:
        while feed_url := self._next(desk):
            try:
                self._ping(desk, feed_url)
            except Exception:
                log.exception("ping failed", extra=fields(feed=feed_url))
                desk.not_before = self._clock() + PAUSE

    def _next(self, desk: _Desk) -> str | None:
        """The feed that is the next to be told of, when it is time; None to stop."""
        with self._changed:
            while self._running:
                wait = self._wait(desk)
                if desk.unknown and not wait:
                    return next(iter(desk.unknown))
                self._changed.wait(wait if desk.unknown else None)
            return None

    def _wait(self, desk: _Desk) -> float:
        if desk.not_before is None:
            return 0.0
        return max(0.0, (desk.not_before - self._clock()).total_seconds())

    def _ping(self, desk: _Desk, feed_url: str) -> bool:
        """Ping once for one feed; whether the hub took it."""
        with self._changed:
            digest = desk.bytes[feed_url]
        pinged = desk.hub.ping(feed_url, failures=desk.failures)
        if pinged.error is not None:
            desk.failures += 1
            desk.not_before = pinged.retry_at
            told = fields(feed=feed_url, why=pinged.error, failures=desk.failures)
            log.warning("hub not told", extra=told)
            return False
        desk.failures, desk.not_before = 0, None
        self._note(desk, feed_url, digest)
        log.info("hub told", extra=fields(feed=feed_url))
        return True

    def _recall(self, hub: str, feed_url: str) -> str | None:
        """Which bytes the hub was told of; None, for a ping too many, if the store cannot say."""
        try:
            return self._upkeep.fact(_key(hub, feed_url))
        except StoreError as error:
            log.warning("last ping not known", extra=fields(feed=feed_url, why=error))
            return None

    def _note(self, desk: _Desk, feed_url: str, digest: str) -> None:
        """Note what the hub knows. If it cannot be noted it is told again after the next start."""
        with self._changed:
            desk.told[feed_url] = digest
            if desk.bytes[feed_url] == digest:
                desk.unknown.pop(feed_url, None)
        try:
            self._upkeep.note(_key(desk.url, feed_url), digest)
        except StoreError as error:
            log.warning("ping not noted", extra=fields(feed=feed_url, why=error))


def _key(hub: str, feed_url: str) -> str:
    return f"told {hub} {feed_url}"
