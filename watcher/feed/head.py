"""What a feed says of itself, whatever the format. Pure; the clock never enters."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin

from watcher.config.schema import FeedConfig
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
class Head:
    """All of a feed but its entries. ``complete``: the entries are all there are (RFC 5005 §2)."""

    id: str
    title: str
    subtitle: str | None
    self_url: str | None
    hub: str | None
    updated_at: datetime
    complete: bool
    removed: tuple[Removal, ...]
    paging: Paging

    @property
    def home_url(self) -> str | None:
        """The page for people: the root of the site that serves the feed."""
        return self.self_url and urljoin(self.self_url, "/")


def feed_id(name: str, self_url: str | None) -> str:
    """A feed's permanent id: from its URL, else from its name."""
    return uuid.uuid5(uuid.NAMESPACE_URL, self_url or f"urn:seedwatch:feed:{name}").urn


def feed_head(
    feed: FeedConfig,
    *,
    title: str,
    self_url: str | None,
    updated_at: datetime,
    complete: bool,
    removed: Sequence[Removal],
    paging: Paging,
) -> Head:
    """The head of ``feed``; its texts hold nothing that XML forbids."""
    subtitle = feed.subtitle and readable_text(feed.subtitle)
    identifier = feed_id(feed.name, paging.current or self_url)  # an archive is of the same feed
    return Head(
        id=identifier,
        title=readable_text(title).strip() or identifier,
        subtitle=subtitle or None,
        self_url=self_url and readable_text(self_url),
        hub=feed.hub and readable_text(feed.hub),
        updated_at=updated_at,
        complete=complete,
        removed=tuple(removed),
        paging=paging,
    )
