"""The archives of a feed (RFC 5005 §4): documents of its older articles that never change.

An article goes into an archive in the order in which it was stored, once the feed is full or does
not show it. Where each archive ends is noted in the store, so an archive that is lost is made
again. What is in an archive stays in it as it was.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote, urljoin

from watcher.config import FeedConfig
from watcher.feed import EntryCache, Paging, publish_file, render_feed
from watcher.model import ArticleState, Content
from watcher.store import Upkeep, Windows

Member = tuple[int, str]
"""An article's number in the store, and its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where archives take from, and where they note how far they came."""

    windows: Windows
    upkeep: Upkeep
    cache: EntryCache
    since: datetime


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
        self._ends: list[int] = []
        self._waiting: dict[int, str] | None = None
        self._noted: dict[str, bool] = {}
        self.paths: tuple[Path, ...] = ()

    @property
    def newest_url(self) -> str | None:
        return self._url(len(self._ends)) if self._ends else None

    def note(self, article: str, *, fits: bool) -> None:
        """An article was written, and belongs to the feed or not."""
        self._noted[article] = fits
        if len(self._noted) > self._feed.limit:
            self.forget()

    def forget(self) -> None:
        """Begin again from the store."""
        self._waiting, self._noted = None, {}

    def keep_up(self, shown: Collection[str]) -> None:
        """Close what is full, and all if something that waits is not ``shown``.

        So whatever belongs to the feed is in it or in an archive. Raises PublishError.
        """
        if self._waiting is None:
            self._restore()
        elif not self._noted:
            return
        held: list[Member] = []
        waiting: list[Member] = []
        for member in self._members():
            if len(waiting) == self._feed.limit:
                self._close(held, followed=True)
                held, waiting = waiting, []
            waiting.append(member)
        if any(article not in shown for _, article in waiting):
            self._close(held, followed=True)
            held, waiting = waiting, []
        self._close(held, followed=False)
        self._waiting, self._noted = dict(waiting), {}

    def _members(self) -> Iterator[Member]:
        """What belongs to the feed and is in no archive yet, in the order of the store."""
        last = self._ends[-1] if self._ends else 0
        if self._waiting is None:
            yield from self._stored(after=last)
            return
        kept = {n: article for n, article in self._waiting.items() if article not in self._noted}
        for article, (state, rank) in self._sources.windows.places(self._noted).items():
            if self._noted[article] and state is ArticleState.LIVE:
                kept[rank.article_id] = article
        yield from (member for member in sorted(kept.items()) if member[0] > last)

    def _stored(self, *, after: int, upto: int | None = None) -> Iterator[Member]:
        found = self._sources.windows.members(after=after, upto=upto, topic=self._topic)
        return ((number, a.id) for number, a in found if self._keeps(a.content))

    def _restore(self) -> None:
        """Know again where the archives end, and make again those whose files are not there."""
        noted = self._sources.upkeep.fact(self._key) or ""
        self._ends = [int(end) for end in noted.split()]
        self.paths = tuple(self._path(number) for number in range(1, len(self._ends) + 1))
        for number, (after, end) in enumerate(pairwise([0, *self._ends]), 1):
            if not self._path(number).exists():
                members = [member for member, _ in self._stored(after=after, upto=end)]
                self._write(number, members, followed=number < len(self._ends))

    def _close(self, page: Sequence[Member], *, followed: bool) -> None:
        """Write the next archive, and only then note it: after a crash it is written again."""
        if not page:
            return
        number = len(self._ends) + 1
        self._write(number, [member for member, _ in page], followed=followed)
        ends = [*self._ends, page[-1][0]]
        self._sources.upkeep.note(self._key, " ".join(map(str, ends)))
        self._ends = ends
        self.paths = (*self.paths, self._path(number))

    def _write(self, number: int, members: Sequence[int], *, followed: bool) -> None:
        rendered = render_feed(
            self._feed.model_copy(update={"hub": None}),
            self._sources.windows.load(members[::-1]),
            title=self._feed.title or self._feed.name,
            self_url=self._url(number),
            empty_updated_at=self._sources.since,
            cache=self._sources.cache,
            paging=Paging(
                current=self._feed.url,
                earlier=self._url(number - 1) if number > 1 else None,
                later=self._url(number + 1) if followed else None,
            ),
        )
        publish_file(self._path(number), rendered.data)

    @property
    def _key(self) -> str:
        return f"archives of {self._feed.name}"

    def _path(self, number: int) -> Path:
        path = self._feed.path
        return path.with_name(f"{path.stem}.archive-{number:04}{path.suffix}")

    def _url(self, number: int) -> str:
        return urljoin(self._feed.url or "", quote(self._path(number).name))
