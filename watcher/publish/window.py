"""What a feed shows: its window of articles, and tombstones of removed ones."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from watcher.config.feed import FeedConfig, FeedFormat
from watcher.config.matching import Match, depends_on_time, first_mismatch
from watcher.feed.head import Removal
from watcher.model.article import Article
from watcher.model.batch import Touched
from watcher.model.kinds import ArticleState
from watcher.model.seed import Content
from watcher.model.story import Story
from watcher.store.windows import Rank, Windows

TOMBSTONES_KEPT = timedelta(days=30)
"""How long a removal stays in a feed, counted back from the last thing that happened in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What is in a window. ``complete``: the feed has nothing else.

    ``stories`` are those that articles stand for, by the id of the article as it is shown.
    """

    articles: Sequence[Article]
    removed: Sequence[Removal] = ()
    complete: bool = False
    stories: Mapping[str, Story] = field(default_factory=dict)


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
        """True if an article with this content belongs to the feed."""
        if self._topic is not None:
            folded = {topic.casefold() for topic in content.topics}
            if self._topic.casefold() not in folded:
                return False
        return first_mismatch(self._feed.match, content, self._clock()) is None

    def note(self, touched: Touched) -> bool:
        """Note that an article was written. Returns True if the window may have changed."""
        fits = self.keeps(touched.content)
        is_live = touched.state is ArticleState.LIVE
        came_or_went = self._live.note(touched.id, fits=fits and is_live)
        return self._removed.note(touched.id, fits=fits and not is_live) or came_or_went

    def forget(self) -> None:
        """Start again from the store."""
        self._live.forget()
        self._removed.forget()

    def show(self) -> View:
        """Return what is in the window now."""
        limit = self._feed.limit
        ranks = self._live.first(limit + 1)
        articles = self._load(ranks[:limit])
        if self.is_timed and self._let_expire(articles):
            return self.show()
        floor = ranks[limit - 1] if len(ranks) >= limit else None
        removed = self._tombstones(articles, floor)
        return View(articles=articles, removed=removed, complete=len(ranks) <= limit)

    def glance(self, limit: int) -> list[Article]:
        """Return the first articles as they were last shown; for any thread."""
        return self._load(self._live.glance(limit))

    def _places(self, state: ArticleState, depth: int) -> "Places":
        if self._feed.match == Match():
            return Index(self._windows, state, topic=self._topic)
        return Shelf(self._windows, state, topic=self._topic, keep=self.keeps, depth=depth)

    def _load(self, ranks: Sequence[Rank]) -> list[Article]:
        return self._windows.load([rank.article_id for rank in ranks])

    def _let_expire(self, articles: Sequence[Article]) -> bool:
        """Drop what no longer matches because time passed. Returns False if there was nothing."""
        expired = [article for article in articles if not self.keeps(article.content)]
        for article in expired:
            self._live.note(article.id, fits=False)
        return bool(expired)

    def _tombstones(self, articles: Sequence[Article], floor: Rank | None) -> list[Removal]:
        """Return what would be in the window had it not been removed, newest removal first.

        It depends on the store alone: time counts from the last thing that happened in the feed.
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


class Places(Protocol):
    """The places of a feed's articles in one state, newest first.

    A feed without a match takes them from the store's index. One with a match would have to search
    the whole store for the few that match: they are kept on a shelf, and only what a batch touched
    is checked again.
    """

    def note(self, article: str, *, fits: bool) -> bool:
        """Note that an article was written; ``fits``: it belongs here.

        Returns True if the feed may change.
        """

    def forget(self) -> None:
        """Start again from the store."""

    def first(self, limit: int) -> list[Rank]:
        """Return the first places, as the store has them now."""

    def glance(self, limit: int) -> list[Rank]:
        """Return the first places as they were when last asked for; for any thread."""


class Index:
    """Places read from the store's index, of all articles or of one topic."""

    def __init__(self, windows: Windows, state: ArticleState, *, topic: str | None) -> None:
        self._windows = windows
        self._state = state
        self._topic = topic

    def note(self, article: str, *, fits: bool) -> bool:  # noqa: ARG002 - the index knows itself
        return True

    def forget(self) -> None:
        pass

    def first(self, limit: int) -> list[Rank]:
        return self._windows.newest(self._state, limit=limit, topic=self._topic)

    def glance(self, limit: int) -> list[Rank]:
        return self.first(limit)


class Shelf:
    """The first places for which ``keep`` is true: at least ``depth``, if there are that many.

    It is filled with twice as many, so that the store is searched again only when half of them are
    gone. ``_floor`` is the last place down to which the shelf is complete; None if it holds all.
    """

    def __init__(
        self,
        windows: Windows,
        state: ArticleState,
        *,
        topic: str | None,
        keep: Callable[[Content], bool],
        depth: int,
    ) -> None:
        self._windows = windows
        self._state = state
        self._topic = topic
        self._keep = keep
        self._depth = depth
        self._places: dict[str, Rank] | None = None
        self._floor: Rank | None = None
        self._noted: dict[str, bool] = {}

    def note(self, article: str, *, fits: bool) -> bool:
        if self._places is None:
            return fits
        if not fits and article not in self._places and article not in self._noted:
            return False
        self._noted[article] = fits
        if len(self._noted) > self._depth:
            self.forget()
        return True

    def forget(self) -> None:
        self._places, self._noted = None, {}

    def first(self, limit: int) -> list[Rank]:
        if self._places is not None and self._noted:
            self._take_in(self._places)
        if self._places is None:
            self._fill()
        return self.glance(limit)

    def glance(self, limit: int) -> list[Rank]:
        return sorted((self._places or {}).values())[:limit]  # never changed, only replaced

    def _take_in(self, before: dict[str, Rank]) -> None:
        """Put the noted articles where the store now has them; start again if too few are left.

        What would come in below the floor stays out, because others that are missing here may rank
        higher.
        """
        found = self._windows.places(self._noted)
        places = {article: rank for article, rank in before.items() if article not in self._noted}
        for article, (state, rank) in found.items():
            above = self._floor is None or rank <= self._floor
            if self._noted[article] and state is self._state and above:
                places[article] = rank
        if self._floor is not None and len(places) < self._depth:
            self.forget()
            return
        self._put(places)

    def _fill(self) -> None:
        self._floor = None
        places = self._windows.find(
            self._state, limit=2 * self._depth, topic=self._topic, keep=self._keep
        )
        if len(places) == 2 * self._depth:
            self._floor = max(places.values())
        self._put(places)

    def _put(self, places: dict[str, Rank]) -> None:
        """Keep these places, or the first of them if they are too many."""
        if len(places) > 2 * self._depth:
            first = sorted(places.items(), key=lambda item: item[1])[: 2 * self._depth]
            places, self._floor = dict(first), first[-1][1]
        self._places, self._noted = places, {}
