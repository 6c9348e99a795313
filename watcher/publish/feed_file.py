"""Publishes one feed file: renders it, and writes it if its bytes differ."""

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from watcher.config.feed import FeedConfig, FeedFormat
from watcher.errors import PublishError
from watcher.feed.head import Paging
from watcher.feed.render import Rendered, render_feed
from watcher.log import fields
from watcher.model.article import Article
from watcher.model.batch import Touched
from watcher.model.kinds import ArticleState
from watcher.publish.archive import Archive, Sources
from watcher.publish.atomic_file import publish_file
from watcher.publish.story_window import StoryWindow
from watcher.publish.window import View, Window

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFeed:
    """One feed file as it is now. ``written`` is False if its bytes were there already.

    ``archives`` are the files of its archives, the oldest first; ``digest`` is of its bytes.
    """

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
    digest: str
    archives: tuple[Path, ...] = ()
    error: str | None = None


class Edition:
    """Publishes one feed, with its archives if it has any."""

    def __init__(
        self, feed: FeedConfig, topic: str | None, *, window: Window | StoryWindow, sources: Sources
    ) -> None:
        self.feed = feed
        self.topic = topic
        self.window = window
        self._sources = sources
        self._archive = (
            Archive(feed, topic, sources=sources, keeps=window.keeps) if feed.archive else None
        )

    def note(self, touched: Touched) -> bool:
        """Note that an article was written. Returns True if the feed must be published again."""
        if self._archive:
            fits = touched.state is ArticleState.LIVE and self.window.keeps(touched.content)
            self._archive.note(touched.id, fits=fits)
        return self.window.note(touched)

    def forget(self) -> None:
        """Start again from the store."""
        self.window.forget()
        if self._archive:
            self._archive.forget()

    def entries(self, limit: int) -> list[Article]:
        """Return the first articles as they were last published; for any thread."""
        return self.window.glance(limit)

    def publish(self, progress: Callable[[], None]) -> PublishedFeed:
        """Bring the file up to date. The result's ``error`` says if it cannot be written.

        ``progress`` is called for it and for each archive that is written.
        """
        progress()
        view = self.window.show()
        written, failure = False, None
        try:
            if self._archive:
                self._archive.keep_up({article.id for article in view.articles}, progress)
            rendered = self._render(view)
            written = publish_file(self.feed.path, rendered.data)
        except PublishError as error:
            failure = str(error)
            rendered = self._render(view)
        if written:
            told = fields(feed=self.feed.name, entries=len(view.articles))
            log.info("feed written", extra=told)
        return self._published(view, rendered, written=written, failure=failure)

    def _render(self, view: View) -> Rendered:
        earlier = self._archive.newest_url if self._archive else None
        return render_feed(
            self.feed,
            view.articles,
            stories=view.stories,
            title=self._title,
            self_url=self.feed.url,
            empty_updated_at=self._sources.since,
            cache=self._sources.cache,
            site=self._sources.site,
            complete=view.complete and earlier is None,
            removed=view.removed,
            paging=Paging(earlier=earlier),
        )

    def _published(
        self, view: View, rendered: Rendered, *, written: bool, failure: str | None
    ) -> PublishedFeed:
        feed = self.feed
        return PublishedFeed(
            name=feed.name,
            title=self._title,
            path=feed.path,
            url=feed.url,
            hub=feed.hub,
            format=feed.format,
            topic=self.topic,
            entries=len(view.articles) - len(rendered.left_out),
            updated_at=rendered.updated_at,
            written=written,
            digest=hashlib.sha256(rendered.data).hexdigest()[:32],
            archives=self._archive.paths if self._archive else (),
            error=failure,
        )

    @property
    def _title(self) -> str:
        return self.feed.title or self.feed.name
