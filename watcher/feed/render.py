"""Articles in, the bytes of one feed out: the same articles give the same bytes.

One article's trouble costs that article its place, never the feed. Nothing here reads the clock,
the store or the disk.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from watcher.config.feed import FeedConfig, FeedFormat
from watcher.feed.atom_rss import assemble_atom, assemble_rss, render_atom_entry, render_rss_item
from watcher.feed.entry import readable_article
from watcher.feed.head import Head, Paging, Removal, Site, feed_head
from watcher.feed.json_feed import assemble_json, render_item
from watcher.log import fields
from watcher.model.article import Article
from watcher.model.story import Story

log = logging.getLogger(__name__)

_RENDER_ENTRY: dict[FeedFormat, Callable[[Article, Story | None], bytes]] = {
    FeedFormat.ATOM: lambda article, _: render_atom_entry(article),
    FeedFormat.RSS: lambda article, _: render_rss_item(article),
    FeedFormat.JSON: render_item,
}
_ASSEMBLE: dict[FeedFormat, Callable[[Head, Sequence[bytes]], bytes]] = {
    FeedFormat.ATOM: assemble_atom,
    FeedFormat.RSS: assemble_rss,
    FeedFormat.JSON: assemble_json,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """An article that is not in a feed because no entry could be made of it."""

    article: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A feed's document, when its content last changed, and which articles it lacks."""

    data: bytes
    updated_at: datetime
    left_out: tuple[LeftOut, ...] = ()


class EntryCache:
    """The entries last rendered, at most ``capacity`` of them, for all feeds; for one thread.

    An entry's bytes depend on its article, its story where the entry is one, and the format alone,
    so a feed in which one article changed costs the rendering of one.
    """

    def __init__(self, capacity: int = 2000) -> None:
        self._capacity = capacity
        self._kept: OrderedDict[tuple[FeedFormat, str], tuple[Article, Story | None, bytes]] = (
            OrderedDict()
        )

    def entry(self, form: FeedFormat, article: Article, story: Story | None = None) -> bytes:
        """The article's bytes, kept or rendered now; raises whatever rendering raises.

        ``story`` is the story that the entry is, with ``article`` as it is to be shown.
        """
        key = (form, article.id)
        before, told, data = self._kept.pop(key, (None, None, b""))
        same = before is article or (before is not None and _said(before) == _said(article))
        if not same or told != story:
            data = _RENDER_ENTRY[form](readable_article(article), story)
        self._kept[key] = (article, story, data)
        if len(self._kept) > self._capacity:
            self._kept.popitem(last=False)
        return data


def _said(article: Article) -> object:
    """All of an article that an entry can show."""
    return (
        article.content,
        article.updated_at,
        article.first_seen_at,
        article.story,
        article.reprint_of,
    )


_ALONE = Paging()
_NO_SITE = Site()
_NO_STORIES: Mapping[str, Story] = MappingProxyType({})


def render_feed(
    feed: FeedConfig,
    articles: Sequence[Article],
    *,
    stories: Mapping[str, Story] = _NO_STORIES,
    title: str,
    self_url: str | None,
    empty_updated_at: datetime,
    cache: EntryCache,
    complete: bool = False,
    removed: Sequence[Removal] = (),
    paging: Paging = _ALONE,
    site: Site = _NO_SITE,
) -> Rendered:
    """Render ``articles``, newest first, as ``feed`` in its format; logs what it leaves out.

    All of them: the caller has applied the feed's match, limit and order. ``stories`` are those
    that entries stand for, by the entry's id. ``title`` and
    ``self_url`` are the feed's own, or those of :func:`~watcher.feed.topics.topic_feed`.
    The feed's ``updated`` is the latest of its entries' and of the removals', or
    ``empty_updated_at`` where there are none. ``complete`` says that there are no other articles
    (RFC 5005 §2). ``removed`` become tombstones (RFC 6721), and ``paging`` links to archives
    (RFC 5005 §4), which only Atom has.
    """
    entries: list[bytes] = []
    times = [removed_at for _, removed_at in removed]
    left_out: list[LeftOut] = []
    form = feed.format
    for article in articles:
        try:
            entries.append(cache.entry(form, article, stories.get(article.id)))
            times.append(article.updated_at)
        except Exception as error:  # noqa: BLE001  # whatever is wrong with one, the feed goes out
            left_out.append(_leave_out(feed, article, error))
    head = feed_head(
        feed,
        title=title,
        self_url=self_url,
        site=site,
        updated_at=max(times, default=empty_updated_at),
        complete=complete,
        removed=removed,
        paging=paging,
    )
    data = _ASSEMBLE[form](head, entries)
    return Rendered(data=data, updated_at=head.updated_at, left_out=tuple(left_out))


def _leave_out(feed: FeedConfig, article: Article, error: Exception) -> LeftOut:
    message = f"{type(error).__name__}: {error}"
    log.warning(
        "article left out of a feed",
        extra=fields(feed=feed.name, article=article.id, error=message),
    )
    return LeftOut(article=article.id, message=message)
