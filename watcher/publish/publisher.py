"""Publishes the feeds that changed: a batch makes those feeds stale that its articles belong to.

The cost of a change depends only on those feeds, not on how much else there is.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from watcher.config.feed import FeedConfig
from watcher.errors import PublishError
from watcher.feed.head import Site
from watcher.feed.render import EntryCache
from watcher.feed.topics import topic_feed
from watcher.log import Ongoing, fields
from watcher.model.article import Article
from watcher.model.batch import BatchResult, Touched
from watcher.publish.archive import Sources
from watcher.publish.atomic_file import clean_leftovers
from watcher.publish.feed_file import Edition, PublishedFeed
from watcher.publish.hubs import Hubs
from watcher.publish.story_window import StoryWindow
from watcher.publish.window import Window
from watcher.store.housekeeping import Upkeep
from watcher.store.windows import Windows

log = logging.getLogger(__name__)

_ENTRIES = EntryCache()
"""Rendered entries: they depend on their articles alone, so a reload keeps them."""

Key = tuple[int, str]
"""A configured feed's number, and a topic in lower case; sorted like the feeds."""


class Publication:
    """All feeds of a config.

    One thread notes and publishes; any thread may read what was published.
    """

    def __init__(
        self,
        *,
        feeds: Sequence[FeedConfig],
        windows: Windows,
        upkeep: Upkeep,
        hubs: Hubs,
        clock: Callable[[], datetime],
        since: datetime,
        site: Site,
    ) -> None:
        self._feeds = feeds
        self._windows = windows
        self._clock = clock
        self._sources = Sources(
            windows=windows, upkeep=upkeep, cache=_ENTRIES, since=since, site=site
        )
        self._editions: dict[Key, Edition] = {}
        self._by_path: dict[Path, Edition] = {}
        self._stale: dict[Key, str] = {}  # with the topic as it was noted
        self._failed: dict[Key, str] = {}  # the stale ones that could not be written
        self._files = Counter[int]()  # of each configured feed
        self._left_out: dict[int, set[str]] = {}  # by feed: topics beyond its max_feeds
        self._all_stale = True
        self._sequence = 0
        self._edits = ""
        self._lock = threading.Lock()
        self._done: dict[Key, PublishedFeed] = {}
        self._listed: tuple[PublishedFeed, ...] | None = ()
        self._hubs = hubs
        self._trouble = Ongoing(log, began="feeds not written", over="feeds are written again")

    @property
    def published(self) -> tuple[PublishedFeed, ...]:
        """All feed files, in the config's order; the same object until one is published."""
        with self._lock:
            if self._listed is None:
                self._listed = tuple(self._done[key] for key in sorted(self._done))
            return self._listed

    @property
    def waiting(self) -> int:
        """How many feed files are still to be written; for any thread."""
        return len(self._stale) + len(self._failed)

    @property
    def without_feed(self) -> int:
        """How many topics have no feed of their own, because of ``max_feeds``; for any thread."""
        return sum(map(len, self._left_out.values()))

    @property
    def has_stale(self) -> bool:
        """True if there is anything to publish now."""
        return self._all_stale or bool(self._stale)

    @property
    def has_failed(self) -> bool:
        """True if the last attempt to write some file failed."""
        return bool(self._failed)

    def entries(self, path: Path, limit: int) -> list[Article]:
        """The first articles of the feed in this file, newest known first."""
        edition = self._by_path.get(path)
        return edition.entries(min(limit, edition.feed.limit)) if edition else []

    def note(self, result: BatchResult) -> None:
        """Mark the feeds of a stored batch as stale.

        A gap in the numbers of changes means that another process wrote to the store, and we do not
        know what.
        """
        if result.changes:
            self._all_stale |= result.changes[0].sequence != self._sequence + 1
            self._sequence = result.changes[-1].sequence
        if not self._all_stale:
            for touched in result.touched:
                self._note(touched)

    def note_others(self) -> None:
        """Mark all feeds as stale, because another process wrote something to the store."""
        self._all_stale = True

    def recheck(self) -> None:
        """Mark as stale what may have changed without a batch: by time, or by other processes."""
        self._all_stale |= self._windows.last_sequence() != self._sequence
        self._all_stale |= self._windows.story_edits() != self._edits
        timed = (key for key, edition in self._editions.items() if edition.window.is_timed)
        self._stale.update(dict.fromkeys(timed, ""))

    def retry_failed(self) -> None:
        """Mark as stale again what could not be written."""
        self._stale |= self._failed
        self._failed = {}

    def publish(
        self,
        progress: Callable[[], None] = lambda: None,
        *,
        most: int | None = None,
        catch_up: Callable[[], None] = lambda: None,
    ) -> tuple[PublishedFeed, ...]:
        """Bring stale feed files up to date, at first all of them. Returns those that were stale.

        At most ``most`` are written; topics come last, because there may be thousands. One that
        cannot be written does not affect the others. ``catch_up`` notes what is not noted yet; it
        is called while no other process publishes, so that no file is replaced by an older one.
        ``progress`` is called for each file, those of archives included.
        """
        catch_up()
        if not self.has_stale:
            self._hubs.tell(())  # what could not be queued the last time
            return ()
        with self._windows.publishing():
            catch_up()
            self._all_stale |= self._windows.last_sequence() != self._sequence
            if self._all_stale:
                self._find_all()
            self._find_new()
            keys = sorted(self._stale, key=lambda key: (self._feeds[key[0]].is_per_topic, key))
            published = {key: self._editions[key].publish(progress) for key in keys[:most]}
        failed = {key: self._stale[key] for key, feed in published.items() if feed.error}
        self._stale = {key: topic for key, topic in self._stale.items() if key not in published}
        self._failed = {k: t for k, t in self._failed.items() if k not in published} | failed
        if published:
            with self._lock:
                self._done.update(published)
                self._listed = None
        self._hubs.tell(published.values())
        self._log_failures()
        return tuple(published.values())

    def clean(self) -> None:
        """Remove temporary files that a killed process left beside the feeds."""
        for folder in {feed.path.parent for feed in self._feeds}:
            try:
                clean_leftovers(folder)
            except PublishError as error:
                log.warning("leftovers not removed", extra=fields(why=error))

    def _log_failures(self) -> None:
        """Log one line for all that cannot be written: there may be thousands of topics."""
        if not self._failed:
            self._trouble.end()
            return
        first = self._done[min(self._failed)]
        self._trouble.say(first.error, feeds=len(self._failed), first=first.name)

    def _note(self, touched: Touched) -> None:
        topics = {t.casefold(): t for t in (*touched.old_topics, *touched.content.topics)}
        for number, feed in enumerate(self._feeds):
            for folded, topic in topics.items() if feed.is_per_topic else (("", ""),):
                key = (number, folded)
                edition = self._editions.get(key)
                if edition is None or edition.note(touched):
                    self._stale[key] = topic

    def _find_all(self) -> None:
        """Start again from the store: every feed is stale, and every topic may need one.

        A topic without articles keeps its feed, now empty, if that has a file.
        """
        self._sequence = self._windows.last_sequence()
        self._edits = self._windows.story_edits()
        for edition in self._editions.values():
            edition.forget()
        self._stale.update(dict.fromkeys(self._editions, ""))
        for number, feed in enumerate(self._feeds):
            if not feed.is_per_topic:
                self._add((number, ""), feed, None)
        if self._has_topics:
            for topic, live in self._windows.topics():
                self._add_topic(topic, live)
        self._all_stale = False

    def _find_new(self) -> None:
        """Make editions of topics that were noted for the first time."""
        new = {topic for key, topic in self._stale.items() if key not in self._editions}
        for topic, live in self._windows.topics(new) if new else ():
            self._add_topic(topic, live)
        self._stale = {key: topic for key, topic in self._stale.items() if key in self._editions}

    def _add_topic(self, topic: str, live: int) -> None:
        for number, feed in self._topic_feeds():
            key, own = (number, topic.casefold()), topic_feed(feed, topic)
            if key in self._editions or not (live or own.path.exists()):
                continue
            if self._files[number] < feed.max_feeds:
                self._add(key, own, topic)
            else:
                self._leave_out(number, feed, topic)

    def _leave_out(self, number: int, feed: FeedConfig, topic: str) -> None:
        """Give a topic no feed: whoever can write a seed must not be able to fill the disk."""
        left_out = self._left_out.setdefault(number, set())
        if not left_out:
            more = fields(feed=feed.name, max_feeds=feed.max_feeds, first=topic)
            log.warning("topics without a feed: there are more than max_feeds", extra=more)
        left_out.add(topic.casefold())

    def _add(self, key: Key, feed: FeedConfig, topic: str | None) -> None:
        if key in self._editions:
            return
        window = (
            StoryWindow(feed, windows=self._windows, clock=self._clock)
            if feed.per == "story"
            else Window(feed, topic, windows=self._windows, clock=self._clock)
        )
        edition = Edition(feed, topic, window=window, sources=self._sources)
        self._editions[key] = self._by_path[feed.path] = edition
        self._stale[key] = topic or ""
        self._files[key[0]] += 1

    def _topic_feeds(self) -> Iterator[tuple[int, FeedConfig]]:
        return ((number, feed) for number, feed in enumerate(self._feeds) if feed.is_per_topic)

    @property
    def _has_topics(self) -> bool:
        return any(feed.is_per_topic for feed in self._feeds)
