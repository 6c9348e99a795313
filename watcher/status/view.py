"""What the HTTP pages see: the store and the daemon's health, through serve's own protocol."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Protocol

from watcher.clock import Clock
from watcher.config.schema import Config
from watcher.errors import StoreError
from watcher.feed.opml import render_opml
from watcher.liveness import Stuck
from watcher.model.article import Article
from watcher.model.kinds import ArticleState, RootState
from watcher.model.known import KnownFile
from watcher.model.standing import EndpointStatus, RootStatus
from watcher.publish.feed_file import PublishedFeed
from watcher.publish.publisher import Publication
from watcher.scan.progress import Headway
from watcher.serve.view import Check, Counts, FeedView, Health
from watcher.serve.wording import RootNames, count, relative
from watcher.status.overflow import describe_overflow
from watcher.store.store import Store

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
        stuck: Callable[[], Sequence[Stuck]],
        headway: Callable[[], Headway | None],
    ) -> None:
        self._config = config
        self._store = store
        self._clock = clock
        self._publication = publication
        self._observer = observer
        self._trouble = trouble
        self._stuck = stuck
        self._headway = headway
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
        return Health(checks=tuple(self._checks()))

    def stuck(self) -> Sequence[str]:
        return [str(stuck) for stuck in self._stuck()]

    def opml(self, addresses: Sequence[tuple[FeedView, str]]) -> bytes:
        outlines = [(feed.title, url, None) for feed, url in addresses]
        return render_opml("Seedwatch", outlines)

    def _checks(self) -> Iterator[Check]:
        try:
            roots = [r for r in self._store.roots.uncounted() if r.path in self._paths]
            overflow = describe_overflow(self._store.upkeep, self._clock())
        except StoreError as error:
            words = f"the store does not answer: {self._without_places(str(error))}"
            yield Check(name="store", ok=False, words=words)
            yield self._check_observer(None)
            yield Check(name="rescan", ok=False, words="not known: the store does not answer")
        else:
            yield self._check_store()
            yield self._check_observer(overflow)
            yield self._check_rescan(roots)
            yield self._check_roots(roots)
        yield self._check_feeds()

    def _check_store(self) -> Check:
        trouble = self._trouble()
        if trouble is None:
            return Check(name="store", ok=True, words="answers")
        words = f"nothing can be taken in: {self._without_places(trouble)}"
        return Check(name="store", ok=False, words=words)

    def _without_places(self, error: str) -> str:
        """An error without the places that it names; what could name any is left to the log."""
        database = self._store.database
        about, _, text = error.partition(f"{database.name}: ")
        return text if database.is_sqlite and text and not about else "see the log"

    def _check_observer(self, overflow: str | None) -> Check:
        alive = self._observer.alive
        said = ["alive" if alive else "dead: it is being replaced, rescans go on"]
        said += filter(None, [overflow])
        return Check(name="observer", ok=alive, words="; ".join(said))

    def _check_rescan(self, roots: Sequence[RootStatus]) -> Check:
        names, now = RootNames(roots), self._clock()
        allowed = 2 * self._config.rescan + RESCAN_SLACK
        late = [
            f"{names.of(root.path)} was last rescanned {relative(root.last_scan_at, now)}"
            for root in roots
            if root.last_scan_at and now - root.last_scan_at > allowed and _is_there(root)
        ]
        never = sum(root.last_scan_at is None and _is_there(root) for root in roots)
        if never := never + len(self._paths) - len(roots):
            late.append(f"{count(never, 'root')} never rescanned yet")
        said = late or ["every root that is there was rescanned lately"]
        if headway := self._headway():
            said.append(f"{names.of(headway.root)} is being scanned: {headway}")
        return Check(name="rescan", ok=not late, words="; ".join(said))

    def _check_roots(self, roots: Sequence[RootStatus]) -> Check:
        """A degraded root is up to date, only later than it could be."""
        names = RootNames(roots)
        said = [
            f"{names.of(root.path)} is {root.state}: {names.without_paths(root.detail or '')}"
            for root in sorted(roots, key=lambda root: root.state is RootState.DEGRADED)
            if root.state is not RootState.OK
        ]
        fine = all(root.state in (RootState.OK, RootState.DEGRADED) for root in roots)
        return Check(name="roots", ok=fine, words="; ".join(said) or "every root is there")

    def _check_feeds(self) -> Check:
        failed = [feed for feed in self._publication.published if feed.error]
        if not failed:
            return Check(name="feeds", ok=True, words="every feed is up to date on disk")
        why = str(failed[0].error).rpartition(": ")[2]
        said = f"{count(len(failed), 'feed')} cannot be written, first {failed[0].name}: {why}"
        return Check(name="feeds", ok=False, words=said)


def _is_there(root: RootStatus) -> bool:
    return root.state is not RootState.MISSING


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
