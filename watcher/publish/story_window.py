"""What a feed with ``per: story`` shows: an entry for each story, newest first.

A story comes into the feed with its first article that the feed's match wants, and again when it
reaches ``important_at`` outlets: these two decide its place and its update time. Whatever else
happens to it only changes its entry's content.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from watcher.config.feed import FeedConfig
from watcher.config.matching import Match, depends_on_time, first_mismatch
from watcher.feed.story_entry import story_entry
from watcher.model.article import Article
from watcher.model.batch import Touched
from watcher.model.kinds import ArticleState
from watcher.model.seed import Content
from watcher.model.story import Story, StoryMember
from watcher.publish.window import Index, Places, Shelf, View
from watcher.store.columns import key_of
from watcher.store.tellers import Teller
from watcher.store.windows import Windows

_ARTICLES_A_STORY = 2
"""How many articles are read for each wanted story at first."""
_MOST_A_STORY = 32
"""And at most: if many articles belong to few stories, the feed shows these few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A story in the feed: its articles, and the two of them that date it.

    ``id`` is None for an article without a story: it is its own entry.
    """

    id: str | None
    tellers: Sequence[Teller]
    first: Teller
    important: Teller | None

    @property
    def rank(self) -> tuple[int, int, int]:
        return min(self.first.rank, self.important.rank) if self.important else self.first.rank


class StoryWindow:
    """The first ``limit`` stories of a feed, read from the store each time."""

    def __init__(
        self, feed: FeedConfig, *, windows: Windows, clock: Callable[[], datetime]
    ) -> None:
        self._feed = feed
        self._windows = windows
        self._clock = clock
        self._has_match = feed.match != Match()
        self._live = self._places()
        self._shown: Sequence[Article] = ()
        self.is_timed = depends_on_time(feed.match)

    def _places(self) -> Places:
        if not self._has_match:
            return Index(self._windows, ArticleState.LIVE, topic=None)
        depth = _ARTICLES_A_STORY * self._feed.limit
        return Shelf(self._windows, ArticleState.LIVE, topic=None, keep=self.keeps, depth=depth)

    def keeps(self, content: Content) -> bool:
        """True if an article with this content brings its story into the feed."""
        return first_mismatch(self._feed.match, content, self._clock()) is None

    def note(self, touched: Touched) -> bool:
        """Note that an article was written. Always True: it may be of any story that is shown."""
        fits = touched.state is ArticleState.LIVE and self.keeps(touched.content)
        self._live.note(touched.id, fits=fits)
        return True

    def forget(self) -> None:
        """Start again from the store."""
        self._live.forget()

    def glance(self, limit: int) -> list[Article]:
        """Return the first entries as they were last shown; for any thread."""
        return list(self._shown[:limit])

    def show(self) -> View:
        """Return what is in the window now."""
        entries = self._newest()[: self._feed.limit]
        dated = [teller for e in entries for teller in (e.first, e.important) if teller]
        wanted = {t.number for e in entries for t in e.tellers if t.is_live}
        wanted |= {entry.first.number for entry in entries}
        numbers = sorted(wanted)
        found = dict(zip(numbers, self._windows.load(numbers), strict=True))
        by_id = {article.id: article for article in found.values()}
        baselined = self._windows.baselined([teller.number for teller in dated])
        articles, stories = [], {}
        for entry in entries:
            article = found[entry.first.number]
            if entry.id is not None:
                story = Story(id=entry.id, members=tuple(_members(entry, found)))
                article = story_entry(
                    story,
                    by_id[story.headline.article],
                    first=article,
                    updated_at=_updated_at(entry, baselined),
                )
                stories[article.id] = story
            articles.append(article)
        self._shown = articles
        return View(articles=articles, stories=stories)

    def _newest(self) -> list[_Entry]:
        """The stories of the newest articles: at least ``limit`` of them, if there are that many.

        Those that came into the feed before the oldest article that was looked at are left out:
        others that were not looked at may have come after them.
        """
        limit = self._feed.limit
        depth = _ARTICLES_A_STORY * limit
        while True:
            ranks = self._live.first(depth)
            is_all = len(ranks) < depth
            entries = self._entries(self._still_wanted([rank.article_id for rank in ranks]))
            if not is_all:
                entries = [entry for entry in entries if entry.rank <= ranks[-1]]
            if is_all or len(entries) >= limit or depth >= _MOST_A_STORY * limit:
                return sorted(entries, key=lambda entry: entry.rank)
            depth *= 2

    def _still_wanted(self, numbers: Sequence[int]) -> Sequence[int]:
        """Without those that no longer match because time went by."""
        if not self.is_timed:
            return numbers
        contents = self._windows.contents(sorted(numbers))
        return [number for number in numbers if self.keeps(contents[number])]

    def _entries(self, numbers: Sequence[int]) -> list[_Entry]:
        chosen, by_story = self._windows.tellers(numbers)
        groups = [*by_story.values(), *([each] for each in chosen if each.story is None)]
        wanted = self._wanted(groups, {each.number for each in chosen})
        found = []
        for tellers in groups:
            first = next((each for each in tellers if each.number in wanted), None)
            if first is not None:
                important = _important(tellers, first, self._feed.important_at)
                found.append(
                    _Entry(id=first.story, tellers=tellers, first=first, important=important)
                )
        return found

    def _wanted(self, groups: Sequence[Sequence[Teller]], chosen: set[int]) -> set[int]:
        """The articles that bring their story into the feed: those chosen now, or once.

        Of a story's articles, what those before its first chosen one said is looked at.
        """
        if not self._has_match:
            return {each.number for tellers in groups for each in tellers}
        before = {}
        for tellers in groups:
            for each in tellers:
                if each.number in chosen:
                    break
                before[each.number] = each
        contents = self._windows.contents(sorted(before))
        return chosen | {
            number
            for number, content in contents.items()
            if first_mismatch(self._feed.match, content, before[number].first_seen_at) is None
        }


def _important(tellers: Sequence[Teller], first: Teller, mark: int | None) -> Teller | None:
    """The article with which a story reached so many outlets, a text and its reprints once."""
    outlets = set[str]()
    for each in tellers:
        if not each.is_reprint:
            outlets.add(each.outlet)
        if len(outlets) == mark:
            return each if each.number > first.number else None
    return None


def _members(entry: _Entry, found: Mapping[int, Article]) -> Iterator[StoryMember]:
    for teller in sorted(entry.tellers, key=lambda each: (each.at, each.number)):
        if teller.is_live:
            article = found[teller.number]
            content = article.content
            provider = content.provider.name if content.provider else None
            yield StoryMember(
                story=entry.id or "",
                article=article.id,
                title=content.title,
                url=content.url or None,
                provider=provider or teller.outlet,
                outlet=teller.outlet,
                at=teller.at,
                quality=content.quality,
                reprint_of=article.reprint_of,
            )


def _updated_at(entry: _Entry, baselined: set[int]) -> datetime:
    """When the story came into the feed, or became important; no two at one moment.

    What was there at first sight of its root counts by its own time, so that a rebuilt store gives
    the same feed.
    """
    moments = [
        teller.at.replace(microsecond=int.from_bytes(key_of(entry.id or "")[:4]) % 1_000_000)
        if teller.number in baselined
        else teller.first_seen_at + timedelta(microseconds=teller.number % 1000)
        for teller in (entry.first, entry.important)
        if teller is not None
    ]
    return max(moments)
