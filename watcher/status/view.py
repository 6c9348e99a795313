"""Gives the HTTP pages the store and the daemon's health, through serve's own protocol."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Protocol

from watcher.clock import Clock
from watcher.config.feed_addresses import hub_url
from watcher.config.schema import Config
from watcher.errors import StoreError
from watcher.feed.opml import render_opml
from watcher.liveness import Stuck
from watcher.model.article import Article, Change
from watcher.model.delivery import Attempt, Delivery
from watcher.model.health import Health
from watcher.model.kinds import ArticleState
from watcher.model.known import KnownFile
from watcher.model.node import Node
from watcher.model.standing import EndpointStatus, RootStatus
from watcher.model.story import StoryMember
from watcher.publish.feed_file import PublishedFeed
from watcher.publish.publisher import Publication
from watcher.scan.progress import Headway
from watcher.serve.view import Counts, FeedView, MessageView, NextView
from watcher.status.health import read_stored
from watcher.status.judge import Running, Stored, judge
from watcher.status.names import RootNames
from watcher.store.store import Store
from watcher.store.subscribers import Subscribers

STORE_SECONDS = 3.0
"""How long the store may take to answer about health before it counts as hanging."""


class Watching(Protocol):
    """What the view needs from the observer."""

    @property
    def alive(self) -> bool: ...


class StoreView:
    """A :class:`watcher.serve.View`; safe for several threads."""

    def __init__(
        self,
        *,
        config: Config,
        store: Store,
        clock: Clock,
        publication: Publication,
        observer: Watching,
        trouble: Callable[[], str | None],
        stuck: Callable[[], Sequence[Stuck]],
        headway: Callable[[], Headway | None],
        cluster: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._config = config
        self._store = store
        self._clock = clock
        self._publication = publication
        self._observer = observer
        self._trouble = trouble
        self._stuck = stuck
        self._headway = headway
        self._cluster = cluster
        self._paths = [str(root.path) for root in config.watch]
        self._hub_url = hub_url(config)
        self._root_names = RootNames(self._paths)
        self._names = {endpoint.name for endpoint in config.all_endpoints}
        self._feeds: tuple[tuple[PublishedFeed, ...], tuple[FeedView, ...]] = ((), ())
        self._judges = ThreadPoolExecutor(max_workers=1, thread_name_prefix="health")
        self._judging: Future[Health] | None = None
        self._lock = threading.Lock()

    def feeds(self) -> Sequence[FeedView]:
        published, views = self._feeds
        if self._publication.published is not published:
            published = self._publication.published
            views = tuple(_feed_view(feed, self._hub_url) for feed in published)
            self._feeds = (published, views)
        return views

    def entries(self, feed: FeedView, limit: int) -> Sequence[Article]:
        return self._publication.entries(feed.path, limit)

    def page(
        self, limit: int, topic: str | None, after: str | None
    ) -> tuple[Sequence[Article], str | None]:
        return self._store.catalogue.page(limit=limit, topic=topic, after=after)

    def stories(self, ids: Iterable[str]) -> Mapping[str, Sequence[StoryMember]]:
        return self._store.catalogue.stories(ids)

    def search(self, words: str, limit: int, start: int, topic: str | None) -> Sequence[Article]:
        return self._store.catalogue.search(
            words, limit=limit, offset=start, topic=topic, state=ArticleState.LIVE
        )

    def article(self, article: str) -> Article | None:
        return self._store.catalogue.article(article)

    def topics(self) -> Sequence[tuple[str, int]]:
        return self._store.catalogue.topics()

    def changes_after(self, sequence: int, limit: int) -> Sequence[Change]:
        return self._store.catalogue.changes_after(sequence, limit=limit)

    def last_change(self) -> int:
        return self._store.catalogue.last_sequence()

    def endpoints(self) -> Sequence[EndpointStatus]:
        return [s for s in self._store.outbox.statuses() if s.name in self._names]

    def deliveries(self, endpoint: str, limit: int) -> Sequence[Delivery]:
        return self._store.catalogue.deliveries(endpoint=endpoint, limit=limit)

    def attempts(self, delivery: str) -> tuple[Attempt, ...]:
        return self._store.catalogue.attempts(delivery)

    def preview(self, endpoint: str) -> NextView | None:
        from watcher.notify.preview import preview  # noqa: PLC0415 - 10 MB, for this page alone

        config = self._config.endpoint(endpoint)
        found = preview(config, self._store.outbox, now=self._clock())
        if found is None:
            return None
        return NextView(
            at=found.at.astimezone(config.timezone),
            messages=tuple(
                MessageView(text=message.text, contents=message.contents)
                for message in found.messages
            ),
        )

    def subscribers(self) -> int:
        return Subscribers(self._store.database).count(self._clock())

    def roots(self) -> Sequence[RootStatus]:
        named = [root for root in self._store.roots.all() if root.path in self._paths]
        return [self._root_names.rename(root) for root in named]

    def nodes(self) -> Sequence[Node]:
        return self._store.nodes.all() if self._config.is_shared else ()

    def quarantine(self, limit: int) -> Sequence[KnownFile]:
        return [self._shown(item.file) for item in self._store.files.quarantine(limit=limit)]

    def _shown(self, file: KnownFile) -> KnownFile:
        """A file with the name of its root in place of its path."""
        names, problem = self._root_names, file.problem
        if problem is not None:
            problem = replace(problem, message=names.without_paths(problem.message))
        return replace(file, at=replace(file.at, root=names.of(file.at.root)), problem=problem)

    def counts(self) -> Counts:
        totals = self._store.catalogue.totals()
        return Counts(articles=totals.live, quarantined=totals.quarantined)

    def health(self) -> Health:
        """All checks.

        If the store hangs, it says so after some seconds. Requests that come while an answer is
        being made share it: many cost no more than one.
        """
        with self._lock:
            if self._judging is None or self._judging.done():
                self._judging = self._judges.submit(self._judge)
            judging = self._judging
        try:
            return judging.result(timeout=STORE_SECONDS)
        except TimeoutError:
            return self._without_store(f"the store has not answered for {STORE_SECONDS:.0f} s")

    def feeds_waiting(self) -> int:
        return self._publication.waiting

    def topics_without_feed(self) -> int:
        return self._publication.without_feed

    def stuck(self) -> Sequence[str]:
        return [str(stuck) for stuck in self._stuck()]

    def opml(self, addresses: Sequence[tuple[FeedView, str]]) -> bytes:
        outlines = [(feed.title, url, None) for feed, url in addresses]
        return render_opml("Seedwatch", outlines)

    def _judge(self) -> Health:
        try:
            with self._store.overview() as overview:
                stored, _ = read_stored(overview, self._config, self._clock())
        except StoreError as error:
            return self._without_store(
                f"the store does not answer: {self._without_places(str(error))}"
            )
        trouble = self._trouble()
        if trouble is not None:
            trouble = f"nothing can be taken in: {self._without_places(trouble)}"
        return self._decide(stored, trouble)

    def _without_store(self, trouble: str) -> Health:
        return self._decide(None, trouble)

    def _decide(self, stored: Stored | None, store_trouble: str | None) -> Health:
        names = self._root_names
        if stored is not None:
            stored = replace(stored, roots=tuple(map(names.rename, stored.roots)))
        headway = self._headway()
        failed = [feed for feed in self._publication.published if feed.error]
        running = Running(
            observer_alive=self._observer.alive,
            store_trouble=store_trouble,
            failed_feeds=tuple((f.name, str(f.error).rpartition(": ")[2]) for f in failed),
            waiting_feeds=self.feeds_waiting(),
            topics_without_feed=self.topics_without_feed(),
            cluster_trouble=self._cluster(),
            scanning=(names.of(headway.root), str(headway)) if headway else None,
        )
        return judge(stored, running, rescan=self._config.rescan, now=self._clock())

    def _without_places(self, error: str) -> str:
        """An error without paths; what could contain some is left to the log."""
        database = self._store.database
        about, _, text = error.partition(f"{database.name}: ")
        return text if database.is_sqlite and text and not about else "see the log"


def _feed_view(feed: PublishedFeed, hub_url: str | None) -> FeedView:
    return FeedView(
        name=feed.name,
        title=feed.title,
        path=feed.path,
        url=feed.url,
        hub=feed.hub or hub_url,
        format=feed.format,
        entries=feed.entries,
        updated_at=feed.updated_at,
        topic=feed.topic,
        archives=feed.archives,
    )
