"""A WebSub hub as an endpoint: what is sent, and what its answers mean."""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest

from tests.support.receiver import Receiver, answer
from watcher.config.endpoint import EndpointConfig, hub_name, hub_of
from watcher.model.delivery import Outcome
from watcher.notify.channels import channel_for
from watcher.notify.channels.websub import FORM, ping_body
from watcher.notify.outcome import Verdict
from watcher.notify.test_message import send_test

NOW = datetime(2024, 5, 6, tzinfo=UTC)
FEED = "https://example.org/feeds/all.atom?a=1&b=ü"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def hub(receiver: Receiver) -> EndpointConfig:
    return hub_of(receiver.url, FEED)


def ping(receiver: Receiver, *, allow_private: bool = True) -> Verdict:
    channel = channel_for(hub(receiver))
    body = ping_body(FEED)
    headers = channel.headers("msg_1", body, at=NOW)
    return channel.judge(channel.send(body, headers, allow_private=allow_private), now=NOW)


def test_names_the_feed(receiver: Receiver) -> None:
    assert ping(receiver).outcome is Outcome.SENT
    (message,) = receiver.accepted
    assert message.method == "POST"
    assert message.headers["content-type"] == FORM
    form = parse_qsl(message.body.decode(), strict_parsing=True)
    assert form == [("hub.mode", "publish"), ("hub.url", FEED), ("hub.topic", FEED)]


@pytest.mark.parametrize("status", [302, 400, 403, 404, 410, 500, 503])
def test_whatever_fails_is_to_be_tried_again(receiver: Receiver, status: int) -> None:
    receiver.script(answer(status))
    verdict = ping(receiver)
    assert (verdict.outcome, verdict.status) == (Outcome.FAILED, status)


def test_a_wait_that_is_asked_for_is_kept(receiver: Receiver) -> None:
    receiver.script(answer(429, b"", {"retry-after": "77"}))
    assert ping(receiver).retry_after == 77


def test_an_address_that_is_forbidden_is_not_reached(receiver: Receiver) -> None:
    verdict = ping(receiver, allow_private=False)
    assert verdict.outcome is Outcome.NOT_SENT
    assert "private" in str(verdict.error)
    assert receiver.requests == []


def test_what_a_hub_echoes_of_a_secret_address_is_not_shown(receiver: Receiver) -> None:
    receiver.script(answer(403, b"no key hunter2-hunter2 here"))
    secret = hub_of(f"{receiver.url}?key=hunter2-hunter2", FEED)
    result = send_test(secret, now=NOW, delivery="msg_1", allow_private=True)
    assert result.status == 403
    assert "hunter2" not in f"{result.error} {result.answer}"


def test_a_trial_is_a_ping(receiver: Receiver) -> None:
    send_test(hub(receiver), now=NOW, delivery="msg_1", allow_private=True)
    assert receiver.accepted[0].body == ping_body(FEED)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://hub.example.org/", "hub:hub.example.org"),
        ("http://user:pass@hub.example.org:8080/a/?b=c", "hub:hub.example.org:8080/a?b=c"),
    ],
)
def test_a_hub_is_called_by_where_it_is(url: str, name: str) -> None:
    assert hub_name(url) == name
