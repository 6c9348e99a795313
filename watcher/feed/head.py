"""What a feed says of itself, whatever the format. Pure; the clock never enters."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin

from watcher.config.feed import FeedConfig
from watcher.feed.entry import readable_text

GENERATOR = "Seedwatch"

Removal = tuple[str, datetime]
"""The id of a removed article, and when it was removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """A document's place among those that make up an archived feed, as URLs (RFC 5005 §4).

    ``current`` is the feed that is subscribed to: it is set in an archive, which never changes.
    """

    current: str | None = None
    earlier: str | None = None
    later: str | None = None

    def links(self) -> tuple[tuple[str, str], ...]:
        """The relations that there are, with their URLs."""
        pairs = (
            ("current", self.current),
            ("prev-archive", self.earlier),
            ("next-archive", self.later),
        )
        return tuple((rel, href) for rel, href in pairs if href is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where feeds come from: its name, and the addresses of its page for people.

    ``public_url`` is where readers reach the page, if the config says so; ``local_url`` where the
    server listens; ``hub_url`` is our own hub, for feeds that name no other.
    """

    title: str | None = None
    public_url: str | None = None
    local_url: str | None = None
    hub_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """All of a feed but its entries. ``complete``: the entries are all there are (RFC 5005 §2).

    ``author`` stands for all entries that have none. ``home_url`` is the page for people;
    ``icon_url`` and ``logo_url`` are pictures of the site, where our own server has them.
    """

    id: str
    title: str
    subtitle: str | None
    self_url: str | None
    hub: str | None
    updated_at: datetime
    complete: bool
    removed: tuple[Removal, ...]
    paging: Paging
    author: str
    home_url: str | None
    icon_url: str | None
    logo_url: str | None


def feed_id(name: str, self_url: str | None) -> str:
    """A feed's permanent id: from its URL, else from its name."""
    return uuid.uuid5(uuid.NAMESPACE_URL, self_url or f"urn:seedwatch:feed:{name}").urn


def feed_head(
    feed: FeedConfig,
    *,
    title: str,
    self_url: str | None,
    site: Site,
    updated_at: datetime,
    complete: bool,
    removed: Sequence[Removal],
    paging: Paging,
) -> Head:
    """The head of ``feed``; its texts hold nothing that XML forbids."""
    subtitle = feed.subtitle and readable_text(feed.subtitle)
    identifier = feed_id(feed.name, paging.current or self_url)  # an archive is of the same feed
    shown = readable_text(title).strip() or identifier
    home_url = site.public_url or (self_url and urljoin(self_url, "/")) or site.local_url
    hub = feed.hub or (site.hub_url if self_url and not paging.current else None)
    icons = home_url if home_url in (site.public_url, site.local_url) else None
    return Head(
        id=identifier,
        title=shown,
        subtitle=subtitle or None,
        self_url=self_url and readable_text(self_url),
        hub=hub and readable_text(hub),
        updated_at=updated_at,
        complete=complete,
        removed=tuple(removed),
        paging=paging,
        author=readable_text(site.title or "").strip() or shown,
        home_url=home_url,
        icon_url=icons and urljoin(icons, "favicon.ico"),
        logo_url=icons and urljoin(icons, "static/icon.png"),
    )
