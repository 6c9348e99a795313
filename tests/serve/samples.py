"""A view in memory for the server's tests, and the server itself on a loopback port."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import requests

from watcher.config.feed import FeedConfig, FeedFormat
from watcher.config.schema import HttpConfig
from watcher.model.article import Article, Change
from watcher.model.delivery import Attempt, Delivery
from watcher.model.health import Check, Health
from watcher.model.kinds import EndpointState, FileState, RootState
from watcher.model.known import KnownFile
from watcher.model.node import Node
from watcher.model.seed import Content, Problem, Provider, Reason, SeedPath
from watcher.model.standing import EndpointStatus, RootStatus
from watcher.model.story import StoryMember, outlet_of
from watcher.serve.app import make_app
from watcher.serve.changes import Changes
from watcher.serve.metrics import Meters, make_registry
from watcher.serve.server import Server
from watcher.serve.view import Counts, FeedView, NextView

NOW = datetime(2024, 5, 6, 12, 0, tzinfo=UTC)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


def member(told: Article) -> StoryMember:
    """An article as one of its story."""
    provider = told.content.provider
    return StoryMember(
        story=told.story or "",
        article=told.id,
        title=told.content.title,
        url=told.content.url,
        provider=(provider and provider.name) or "",
        outlet=outlet_of(told.content),
        at=told.first_seen_at,
    )


def article(number: int = 1, **changed: Any) -> Article:
    content: dict[str, Any] = {
        "title": f"Article {number}",
        "url": f"https://example.org/articles/{number}",
        "summary": f"The summary of article {number}.",
        "provider": Provider(name="Example", domain="example.org"),
        "topics": ("AI",),
    }
    return Article(
        id=f"urn:uuid:00000000-0000-5000-8000-{number:012}",
        content=Content(**(content | changed)),
        first_seen_at=NOW,
        updated_at=NOW,
    )


def endpoint(name: str = "newsroom", **changed: Any) -> EndpointStatus:
    values: dict[str, Any] = {
        "state": EndpointState.ENABLED,
        "disabled_reason": None,
        "next_attempt_at": None,
        "consecutive_failures": 0,
        "lease_owner": None,
        "lease_expires_at": None,
        "owed": 0,
        "pending": 0,
        "held": 0,
        "dead": 0,
        "oldest_due_at": None,
        "last_success_at": NOW,
        "last_error": None,
    }
    return EndpointStatus(name=name, **(values | changed))


def root(path: str = "seeds", **changed: Any) -> RootStatus:
    values: dict[str, Any] = {
        "state": RootState.OK,
        "detail": None,
        "first_seen_at": NOW,
        "baselined_at": NOW,
        "last_scan_at": NOW,
    }
    return RootStatus(path=path, **(values | changed))


def node(name: str = "news-1", **changed: Any) -> Node:
    values: dict[str, Any] = {
        "id": f"{name}:1:1:boot:1",
        "host": f"{name}.example.org",
        "pid": 1,
        "version": "0.2.0",
        "config": "a1b2c3d4e5f6",
        "roots": (f"{name}:/seeds",),
        "started_at": NOW,
        "seen_at": NOW,
    }
    return Node(name=name, **(values | changed))


def bad_file(path: str = "broken.md", message: str = "no closing ---") -> KnownFile:
    return KnownFile(
        at=SeedPath(root="seeds", path=path),
        order=1,
        state=FileState.PRESENT,
        signature=None,
        trusted=True,
        digest=None,
        article=None,
        problem=Problem(message=message, reason=Reason.UNCLOSED, line=3, column=7),
    )


def feed(path: Path, **changed: Any) -> FeedView:
    values: dict[str, Any] = {
        "name": "all",
        "title": "All articles",
        "url": None,
        "hub": None,
        "format": FeedFormat(path.suffix.removeprefix(".")),
        "entries": 2,
        "updated_at": NOW,
        "topic": None,
    }
    return FeedView(path=path, **(values | changed))


@dataclass
class MemoryView:
    """What the pages are told; ``before`` is called first by whatever would ask the store."""

    listed: Sequence[FeedView] = ()
    known: Sequence[Article] = ()
    told: Sequence[EndpointStatus] = ()
    watched: Sequence[RootStatus] = ()
    unusable: Sequence[KnownFile] = ()
    daemons: Sequence[Node] = ()
    checks: tuple[Check, ...] = (Check(name="store", ok=True, words="it answers"),)
    hanging: Sequence[str] = ()
    sent: Sequence[Delivery] = ()
    tried: Sequence[Attempt] = ()
    logged: Sequence[Change] = ()
    upcoming: Mapping[str, NextView] = field(default_factory=dict)
    before: Callable[[], object] = field(default=lambda: None)

    def feeds(self) -> Sequence[FeedView]:
        return self.listed

    def entries(self, feed: FeedView, limit: int) -> Sequence[Article]:
        return self.page(limit, feed.topic, None)[0]

    def page(
        self, limit: int, topic: str | None, after: str | None
    ) -> tuple[Sequence[Article], str | None]:
        self.before()
        found = [a for a in self.known if topic is None or topic in a.content.topics]
        start = int(after or 0)
        older = str(start + limit) if len(found) > start + limit else None
        return found[start : start + limit], older

    def stories(self, ids: Iterable[str]) -> Mapping[str, Sequence[StoryMember]]:
        found: dict[str, list[StoryMember]] = {}
        for each in (each for each in reversed(self.known) if each.story in set(ids)):
            found.setdefault(each.story or "", []).append(member(each))
        return {story: members for story, members in found.items() if len(members) > 1}

    def search(self, words: str, limit: int, start: int, topic: str | None) -> Sequence[Article]:
        wanted = words.casefold()
        found = [a for a in self.page(9999, topic, None)[0] if wanted in a.content.title.casefold()]
        return found[start : start + limit]

    def article(self, article: str) -> Article | None:
        return next((each for each in self.known if each.id == article), None)

    def deliveries(self, endpoint: str, limit: int) -> Sequence[Delivery]:
        return [each for each in self.sent if each.endpoint == endpoint][:limit]

    def attempts(self, delivery: str) -> tuple[Attempt, ...]:
        return tuple(each for each in self.tried if each.delivery == delivery)

    def preview(self, endpoint: str) -> NextView | None:
        return self.upcoming.get(endpoint)

    def topics(self) -> Sequence[tuple[str, int]]:
        names = [topic for a in self.known for topic in a.content.topics]
        return [(name, names.count(name)) for name in sorted(set(names))]

    def changes_after(self, sequence: int, limit: int) -> Sequence[Change]:
        return [change for change in self.logged if change.sequence > sequence][:limit]

    def last_change(self) -> int:
        return max((change.sequence for change in self.logged), default=0)

    def endpoints(self) -> Sequence[EndpointStatus]:
        return self.told

    def subscribers(self) -> int:
        return 0

    def roots(self) -> Sequence[RootStatus]:
        return self.watched

    def nodes(self) -> Sequence[Node]:
        return self.daemons

    def quarantine(self, limit: int) -> Sequence[KnownFile]:
        return self.unusable[:limit]

    def counts(self) -> Counts:
        self.before()
        return Counts(articles=len(self.known), quarantined=len(self.unusable))

    def health(self) -> Health:
        self.before()
        return Health(checks=self.checks)

    def feeds_waiting(self) -> int:
        return 3

    def topics_without_feed(self) -> int:
        return 4

    def stuck(self) -> Sequence[str]:
        return self.hanging

    def opml(self, addresses: Sequence[tuple[FeedView, str]]) -> bytes:
        return "\n".join(f"{feed.title}\t{address}" for feed, address in addresses).encode()


@contextmanager
def serving(
    view: MemoryView,
    *,
    folder: Path | None = None,
    status: Literal["on", "off"] = "on",
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    url: str | None = None,
    changes: Changes | None = None,
    **http: Any,
) -> Iterator[str]:
    """A server of the view on a free port; its base URL. Feeds lie in ``folder``.

    ``http`` are further keys of the config; it listens on loopback, whatever they say.
    """
    path = folder and folder / "all.atom"
    configured = [FeedConfig(name="all", path=path, url=url)] if path else []
    changes = changes or Changes(view)
    app = make_app(
        view,
        config=HttpConfig(status=status, **http),
        feeds=configured,
        registry=make_registry(view, Meters(), clock=clock),
        clock=clock,
        changes=changes,
    )
    server = Server(app, "127.0.0.1:0", on_stop=changes.close)
    server.start()
    try:
        yield f"http://{server.address}"
    finally:
        server.stop(5)


@dataclass
class Site:
    """A running server, the view behind it, and the folder of its feeds."""

    base: str
    view: MemoryView
    folder: Path
    session: requests.Session

    def get(self, path: str = "/", method: str = "GET", **headers: str | None) -> requests.Response:
        """Ask; a header's ``_`` is ``-``, and None leaves out what the client would send."""
        named: Any = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.session.request(
            method, self.base + path, headers=named, allow_redirects=False, timeout=20
        )

    def page(self, path: str = "/") -> str:
        response = self.get(path, accept="text/html")
        assert response.status_code == 200
        return response.text
