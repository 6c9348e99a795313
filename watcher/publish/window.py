"""What a feed shows: its window of articles, and tombstones of those that were removed from it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from watcher.config.matching import Match, depends_on_time, first_mismatch
from watcher.config.schema import FeedConfig, FeedFormat
from watcher.feed.head import Removal
from watcher.model.article import Article
from watcher.model.batch import Touched
from watcher.model.kinds import ArticleState
from watcher.model.seed import Content
from watcher.publish.shelf import Index, Places, Shelf
from watcher.store.windows import Rank, Windows

TOMBSTONES_KEPT = timedelta(days=30)
"""How long before the last thing that happened in a feed a removal is still told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What is in a window. ``complete``: there is nothing else."""

    articles: Sequence[Article]
    removed: Sequence[Removal]
    complete: bool


class Window:
    """The first ``limit`` articles of a feed, newest known first."""

    def __init__(
        self,
        feed: FeedConfig,
        topic: str | None,
        *,
        windows: Windows,
        clock: Callable[[], datetime],
    ) -> None:
        self._feed = feed
        self._topic = topic
        self._windows = windows
        self._clock = clock
        self._live = self._places(ArticleState.LIVE, feed.limit + 1)
        self._removed = self._places(ArticleState.REMOVED, feed.limit)
        self.is_timed = depends_on_time(feed.match)

    def keeps(self, content: Content) -> bool:
        """Whether an article that says this belongs to the feed."""
        if self._topic is not None:
            folded = {topic.casefold() for topic in content.topics}
            if self._topic.casefold() not in folded:
                return False
        return first_mismatch(self._feed.match, content, self._clock()) is None

    def note(self, touched: Touched) -> bool:
        """Something was written; whether what is shown may be another thing now."""
        fits = self.keeps(touched.content)
        is_live = touched.state is ArticleState.LIVE
        came_or_went = self._live.note(touched.id, fits=fits and is_live)
        return self._removed.note(touched.id, fits=fits and not is_live) or came_or_went

    def forget(self) -> None:
        """Begin again from the store."""
        self._live.forget()
        self._removed.forget()

    def show(self) -> View:
        """What is in the window now."""
        limit = self._feed.limit
        ranks = self._live.first(limit + 1)
        articles = self._load(ranks[:limit])
        if self.is_timed and self._let_expire(articles):
            return self.show()
        floor = ranks[limit - 1] if len(ranks) >= limit else None
        removed = self._tombstones(articles, floor)
        return View(articles=articles, removed=removed, complete=len(ranks) <= limit)

    def glance(self, limit: int) -> list[Article]:
        """The first articles as they were last shown; for any thread."""
        return self._load(self._live.glance(limit))

    def _places(self, state: ArticleState, depth: int) -> Places:
        if self._feed.match == Match():
            return Index(self._windows, state, topic=self._topic)
        return Shelf(self._windows, state, topic=self._topic, keep=self.keeps, depth=depth)

    def _load(self, ranks: Sequence[Rank]) -> list[Article]:
        return self._windows.load([rank.article_id for rank in ranks])

    def _let_expire(self, articles: Sequence[Article]) -> bool:
        """Let go of what no longer matches because time went by; whether there was any."""
        expired = [article for article in articles if not self.keeps(article.content)]
        for article in expired:
            self._live.note(article.id, fits=False)
        return bool(expired)

    def _tombstones(self, articles: Sequence[Article], floor: Rank | None) -> list[Removal]:
        """Those that would be in the window had they not been removed, newest removal first.

        A matter of the store alone: time is measured from the last thing that happened in the feed.
        """
        if self._feed.format is not FeedFormat.ATOM:
            return []
        ranks = self._removed.first(self._feed.limit)
        numbers = [rank.article_id for rank in ranks if floor is None or rank < floor]
        times = self._windows.removals(numbers) if numbers else {}
        if not times:
            return []
        last = max([*times.values(), *(article.updated_at for article in articles)])
        recent = [(article, at) for article, at in times.items() if last - at <= TOMBSTONES_KEPT]
        return sorted(recent, key=lambda removal: (last - removal[1], removal[0]))
