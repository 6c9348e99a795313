"""Changes, endpoints and clocks to order, for the tests of notify."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from watcher.config.endpoint import EndpointConfig
from watcher.model.article import Article, Change
from watcher.model.kinds import ChangeKind
from watcher.model.seed import Content, Image, Provider

NOW = datetime(2024, 5, 6, 12, 0, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def make_content(number: int = 1, **changed: Any) -> Content:
    """Content about article ``number``; ``changed`` replaces fields."""
    values: dict[str, Any] = {
        "title": f"Article {number}",
        "url": f"https://example.org/articles/{number}",
        "summary": f"The summary of article {number}.",
        "published_at": datetime(2024, 1, 2, 3, 4, tzinfo=UTC),
        "provider": Provider(name="Example", domain="example.org"),
        "topics": ("AI", "Health"),
        "images": (Image(url=f"https://example.org/{number}.jpg"),),
    }
    return Content(**values | changed)


def make_change(
    number: int = 1,
    *,
    kind: ChangeKind = ChangeKind.NEW,
    at: datetime = NOW,
    baseline: bool = False,
    **changed: Any,
) -> Change:
    article = Article(
        id=f"urn:uuid:00000000-0000-5000-8000-{number:012d}",
        content=make_content(number, **changed),
        first_seen_at=at,
        updated_at=at,
    )
    return Change(sequence=number, kind=kind, at=at, article=article, baseline=baseline)


def make_changes(count: int, **changed: Any) -> list[Change]:
    return [make_change(number, **changed) for number in range(1, count + 1)]


def make_endpoint(kind: str = "webhook", **keys: Any) -> EndpointConfig:
    """An endpoint named ``here``; ``keys`` as in the config file."""
    url = {} if kind == "email" else {"url": "http://127.0.0.1:9/hook"}
    values: dict[str, Any] = {"name": "here", "type": kind} | url
    return EndpointConfig.model_validate(values | keys)


class FakeClock:
    """A clock that moves when it is told to."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


class FakeStop(threading.Event):
    """A stop whose waiting takes no time but moves the clock."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock
        self.waited: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.waited.append(timeout)
        self._clock.advance(seconds=timeout)
        return self.is_set()
