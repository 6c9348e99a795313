"""Apprise, by way of a real ntfy on loopback: text whole, yes or no, in time, without secrets."""

import json
import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.notify.desk import Desk
from tests.notify.making import NOW, make_change, make_changes, make_endpoint
from tests.support.receiver import Behaviour, Receiver, answer, hang, redirect
from watcher.model.delivery import Outcome
from watcher.model.kinds import DeliveryState
from watcher.notify.channels.apprise import AppriseChannel
from watcher.notify.flood import Layout
from watcher.notify.test_message import dry_run, send_test

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr':DeprecationWarning")  # Apprise's import

TOPIC = "PLANTEDtopic"


def url(receiver: Receiver) -> str:
    return f"ntfy://PLANTEDuser:PLANTEDpassword@127.0.0.1:{receiver.port}/{TOPIC}"


def desk_for(receiver: Receiver, **keys: Any) -> Desk:
    return Desk(receiver, "apprise", **{"url": url(receiver)} | keys)


def composed(url: str, *titles: str) -> dict[str, str]:
    channel = AppriseChannel(make_endpoint("apprise", url=url))
    changes = [make_change(n, title=title) for n, title in enumerate(titles, 1)]
    found = json.loads(channel.compose(changes, layout=Layout.CARDS, now=NOW).body)
    assert isinstance(found, dict)
    return found


def test_an_article_arrives_as_title_and_text() -> None:
    with Receiver(answer(200, b"{}")) as receiver:
        desk = desk_for(receiver)
        desk.owe(*make_changes(1))
        desk.drain()
        assert desk.outcomes == [Outcome.SENT]
        assert desk.attempts[0].status is None, "Apprise tells none"
        [message] = receiver.accepted
        assert message.json()["topic"] == TOPIC
        assert message.json()["title"] == "Article 1"
        assert message.json()["message"] == (
            "The summary of article 1.\nhttps://example.org/articles/1\n"
            "Example · AI, Health · 2024-01-02 03:04 UTC"
        )


def test_a_service_without_titles_gets_them_in_the_text() -> None:
    telegram = "tgram://123456789:abcdefghijklmnopqrstuvwxyz/12345/"
    assert composed(telegram, "One")["title"] == ""
    assert composed(telegram, "One")["body"].startswith("One\nThe summary")
    assert composed(telegram, "One", "Two")["body"].startswith("2 new articles\nOne\n")


def test_a_title_that_is_too_long_is_whole_in_the_text() -> None:
    found = composed("ntfy://topic", "word " * 60)
    assert len(found["title"]) == 200
    assert found["body"].startswith(("word " * 60).strip())


def test_a_retry_is_the_same_message() -> None:
    with Receiver(answer(200, b"{}")) as receiver:
        receiver.script(answer(500), redirect("http://127.0.0.1:1/"))
        desk = desk_for(receiver)
        desk.owe(*make_changes(1))
        for pause in (5, 30, 0):
            desk.drain()
            desk.clock.advance(seconds=pause)
        assert desk.outcomes == [Outcome.FAILED, Outcome.FAILED, Outcome.SENT]
        assert desk.attempts[0].error == "ntfy: Apprise could not send it"
        first, _, third = receiver.requests
        assert first.body == third.body
        assert desk.states == [DeliveryState.SENT]


def test_the_timeout_is_the_deadline_and_nobody_knows_then() -> None:
    with Receiver(hang()) as receiver:
        desk = desk_for(receiver, timeout="300ms")
        desk.owe(*make_changes(1))
        started = time.monotonic()
        desk.drain()
        assert time.monotonic() - started < 8
        assert desk.outcomes == [Outcome.UNKNOWN]


def test_a_url_that_apprise_does_not_know_waits_for_the_operator() -> None:
    with Receiver() as receiver:
        desk = desk_for(receiver, url="nosuchservice://PLANTEDtopic")
        desk.owe(*make_changes(1))
        desk.drain()
        assert desk.outcomes == [Outcome.GONE]
        assert desk.status.disabled_reason == (
            "nosuchservice: Apprise does not understand this URL"
        )
        assert desk.states == [DeliveryState.PENDING]


def test_it_does_not_go_where_addresses_cannot_be_checked() -> None:
    with Receiver() as receiver:
        endpoint = make_endpoint("apprise", url=url(receiver))
        result = send_test(endpoint, now=NOW, delivery="msg_1", allow_private=False)
        assert result.outcome is Outcome.GONE
        assert receiver.requests == []


@pytest.fixture
def trap() -> Iterator[list[str]]:
    """All that reaches the log; not caplog, which listens to what is kept from it, too."""
    lines: list[str] = []
    root, handler = logging.getLogger(), logging.Handler(logging.DEBUG)
    handler.emit = lambda record: lines.append(repr(record.__dict__))  # type: ignore[method-assign]
    level = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield lines
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.parametrize("behaviour", [answer(200, b"{}"), answer(404), answer(500), hang()])
def test_no_secret_is_told(behaviour: Behaviour, trap: list[str]) -> None:
    with Receiver(behaviour) as receiver:
        desk = desk_for(receiver, timeout="300ms")
        desk.owe(*make_changes(1))
        desk.drain()
        told = send_test(desk.endpoint, now=NOW, delivery="msg_1", allow_private=True)
        shown = dry_run(desk.endpoint, now=NOW, delivery="msg_1")
    everything = [
        desk.attempts,
        desk.alerts,
        desk.endpoint,
        vars(desk.deliverer),
        told,
        shown,
    ]
    assert trap
    assert "PLANTED" not in repr([*everything, *trap])
    assert (shown.method, shown.url) == ("APPRISE", "ntfy://…")
