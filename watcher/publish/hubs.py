"""Queues a ping for WebSub hubs for each feed whose bytes changed; it sends nothing.

The store records for which bytes a hub was last owed a ping. So a ping that a crash cut off is
queued after the next start, and one that was sent is not queued again.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from watcher.config.endpoint import hub_name
from watcher.model.delivery import Delivery
from watcher.publish.feed_file import PublishedFeed
from watcher.store.pings import Ping, Pings


class Hubs:
    """``on_owed`` is called when something is owed; ``new_id`` returns 32 hexadecimal digits."""

    def __init__(
        self,
        pings: Pings,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        on_owed: Callable[[], None],
    ) -> None:
        self._pings = pings
        self._clock = clock
        self._new_id = new_id
        self._on_owed = on_owed
        self._owed: dict[str, str] = {}
        self._news: dict[str, PublishedFeed] = {}

    def tell(self, published: Iterable[PublishedFeed]) -> None:
        """Queue a ping for each of these feeds that needs one, and for those that failed before."""
        self._news.update((f.url, f) for f in published if f.hub and f.url and not f.error)
        pings = [
            self._ping(feed.hub, url, feed.digest)
            for url, feed in self._news.items()
            if feed.hub and self._owed.get(url) != feed.digest
        ]
        owed = self._pings.owe(pings) if pings else 0
        self._owed.update((ping.feed_url, ping.digest) for ping in pings)
        self._news = {}
        if owed:
            self._on_owed()

    def _ping(self, hub: str, feed_url: str, digest: str) -> Ping:
        # Imported late: it loads the senders, which a scan without a hub does not need.
        from watcher.notify.channels.websub import FORM, ping_body  # noqa: PLC0415

        delivery = Delivery(
            id=f"msg_{self._new_id()}",
            endpoint=hub_name(hub),
            body=ping_body(feed_url),
            content_type=FORM,
            members=(),
            created_at=self._clock(),
        )
        return Ping(feed_url=feed_url, digest=digest, delivery=delivery)
