"""A message that is rejected for a picture that nobody can fetch goes out without, once."""

import json
import logging
from pathlib import Path

import pytest

from tests.notify.desk import Desk
from tests.notify.making import make_changes, make_endpoint
from tests.support.receiver import Receiver, answer
from watcher.model.delivery import Outcome
from watcher.model.kinds import DeliveryState
from watcher.notify.channels.slack import SlackChannel
from watcher.notify.outcome import Verdict

REJECTED = answer(400, b"invalid_blocks")


def test_it_is_sent_again_at_once_without_pictures_under_another_id(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with Receiver() as receiver:
        receiver.script(REJECTED, answer(200))
        desk = Desk(receiver, "slack", max_items=2)
        desk.owe(*make_changes(3))
        desk.drain()
        first, second, third = desk.deliveries
        assert [d.state for d in (first, second, third)] == [
            DeliveryState.REPLACED,
            DeliveryState.SENT,
            DeliveryState.SENT,
        ]
        assert first.members == second.members == (1, 2)
        assert third.members == (3,), "the order of changes stays"
        assert len({first.id, second.id, third.id}) == 3
        assert [m.body for m in receiver.requests] == [first.body, second.body, third.body]
        assert b"image_url" in first.body
        assert b"image_url" in third.body
        assert b"image" not in second.body
        assert json.loads(second.body)["text"] == json.loads(first.body)["text"]
        assert set(desk.paused) == {1.0}, "no longer than the rate wants"
        assert desk.alerts == []
        assert desk.outcomes == [Outcome.REJECTED, Outcome.SENT, Outcome.SENT]
        assert [a.delivery for a in desk.attempts] == [first.id, second.id, third.id]
        [line] = [r for r in caplog.records if r.message == "delivery replaced by a lighter one"]
        assert line.levelno == logging.WARNING


@pytest.mark.parametrize("kind", ["discord", "teams"])
def test_discord_and_teams_are_sent_it_again_without_pictures(kind: str) -> None:
    with Receiver() as receiver:
        receiver.script(answer(400, b'{"embeds": ["thumbnail: not a well formed URL"]}'))
        desk = Desk(receiver, kind)
        desk.owe(*make_changes(10))
        desk.drain()
        first, second = (request.body for request in receiver.requests)
        assert b".jpg" in first
        assert b".jpg" not in second
        assert second.count(b"https://") < first.count(b"https://")
        assert desk.states == [DeliveryState.REPLACED, DeliveryState.SENT]
        assert desk.deliveries[1].members == tuple(range(1, 11))


@pytest.mark.parametrize(("kind", "status"), [("discord", 413), ("teams", 422), ("webhook", 400)])
def test_what_is_not_about_pictures_is_final_at_once(kind: str, status: int) -> None:
    with Receiver(answer(status)) as receiver:
        desk = Desk(receiver, kind)
        desk.owe(*make_changes(1))
        desk.drain()
        assert desk.states == [DeliveryState.DEAD]


def test_without_pictures_a_rejection_is_final() -> None:
    with Receiver(REJECTED) as receiver:
        desk = Desk(receiver, "slack")
        desk.owe(*make_changes(1))
        desk.drain()
        assert desk.states == [DeliveryState.REPLACED, DeliveryState.DEAD]
        assert len(receiver.requests) == 2
        assert len(desk.alerts) == 1

        desk.owe(*make_changes(2, images=())[1:])
        desk.drain()
        assert desk.states[2:] == [DeliveryState.DEAD]


def test_any_other_rejection_is_final_at_once() -> None:
    with Receiver(answer(400, b"invalid_payload")) as receiver:
        desk = Desk(receiver, "slack")
        desk.owe(*make_changes(1))
        desk.drain()
        assert desk.states == [DeliveryState.DEAD]


def test_a_worker_that_died_after_the_rejection_goes_the_same_way() -> None:
    with Receiver() as receiver:
        receiver.script(REJECTED, REJECTED)
        desk = Desk(receiver, "slack")
        desk.owe(*make_changes(1))
        desk.die_recording()
        desk.clock.advance(seconds=45)
        desk.drain()
        assert receiver.requests[0].body == receiver.requests[1].body
        assert desk.states == [DeliveryState.REPLACED, DeliveryState.SENT]


def test_a_template_s_pictures_are_left_out_wherever_they_are(tmp_path: Path) -> None:
    channel = SlackChannel(make_endpoint("slack", template=tmp_path / "t"))
    picture = {"type": "image", "image_url": "https://example.org/1.jpg", "alt_text": "x"}
    text = {"type": "mrkdwn", "text": "image"}
    body = {
        "blocks": [
            picture,
            {"type": "context", "elements": [picture, text]},
            {"type": "section", "text": text, "accessory": picture},
        ],
        "odd": [1, None, "image"],
    }
    rejected = Verdict(outcome=Outcome.REJECTED, status=400, error="HTTP 400: invalid_blocks")
    lighter = channel.lighten(json.dumps(body).encode(), rejected)
    assert lighter is not None
    assert json.loads(lighter) == {
        "blocks": [{"type": "context", "elements": [text]}, {"type": "section", "text": text}],
        "odd": [1, None, "image"],
    }
    assert channel.lighten(lighter, rejected) is None
    assert channel.lighten(b'["image"]', rejected) is None
