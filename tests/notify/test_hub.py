"""A ping to a WebSub hub: what is sent, and when to try again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest

from tests.receiver import Receiver, answer
from watcher.notify import Hub

NOW = datetime(2024, 5, 6, tzinfo=UTC)
FEED = "https://example.org/feeds/all.atom?a=1&b=ü"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def hub(receiver: Receiver, *, allow_private: bool = True) -> Hub:
    return Hub(receiver.url, clock=lambda: NOW, random=lambda: 0.5, allow_private=allow_private)


def test_names_the_feed(receiver: Receiver) -> None:
    assert hub(receiver).ping(FEED, failures=0).error is None
    (message,) = receiver.accepted
    assert message.method == "POST"
    assert message.headers["content-type"] == "application/x-www-form-urlencoded"
    form = parse_qsl(message.body.decode(), strict_parsing=True)
    assert form == [("hub.mode", "publish"), ("hub.url", FEED)]


@pytest.mark.parametrize("status", [302, 400, 404, 410, 500, 503])
@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 5), (1, 30), (2, 120), (8, 28800), (99, 28800)]
)
def test_whatever_fails_is_tried_again_on_the_ladder(
    receiver: Receiver, status: int, failures: int, seconds: int
) -> None:
    receiver.script(answer(status))
    pinged = hub(receiver).ping(FEED, failures=failures)
    assert pinged.error is not None
    assert pinged.retry_at == NOW + timedelta(seconds=seconds)


def test_a_wait_that_is_asked_for_is_kept(receiver: Receiver) -> None:
    receiver.script(answer(429, b"", {"retry-after": "77"}))
    assert hub(receiver).ping(FEED, failures=3).retry_at == NOW + timedelta(seconds=77)


def test_an_address_that_is_forbidden_is_not_reached(receiver: Receiver) -> None:
    pinged = hub(receiver, allow_private=False).ping(FEED, failures=0)
    assert "private" in str(pinged.error)
    assert receiver.requests == []
