"""What the pages need to know, as a protocol; the composition root implements it. Nouns only.

A view may be asked by several threads at once. If it cannot answer, it raises
:class:`~watcher.errors.SeedwatchError`; the page then says so, without the error's text.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from watcher.config.feed import FeedFormat
from watcher.model.article import Article, Change
from watcher.model.delivery import Attempt, Delivery
from watcher.model.health import Health
from watcher.model.known import KnownFile
from watcher.model.node import Node
from watcher.model.standing import EndpointStatus, RootStatus
from watcher.model.story import StoryMember


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedView:
    """A published feed file. ``topic`` is set where the feed is one topic's.

    ``archives`` are the files, beside it, of its older articles: served, but listed nowhere.
    """

    name: str
    title: str
    path: Path
    url: str | None
    hub: str | None
    format: FeedFormat
    entries: int
    updated_at: datetime | None
    topic: str | None
    archives: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """``articles`` are the live ones, ``quarantined`` the files that cannot be used."""

    articles: int
    quarantined: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """A message as a person will read it, and what is in it: ``12 articles``."""

    text: str
    contents: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NextView:
    """What an endpoint will be sent from ``at`` on, which is in the endpoint's timezone."""

    at: datetime
    messages: tuple[MessageView, ...]


class View(Protocol):
    """Everything that is served, but the bytes of feeds, which come from their files."""

    def feeds(self) -> Sequence[FeedView]:
        """All published feeds, in the config's order.

        From memory, so that feeds are served while the store does not answer; and the very same
        sequence again while nothing changed, so that it is looked through only once.
        """

    def entries(self, feed: FeedView, limit: int) -> Sequence[Article]:
        """The first articles of a feed."""

    def page(
        self, limit: int, topic: str | None, after: str | None
    ) -> tuple[Sequence[Article], str | None]:
        """Live articles, newest known first, of one topic if one is given; and where to continue.

        ``after`` is what an earlier page returned for that; any other text starts from the
        beginning.
        """

    def stories(self, ids: Iterable[str]) -> Mapping[str, Sequence[StoryMember]]:
        """The live articles of those of these stories that have several, the earliest first."""

    def search(self, words: str, limit: int, start: int, topic: str | None) -> Sequence[Article]:
        """Live articles that have all these words, the best first, from the ``start``-th on."""

    def article(self, article: str) -> Article | None:
        """The article with this id, also one that was removed."""

    def topics(self) -> Sequence[tuple[str, int]]:
        """Every topic of a live article, and how many there are."""

    def changes_after(self, sequence: int, limit: int) -> Sequence[Change]:
        """Logged changes with a higher number, in order."""

    def last_change(self) -> int:
        """The number of the last change; 0 if there was none."""

    def endpoints(self) -> Sequence[EndpointStatus]:
        """The endpoints that the config names, as the store knows them."""

    def deliveries(self, endpoint: str, limit: int) -> Sequence[Delivery]:
        """The last deliveries to an endpoint, newest first."""

    def attempts(self, delivery: str) -> tuple[Attempt, ...]:
        """The attempts at a delivery, in order."""

    def preview(self, endpoint: str) -> NextView | None:
        """What an endpoint will be sent next, as it will look; None if nothing waits for it."""

    def subscribers(self) -> int:
        """How many subscribers our own hub has."""

    def roots(self) -> Sequence[RootStatus]:
        """The roots that the config names, as the store knows them; names stand for paths."""

    def nodes(self) -> Sequence[Node]:
        """The daemons that share the store, by name; none where it is this one's own."""

    def quarantine(self, limit: int) -> Sequence[KnownFile]:
        """Files in quarantine, newest first; each has a problem. Names stand for roots' paths."""

    def counts(self) -> Counts: ...

    def health(self) -> Health:
        """How all is right now. A check that fails is an answer, not an error."""

    def feeds_waiting(self) -> int:
        """How many feed files wait to be written."""

    def topics_without_feed(self) -> int:
        """How many topics have no feed, because of ``max_feeds``."""

    def stuck(self) -> Sequence[str]:
        """The loops of the daemon that hang, in words; from memory."""

    def opml(self, addresses: Sequence[tuple[FeedView, str]]) -> bytes:
        """The subscription list (OPML 2.0) of these feeds at these absolute URLs."""
