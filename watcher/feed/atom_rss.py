"""Atom (RFC 4287) and RSS 2.0 through feedgen, whose only home this is.

An entry is rendered alone, to the bytes that stand for it in the document, so that they can be
kept; a document is feedgen's feed without entries, with those bytes put before its end.

feedgen 1.0.0 needs these work-arounds; tests/feed/test_feedgen.py says when one is done with:

* it loses every attribute of an entry's links (upstream issue 143): ``EntryRepair`` sets them;
* it prepends entries: here the order is that of the bytes;
* it takes ``updated`` from the clock: here it is always set;
* it raises on control characters: ``readable_article`` took them out;
* it writes UTC as ``+00:00``: ``EntryRepair`` and ``AtomHead`` make it ``Z``;
* it changes the locale of the process to write an RSS date: ``ItemDate`` does without. The one
  ``lastBuildDate`` of a document cannot be had otherwise, so render feeds in one thread.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape

from feedgen.entry import FeedEntry  # type: ignore[import-untyped]  # feedgen has no types
from feedgen.ext.dc import DcEntryExtension  # type: ignore[import-untyped]  # the same
from feedgen.ext.media import MediaEntryExtension  # type: ignore[import-untyped]  # the same
from feedgen.feed import FeedGenerator  # type: ignore[import-untyped]  # the same
from lxml.etree import Element, SubElement, _Element, tostring

from watcher.clock import format_time
from watcher.feed.entry import (
    entry_authors,
    entry_categories,
    entry_html,
    entry_image,
    entry_links,
    entry_published,
)
from watcher.feed.head import GENERATOR, Head
from watcher.model.article import Article
from watcher.model.seed import Image

ATOM = "http://www.w3.org/2005/Atom"
HISTORY = "http://purl.org/syndication/history/1.0"
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
ENTRY_NAMESPACES = {"media": "http://search.yahoo.com/mrss/"}
ITEM_NAMESPACES = ENTRY_NAMESPACES | {
    "atom": ATOM,
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
}


def render_atom_entry(article: Article) -> bytes:
    """A readable article as an ``entry``, as it stands in :func:`assemble_atom`'s document."""
    content = article.content
    entry = _entry(article)
    entry.updated(article.updated_at.astimezone(UTC))
    if published_at := entry_published(article):
        entry.published(published_at.astimezone(UTC))
    if content.summary:
        entry.summary(content.summary, type="text")
    if authors := entry_authors(content):
        entry.author([{"name": a.name} | ({"uri": a.uri} if a.uri else {}) for a in authors])
    entry.register_extension("repair", EntryRepair)
    entry.repair.links = entry.link()
    feed = Element("feed", nsmap=ENTRY_NAMESPACES)
    feed.append(entry.atom_entry())
    return _cut(feed, b"  <entry>", b"</feed>")


def assemble_atom(head: Head, entries: Sequence[bytes]) -> bytes:
    """The whole document from its head and its rendered entries."""
    feed = _feed(head, "application/atom+xml")
    if head.home_url:
        feed.link(href=head.home_url, rel="alternate", type="text/html")
    if head.icon_url:
        feed.icon(head.icon_url)
    if head.logo_url:
        feed.logo(head.logo_url)
    for rel, href in head.paging.links():
        feed.link(href=href, rel=rel, type="application/atom+xml")
    feed.register_extension("head", AtomHead)
    feed.head.head = head
    return _splice(feed.atom_str(pretty=True), entries, b"</feed>")


def render_rss_item(article: Article) -> bytes:
    """A readable article as an ``item``, as it stands in :func:`assemble_rss`'s document."""
    content = article.content
    item = _entry(article)
    if content.summary:  # RSS has no types: a description is always HTML
        item.description(escape(content.summary, quote=False), isSummary=True)
    item.register_extension("date", ItemDate)
    item.date.published_at = entry_published(article) or article.first_seen_at
    item.date.updated_at = article.updated_at
    if authors := entry_authors(content):
        item.register_extension("dc", DcEntryExtension)
        item.dc.dc_creator([author.name for author in authors])
    rss = Element("rss", nsmap=ITEM_NAMESPACES)
    SubElement(rss, "channel").append(item.rss_entry())
    return _cut(rss, b"    <item>", b"  </channel>")


def assemble_rss(head: Head, items: Sequence[bytes]) -> bytes:
    """The whole document from its head and its rendered items."""
    feed = _feed(head, "application/rss+xml")
    feed.description(head.subtitle or head.title)
    feed.link(href=head.home_url or head.id, rel="alternate")  # the last link is the channel's
    if head.logo_url and head.home_url:
        feed.image(url=head.logo_url, title=head.title, link=head.home_url)
    feed.register_extension("head", RssHead)
    feed.head.head = head
    return _splice(feed.rss_str(pretty=True), items, b"  </channel>")


def _entry(article: Article) -> FeedEntry:
    """What Atom and RSS share."""
    content = article.content
    entry = FeedEntry()
    entry.id(article.id)
    entry.title(content.title)
    entry.link([link.attributes() for link in entry_links(content)])
    entry.category(
        [{"term": c.term, "label": c.term, "scheme": c.scheme} for c in entry_categories(content)]
    )
    entry.content(entry_html(content), type="html")
    if image := entry_image(content):
        entry.register_extension("media", MediaEntryExtension)
        entry.media.thumbnail(_thumbnail(image), group=None)
    return entry


def _thumbnail(image: Image) -> dict[str, str]:
    size = {"width": image.width, "height": image.height}
    return {"url": image.url} | {name: str(value) for name, value in size.items() if value}


def _feed(head: Head, media_type: str) -> FeedGenerator:
    """A feed without entries, as Atom and RSS share it."""
    feed = FeedGenerator()
    feed.id(head.id)
    feed.title(head.title)
    feed.subtitle(head.subtitle)
    feed.author(name=head.author)
    feed.generator(GENERATOR)
    feed.updated(head.updated_at.astimezone(UTC))
    if head.self_url:
        feed.link(href=head.self_url, rel="self", type=media_type)
    if head.hub:
        feed.link(href=head.hub, rel="hub")
    return feed


def _cut(root: _Element, start: bytes, end: bytes) -> bytes:
    """The bytes from ``start`` up to ``end``; neither can be in a text, where ``<`` is escaped."""
    document = tostring(root, pretty_print=True, encoding="UTF-8")
    return document[document.index(start) : document.rindex(end)]


def _splice(document: bytes, entries: Sequence[bytes], end: bytes) -> bytes:
    at = document.rindex(end)
    return b"".join((document[:at], *entries, document[at:]))


# feedgen makes an extension without arguments, asks it for namespaces, and lets it work on the
# element that it has built: `feed` or `rss` for a head, `entry` or `item` for an entry.


class EntryRepair:
    """Gives an Atom entry's links their attributes back, and its times their ``Z``."""

    links: Sequence[Mapping[str, str]] = ()

    def extend_atom(self, entry: _Element) -> None:
        for element, link in zip(entry.findall("link"), self.links, strict=True):
            for name, value in link.items():
                element.set(name, value)
        _write_z(entry)


class ItemDate:
    """Dates an RSS item (RFC 822 with four digits of year) without touching the locale.

    Always: some readers show 1969 where there is no ``pubDate``, some leave the item out.
    """

    published_at: datetime
    updated_at: datetime

    def extend_rss(self, item: _Element) -> None:
        date = SubElement(item, "pubDate")
        date.text = format_datetime(self.published_at.astimezone(UTC))
        updated = SubElement(item, f"{{{ATOM}}}updated")
        updated.text = format_time(self.updated_at)


class AtomHead:
    """Adds what RFC 5005 and RFC 6721 (tombstones) add, and their namespaces only then."""

    head: Head

    def extend_ns(self) -> dict[str, str]:
        history = {"fh": HISTORY} if self.head.complete or self.head.paging.current else {}
        tombstones = {"at": TOMBSTONES} if self.head.removed else {}
        return ENTRY_NAMESPACES | history | tombstones

    def extend_atom(self, feed: _Element) -> None:
        _write_z(feed)
        if self.head.complete:
            SubElement(feed, f"{{{HISTORY}}}complete")
        if self.head.paging.current:
            SubElement(feed, f"{{{HISTORY}}}archive")
        for article, removed_at in self.head.removed:
            tombstone = SubElement(feed, f"{{{TOMBSTONES}}}deleted-entry")
            tombstone.set("ref", article)
            tombstone.set("when", format_time(removed_at))


class RssHead:
    """Adds the hub, which feedgen writes in Atom only, and ``fh:complete`` (RFC 5005)."""

    head: Head

    def extend_ns(self) -> dict[str, str]:
        return ITEM_NAMESPACES | ({"fh": HISTORY} if self.head.complete else {})

    def extend_rss(self, rss: _Element) -> None:
        (channel,) = rss
        if self.head.hub:
            SubElement(channel, f"{{{ATOM}}}link", href=self.head.hub, rel="hub")
        if self.head.complete:
            SubElement(channel, f"{{{HISTORY}}}complete")


def _write_z(element: _Element) -> None:
    for date in element.iterchildren("updated", "published"):
        date.text = (date.text or "").replace("+00:00", "Z")
