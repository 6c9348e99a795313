"""What the HTTP pages see: the store and the daemon's health, through serve's own protocol."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Protocol

from watcher.clock import Clock
from watcher.config import Config
from watcher.errors import StoreError
from watcher.feed import render_opml
from watcher.model import Article, ArticleState, EndpointStatus, KnownFile, RootState, RootStatus
from watcher.opening import Store
from watcher.publication import Publication, PublishedFeed
from watcher.serve import Check, Counts, FeedView, Health

RESCAN_SLACK = timedelta(seconds=60)


class Watching(Protocol):
    """What the view asks of the observer."""

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
    ) -> None:
        self._config = config
        self._store = store
        self._clock = clock
        self._publication = publication
        self._observer = observer
        self._trouble = trouble
        self._paths = {str(root.path) for root in config.watch}
        self._names = {endpoint.name for endpoint in config.all_endpoints}
        self._feeds: tuple[tuple[PublishedFeed, ...], tuple[FeedView, ...]] = ((), ())

    def feeds(self) -> Sequence[FeedView]:
        published, views = self._feeds
        if self._publication.published is not published:
            published = self._publication.published
            views = tuple(map(_feed_view, published))
            self._feeds = (published, views)
        return views

    def entries(self, feed: FeedView, limit: int) -> Sequence[Article]:
        return self._publication.entries(feed.path, limit)

    def articles(self, limit: int, topic: str | None) -> Sequence[Article]:
        return self._store.catalogue.articles(limit=limit, topic=topic, state=ArticleState.LIVE)

    def topics(self) -> Sequence[tuple[str, int]]:
        return self._store.catalogue.topics()

    def endpoints(self) -> Sequence[EndpointStatus]:
        return [s for s in self._store.outbox.statuses() if s.name in self._names]

    def roots(self) -> Sequence[RootStatus]:
        return [root for root in self._store.roots.all() if root.path in self._paths]

    def quarantine(self, limit: int) -> Sequence[KnownFile]:
        return [item.file for item in self._store.files.quarantine(limit=limit)]

    def counts(self) -> Counts:
        totals = self._store.catalogue.totals()
        return Counts(articles=totals.live, quarantined=totals.quarantined)

    def health(self) -> Health:
        return Health(checks=(self._check_store(), self._check_observer(), self._check_rescan()))

    def opml(self, addresses: Sequence[tuple[FeedView, str]]) -> bytes:
        outlines = [(feed.title, url, None) for feed, url in addresses]
        return render_opml("Seedwatch", outlines)

    def _check_store(self) -> Check:
        try:
            self._store.roots.uncounted()
        except StoreError:
            return Check(name="store", ok=False, words="the store does not answer")
        if self._trouble():
            return Check(name="store", ok=False, words="the last batch failed: see the log")
        return Check(name="store", ok=True, words="answers")

    def _check_observer(self) -> Check:
        alive = self._observer.alive
        words = "alive" if alive else "dead: it is being replaced, rescans go on"
        return Check(name="observer", ok=alive, words=words)

    def _check_rescan(self) -> Check:
        try:
            roots = [r for r in self._store.roots.uncounted() if r.path in self._paths]
        except StoreError:
            return Check(name="rescan", ok=False, words="not known: the store does not answer")
        allowed = 2 * self._config.rescan + RESCAN_SLACK
        now = self._clock()
        late = [
            root
            for root in roots
            if root.state is RootState.MISSING
            or root.last_scan_at is None
            or now - root.last_scan_at > allowed
        ]
        if late or len(roots) < len(self._paths):
            count = len(late) + len(self._paths) - len(roots)
            return Check(name="rescan", ok=False, words=f"{count} roots were not rescanned lately")
        return Check(name="rescan", ok=True, words="every root was rescanned lately")


def _feed_view(feed: PublishedFeed) -> FeedView:
    return FeedView(
        name=feed.name,
        title=feed.title,
        path=feed.path,
        url=feed.url,
        hub=feed.hub,
        format=feed.format,
        entries=feed.entries,
        updated_at=feed.updated_at,
        topic=feed.topic,
        archives=feed.archives,
    )
