"""Publishes feeds from the store: what is in each, rendered, onto disk where the bytes differ.

Derived wholly from the store, so doing it again repairs whatever a crash left undone.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from watcher.config import FeedConfig, FeedFormat, first_mismatch
from watcher.errors import PublishError
from watcher.feed import EntryCache, clean_leftovers, publish_file, render_feed, topic_feed
from watcher.log import fields
from watcher.model import Article, Content
from watcher.store import Catalogue

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFeed:
    """One feed file as it now is. ``written`` is false where its bytes were there already."""

    name: str
    title: str
    path: Path
    url: str | None
    hub: str | None
    format: FeedFormat
    topic: str | None
    entries: int
    updated_at: datetime
    written: bool
    error: str | None = None


class Publication:
    """All feeds of a config; not for several threads at once."""

    def __init__(
        self,
        *,
        feeds: Sequence[FeedConfig],
        catalogue: Catalogue,
        clock: Callable[[], datetime],
        since: datetime,
    ) -> None:
        self._feeds = feeds
        self._catalogue = catalogue
        self._clock = clock
        self._since = since
        self._cache = EntryCache()
        self.published: tuple[PublishedFeed, ...] = ()

    def publish(self) -> tuple[PublishedFeed, ...]:
        """Bring every feed file up to date. One that cannot be written costs no other one."""
        self.published = tuple(
            self._publish_one(feed, topic)
            for configured in self._feeds
            for feed, topic in self._expand(configured)
        )
        return self.published

    def window(self, feed: FeedConfig, topic: str | None, limit: int) -> list[Article]:
        """The first articles of a feed, newest known first."""
        now = self._clock()

        def keep(content: Content) -> bool:
            return first_mismatch(feed.match, content, now) is None

        return self._catalogue.window(limit=limit, topic=topic, keep=keep)

    def clean(self) -> None:
        """Remove temporary files that a killed process left beside the feeds."""
        for folder in {feed.path.parent for feed in self._feeds}:
            try:
                clean_leftovers(folder)
            except PublishError as error:
                log.warning("leftovers not removed", extra=fields(why=error))

    def _expand(self, feed: FeedConfig) -> Iterator[tuple[FeedConfig, str | None]]:
        if feed.per is None:
            yield feed, None
            return
        for topic, _ in self._catalogue.topics():
            yield topic_feed(feed, topic), topic

    def _publish_one(self, feed: FeedConfig, topic: str | None) -> PublishedFeed:
        articles = self.window(feed, topic, feed.limit + 1)
        shown = articles[: feed.limit]
        title = feed.title or feed.name
        rendered = render_feed(
            feed,
            shown,
            title=title,
            self_url=feed.url,
            empty_updated_at=self._since,
            cache=self._cache,
            complete=len(articles) == len(shown),
        )
        written, failure = False, None
        try:
            written = publish_file(feed.path, rendered.data)
        except PublishError as error:
            failure = str(error)
            log.error("feed not written", extra=fields(feed=feed.name, why=failure))  # noqa: TRY400
        if written:
            log.info("feed written", extra=fields(feed=feed.name, entries=len(shown)))
        return PublishedFeed(
            name=feed.name,
            title=title,
            path=feed.path,
            url=feed.url,
            hub=feed.hub,
            format=feed.format,
            topic=topic,
            entries=len(shown) - len(rendered.left_out),
            updated_at=max((article.updated_at for article in shown), default=self._since),
            written=written,
            error=failure,
        )
