"""Discord: where a message goes, and what the answers mean."""

import json
from typing import Any

import pytest

from tests.notify.desk import Desk
from tests.notify.making import NOW, make_change, make_changes, make_endpoint
from tests.support.receiver import Receiver, answer
from watcher.model.delivery import Outcome
from watcher.model.kinds import ChangeKind
from watcher.notify.channels.discord import DiscordChannel
from watcher.notify.flood import Layout
from watcher.notify.outcome import Response

CARDS = Layout.CARDS


def channel(**keys: Any) -> DiscordChannel:
    return DiscordChannel(make_endpoint("discord", **keys))


def judged(status: int, said: object, **headers: str) -> tuple[Outcome, float | None]:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    found = Response(status=status, headers=headers, body=body, complete=True, elapsed=0.1)
    verdict = channel().judge(found, now=NOW)
    return verdict.outcome, verdict.retry_after


def test_a_change_is_an_embed() -> None:
    composed = channel().compose([make_change(kind=ChangeKind.UPDATED)], layout=CARDS, now=NOW)
    assert json.loads(composed.body) == {
        "embeds": [
            {
                "title": "Updated\\: Article 1",
                "url": "https://example.org/articles/1",
                "description": "The summary of article 1.",
                "footer": {"text": "Example · AI, Health · 2024-01-02 03:04 UTC"},
                "thumbnail": {"url": "https://example.org/1.jpg"},
            }
        ],
        "allowed_mentions": {"parse": []},
    }


def test_several_have_a_heading() -> None:
    message = json.loads(channel().compose(make_changes(3), layout=CARDS, now=NOW).body)
    assert message["content"] == "3 new articles"
    assert len(message["embeds"]) == 3


def test_a_long_title_goes_on_below() -> None:
    title = "word " * 100
    composed = channel().compose([make_change(title=title)], layout=CARDS, now=NOW)
    [embed] = json.loads(composed.body)["embeds"]
    told = embed["title"].removesuffix("…") + embed["description"].removeprefix("…")
    assert told.startswith(title.strip())


@pytest.mark.parametrize(
    ("path", "sent_to"),
    [
        ("/api/webhooks/1/token", "/api/v10/webhooks/1/token?wait=true"),
        ("/api/v9/webhooks/1/token?thread_id=2", "/api/v10/webhooks/1/token?thread_id=2&wait=true"),
        ("/proxied/1/token?wait=false", "/proxied/1/token?wait=false"),
    ],
)
def test_version_10_of_the_api_is_asked_to_wait(path: str, sent_to: str) -> None:
    with Receiver(answer(200, b"{}")) as receiver:
        desk = Desk(receiver, "discord", url=receiver.url.replace("/hook", path))
        desk.owe(*make_changes(1))
        desk.drain()
        assert [message.path for message in receiver.accepted] == [sent_to]
        assert desk.outcomes == [Outcome.SENT]


@pytest.mark.parametrize(
    ("status", "said", "headers", "outcome", "wait"),
    [
        (200, {"id": "1"}, {}, Outcome.SENT, None),
        (204, b"", {}, Outcome.SENT, None),
        (429, {"retry_after": 0.65, "global": False}, {}, Outcome.THROTTLED, 0.65),
        (429, {"retry_after": 64.57}, {"retry-after": "65"}, Outcome.THROTTLED, 65),
        (429, b"error code: 1015", {"retry-after": "30"}, Outcome.THROTTLED, 30),
        (429, {"retry_after": "soon"}, {}, Outcome.THROTTLED, None),
        (429, [1], {}, Outcome.THROTTLED, None),
        (404, {"message": "Unknown Webhook", "code": 10015}, {}, Outcome.GONE, None),
        (401, {"message": "Invalid Webhook Token", "code": 50027}, {}, Outcome.GONE, None),
        (404, {"message": "404: Not Found", "code": 0}, {}, Outcome.FAILED, None),
        (400, {"code": 50035, "errors": {}}, {}, Outcome.REJECTED, None),
        (502, b"", {}, Outcome.FAILED, None),
    ],
)
def test_what_discord_says(
    status: int, said: object, headers: dict[str, str], outcome: Outcome, wait: float | None
) -> None:
    assert judged(status, said, **headers) == (outcome, wait)
