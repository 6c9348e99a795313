"""The archives of a feed (RFC 5005 §4): documents of its older articles that never change.

An article goes into an archive in the order in which it was stored, once the feed is full or does
not show it. An article that starts to match later, or comes back, goes into the next archive: the
earlier ones are closed, and a reader who follows the archives back still misses nothing. Which
articles are in which archive is noted in the store, so one that is lost is made again.
"""

from array import array
from bisect import bisect_left, insort
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from urllib.parse import quote, urljoin

from watcher.config.feed import FeedConfig
from watcher.config.matching import Match
from watcher.feed.head import Paging, Site
from watcher.feed.render import EntryCache, render_feed
from watcher.model.kinds import ArticleState
from watcher.model.seed import Content
from watcher.publish.atomic_file import publish_file
from watcher.store.housekeeping import Upkeep
from watcher.store.windows import Windows

_AT_ONCE = 100

Member = tuple[int, str]
"""An article's number in the store, and its id."""

MOST_NOTED = 5000
"""If there are more articles than this, all are fetched from the store at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What archives read from, and where they record what they contain."""

    windows: Windows
    upkeep: Upkeep
    cache: EntryCache
    since: datetime
    site: Site


class Archive:
    """One feed's archives. ``keeps`` says whether an article belongs to the feed."""

    def __init__(
        self,
        feed: FeedConfig,
        topic: str | None,
        *,
        sources: Sources,
        keeps: Callable[[Content], bool],
    ) -> None:
        self._feed = feed
        self._topic = topic
        self._sources = sources
        self._keeps = keeps
        self._closed = Closed(sources.upkeep, feed.name)
        self._waiting: dict[int, str] | None = None
        self._noted: dict[str, bool] = {}
        self.paths: tuple[Path, ...] = ()

    @property
    def newest_url(self) -> str | None:
        return self._url(self._closed.pages) if self._closed.pages else None

    def note(self, article: str, *, fits: bool) -> None:
        """Note that an article was written, and whether it belongs to the feed."""
        self._noted[article] = fits
        if len(self._noted) > MOST_NOTED:
            self.forget()

    def forget(self) -> None:
        """Start again from the store."""
        self._waiting, self._noted = None, {}

    def keep_up(self, shown: Collection[str], progress: Callable[[], None]) -> None:
        """Write full archives, and one more if an article that waits is not ``shown``.

        So every article is in the feed or in an archive. ``progress`` is called for each archive
        that is written. Raises PublishError.
        """
        if self._waiting is None:
            self._restore(progress)
        elif not self._noted:
            return
        held: list[Member] = []
        waiting: list[Member] = []
        for member in self._members():
            if len(waiting) == self._feed.limit:
                self._close(held, progress, followed=True)
                held, waiting = waiting, []
            waiting.append(member)
        if any(article not in shown for _, article in waiting):
            self._close(held, progress, followed=True)
            held, waiting = waiting, []
        self._close(held, progress, followed=False)
        self._waiting, self._noted = dict(waiting), {}

    def _members(self) -> Iterator[Member]:
        """Articles of the feed that are in no archive yet, in the order of the store."""
        if self._waiting is None:
            yield from (member for member in self._stored() if member[0] not in self._closed)
            return
        kept = {n: article for n, article in self._waiting.items() if article not in self._noted}
        for article, (state, rank) in self._sources.windows.places(self._noted).items():
            if self._noted[article] and state is ArticleState.LIVE:
                kept[rank.article_id] = article
        yield from (member for member in sorted(kept.items()) if member[0] not in self._closed)

    def _stored(self) -> Iterator[Member]:
        """All articles of the feed; their content is read only if necessary."""
        matters = self._feed.match != Match()
        for page in self._sources.windows.members(topic=self._topic):
            contents = self._sources.windows.contents([n for n, _ in page]) if matters else {}
            for number, article in page:
                if not matters or self._keeps(contents[number]):
                    yield number, article

    def _restore(self, progress: Callable[[], None]) -> None:
        """Read what is in the archives, and rewrite those whose files are missing."""
        self._closed.restore()
        pages = range(1, self._closed.pages + 1)
        self.paths = tuple(map(self._path, pages))
        for number in pages:
            if not self._path(number).exists():
                progress()
                members = self._closed.page(number)
                self._write(number, members, followed=number < self._closed.pages)

    def _close(
        self, page: Sequence[Member], progress: Callable[[], None], *, followed: bool
    ) -> None:
        """Write the next archive, and only then record it: after a crash it is written again."""
        if not page:
            return
        progress()
        number = self._closed.pages + 1
        members = [member for member, _ in page]
        self._write(number, members, followed=followed)
        self._closed.add(members)
        self.paths = (*self.paths, self._path(number))

    def _write(self, number: int, members: Sequence[int], *, followed: bool) -> None:
        rendered = render_feed(
            self._feed.model_copy(update={"hub": None}),
            self._sources.windows.load(members[::-1]),
            title=self._feed.title or self._feed.name,
            self_url=self._url(number),
            empty_updated_at=self._sources.since,
            cache=self._sources.cache,
            site=self._sources.site,
            paging=Paging(
                current=self._feed.url,
                earlier=self._url(number - 1) if number > 1 else None,
                later=self._url(number + 1) if followed else None,
            ),
        )
        publish_file(self._path(number), rendered.data)

    def _path(self, number: int) -> Path:
        path = self._feed.path
        return path.with_name(f"{path.stem}.archive-{number:04}{path.suffix}")

    def _url(self, number: int) -> str:
        return urljoin(self._feed.url or "", quote(self._path(number).name))


class Closed:
    """The archives of one feed as the store has them, as the numbers of their articles.

    An archive never changes, so its articles are recorded once, and a lost file can be rewritten
    from them. For one thread.
    """

    def __init__(self, upkeep: Upkeep, feed: str) -> None:
        self._upkeep = upkeep
        self._feed = feed
        self._numbers = array("q")
        self.pages = 0

    def restore(self) -> None:
        """Read from the store what is in the archives."""
        found = array("q")
        self.pages = 0
        for page in self._all():
            found.extend(page)
            self.pages += 1
        self._numbers = array("q", sorted(found))

    def __contains__(self, number: int) -> bool:
        at = bisect_left(self._numbers, number)
        return at < len(self._numbers) and self._numbers[at] == number

    def add(self, page: Sequence[int]) -> None:
        """Record the next archive."""
        self._upkeep.note(self._key_of(self.pages + 1), " ".join(map(str, page)))
        for number in page:
            insort(self._numbers, number)
        self.pages += 1

    def page(self, number: int) -> list[int]:
        """The articles in an archive; archives are counted from 1."""
        return _numbers(self._upkeep.fact(self._key_of(number)) or "")

    def _all(self) -> Iterator[list[int]]:
        for first in count(1, _AT_ONCE):
            keys = [self._key_of(number) for number in range(first, first + _AT_ONCE)]
            noted = self._upkeep.facts(keys)
            yield from (_numbers(noted[key]) for key in keys if key in noted)
            if len(noted) < _AT_ONCE:
                return

    def _key_of(self, number: int) -> str:
        return f"archive {number} of {self._feed}"


def _numbers(noted: str) -> list[int]:
    return [int(number) for number in noted.split()]
