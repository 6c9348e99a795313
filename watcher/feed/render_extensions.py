"""What feedgen gets wrong or does not know, as feedgen extensions; none imports feedgen.

feedgen makes an extension without arguments, asks it for namespaces, and lets it work on the
element that it has built: ``feed`` or ``rss`` for a head, ``entry`` or ``item`` for an entry.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime

from lxml.etree import SubElement, _Element

from watcher.clock import format_time
from watcher.feed.head import Head

ATOM = "http://www.w3.org/2005/Atom"
HISTORY = "http://purl.org/syndication/history/1.0"
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
ENTRY_NAMESPACES = {"media": "http://search.yahoo.com/mrss/"}
ITEM_NAMESPACES = ENTRY_NAMESPACES | {
    "atom": ATOM,
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
}


class EntryRepair:
    """Gives an Atom entry's links their attributes back, and its times their ``Z``."""

    links: Sequence[Mapping[str, str]] = ()

    def extend_atom(self, entry: _Element) -> None:
        for element, link in zip(entry.findall("link"), self.links, strict=True):
            for name, value in link.items():
                element.set(name, value)
        _write_z(entry)


class ItemDate:
    """Dates an RSS item (RFC 822 with four digits of year) without touching the locale."""

    published_at: datetime | None = None

    def extend_rss(self, item: _Element) -> None:
        if self.published_at:
            date = SubElement(item, "pubDate")
            date.text = format_datetime(self.published_at.astimezone(UTC))


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
