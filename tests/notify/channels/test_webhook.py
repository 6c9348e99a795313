"""Webhook bodies and signatures, with the standardwebhooks library as the second opinion."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.notify.making import NOW, SECRET, make_change, make_changes, make_endpoint
from watcher.model.kinds import ChangeKind
from watcher.model.public_json import change_object
from watcher.notify.channels.channel import NoticeKind
from watcher.notify.channels.webhook import BODY_LIMIT, WebhookChannel
from watcher.notify.flood import Layout

CARDS = Layout.CARDS


def channel(**keys: Any) -> WebhookChannel:
    return WebhookChannel(make_endpoint("webhook", **keys))


def test_the_body_is_the_contract() -> None:
    changes = [make_change(1), make_change(2, kind=ChangeKind.REMOVED, title="Zoë <b>")]
    composed = channel().compose(changes, layout=CARDS, now=NOW)
    assert json.loads(composed.body) == {
        "type": "articles.changed",
        "timestamp": "2024-05-06T12:00:00Z",
        "data": {"endpoint": "here", "changes": [change_object(change) for change in changes]},
    }
    assert composed.members == (1, 2)


def test_the_standard_library_of_webhooks_verifies_the_signature() -> None:
    endpoint = channel(secret=SECRET)
    body = endpoint.compose([make_change(title="Zoë ✓")], layout=CARDS, now=NOW).body
    headers = endpoint.headers("msg_1", body, at=datetime.now(UTC))
    assert Webhook(SECRET).verify(body, headers)["type"] == "articles.changed"
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body + b" ", headers)


def test_while_a_secret_rotates_both_sign() -> None:
    other = "whsec_" + base64.b64encode(b"another secret of 32 bytes, here").decode()
    headers = channel(secret=[SECRET, other]).headers("msg_1", b"{}", at=datetime.now(UTC))
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (SECRET, other):
        Webhook(secret).verify(b"{}", headers)


@pytest.mark.parametrize("secret", [SECRET, SECRET.removeprefix("whsec_"), SECRET + "=="])
def test_prefix_and_padding_are_optional(secret: str) -> None:
    headers = channel(secret=secret).headers("msg_1", b"{}", at=datetime.now(UTC))
    Webhook(SECRET).verify(b"{}", headers)


def test_without_a_secret_there_is_no_signature() -> None:
    headers = channel().headers("msg_1", b"{}", at=NOW)
    assert headers["webhook-id"] == "msg_1"
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert headers["content-type"] == "application/json"
    assert "webhook-signature" not in headers


def test_custom_headers_do_not_replace_ours() -> None:
    headers = channel(headers={"X-Key": "k", "Webhook-Id": "mine"}).headers("msg_1", b"{}", at=NOW)
    assert (headers["x-key"], headers["webhook-id"]) == ("k", "msg_1")


def test_a_hundred_changes_go_together() -> None:
    assert channel().compose(make_changes(120), layout=CARDS, now=NOW).members == tuple(
        range(1, 101)
    )
    assert channel(max_items=2).compose(make_changes(3), layout=CARDS, now=NOW).members == (
        1,
        2,
    )


def test_a_body_stays_below_a_mebibyte_unless_one_change_is_larger() -> None:
    changes = make_changes(10, summary="s" * 300_000)
    composed = channel().compose(changes, layout=CARDS, now=NOW)
    assert composed.members == (1, 2, 3)
    assert len(composed.body) < BODY_LIMIT
    large = channel().compose(make_changes(2, summary="s" * 2_000_000), layout=CARDS, now=NOW)
    assert large.members == (1,)
    assert "s" * 2_000_000 in large.body.decode()


def test_text_that_is_no_unicode_does_no_harm() -> None:
    body = channel().compose([make_change(title="a\ud800b")], layout=CARDS, now=NOW).body
    assert json.loads(body)["data"]["changes"][0]["article"]["title"] == "a?b"


def test_a_notice_is_of_its_own_type() -> None:
    body = json.loads(channel().compose_notice(NoticeKind.ALERT, "Look!", now=NOW))
    assert body == {
        "type": "seedwatch.alert",
        "timestamp": "2024-05-06T12:00:00Z",
        "data": {"endpoint": "here", "message": "Look!"},
    }
