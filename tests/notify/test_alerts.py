"""Alerts are deliveries like any other: frozen, tried again, and several of them one message."""

import json
from datetime import timedelta

import pytest

from tests.notify.desk import Desk, members
from tests.notify.making import NOW, make_changes
from tests.support.receiver import Receiver, answer
from watcher.model.delivery import Alerts, Outcome
from watcher.model.kinds import DeliveryState
from watcher.notify.attempt_log import words_of


class AlertDesk(Desk):
    """The endpoint that alerts are told to."""

    alert_endpoint: str | None = "here"


def messages(receiver: Receiver) -> list[str]:
    return [json.loads(message.body)["data"]["message"] for message in receiver.accepted]


def test_an_alert_is_marked_as_one() -> None:
    with Receiver() as receiver, Receiver(answer(200, b"ok")) as slack:
        for kind, to in (("webhook", receiver), ("slack", slack)):
            desk = AlertDesk(to, kind)
            desk.alert("Look <!here>")
            desk.drain()
            assert desk.states == [DeliveryState.SENT]
        webhook, block = receiver.accepted[0].json(), slack.accepted[0].json()
        assert webhook["type"] == "seedwatch.alert"
        assert webhook["data"]["message"] == "Look <!here>"
        assert block["text"] == "Seedwatch alert: Look &lt;!here&gt;"
        assert block["blocks"][1]["text"] == {
            "type": "plain_text",
            "text": "Look <!here>",
            "emoji": False,
        }


def test_an_alert_that_fails_is_tried_again_with_the_same_body_and_id() -> None:
    with Receiver() as receiver:
        receiver.script(answer(500))
        desk = AlertDesk(receiver)
        desk.alert("Look!")
        desk.drain()
        assert desk.outcomes == [Outcome.FAILED]
        assert desk.due_at() == NOW + timedelta(seconds=5)
        desk.clock.advance(seconds=5)
        desk.drain()
        assert len({(message.id, message.body) for message in receiver.requests}) == 1
        assert messages(receiver) == ["Look!"]


def test_an_alert_goes_before_the_news_and_holds_none_up() -> None:
    with Receiver() as receiver:
        desk = AlertDesk(receiver)
        desk.owe(*make_changes(2))
        desk.alert("Look!")
        desk.drain()
        assert receiver.accepted[0].json()["type"] == "seedwatch.alert"
        assert [m.json()["type"] for m in receiver.accepted[1:]] == ["articles.changed"]
        desk.alert("Look again!")
        desk.owe(*make_changes(3)[2:])
        desk.drain()
        assert receiver.accepted[-1].json()["type"] == "articles.changed"


def test_what_comes_within_a_minute_after_an_alert_is_one_message_at_its_end() -> None:
    with Receiver() as receiver:
        desk = AlertDesk(receiver)
        desk.alert("One.")
        desk.drain()
        for words in ("Two.", "Three."):
            desk.clock.advance(seconds=10)
            desk.alert(words)
            desk.drain()
        assert messages(receiver) == ["One."]
        assert desk.due_at() == NOW + timedelta(minutes=1)
        desk.clock.now = desk.due_at()
        desk.drain()
        assert messages(receiver)[1] == "2 things need attention:\n• Two.\n• Three."
        assert desk.due_at() is None


def test_alerts_wait_for_the_end_of_quiet_hours() -> None:
    with Receiver() as receiver:
        desk = AlertDesk(receiver, quiet_hours="11:00-13:00")
        desk.alert("Look!")
        desk.drain()
        assert receiver.requests == []
        assert desk.due_at() == NOW + timedelta(hours=1)


def test_many_are_listed_only_so_far_and_the_rest_is_counted() -> None:
    assert words_of(Alerts(words=("One.",))) == "One."
    assert words_of(Alerts(words=("One.", "Two."), more=7)) == (
        "9 things need attention:\n• One.\n• Two.\n• and 7 more: seedwatch status"
    )


@pytest.mark.parametrize("alert_endpoint", [None, "here"])
def test_nobody_is_told_of_an_endpoint_s_own_trouble_by_itself(alert_endpoint: str | None) -> None:
    with Receiver(answer(400)) as receiver:
        desk = AlertDesk(receiver)
        desk.alert_endpoint = alert_endpoint
        desk.deliverer = desk.make_deliverer("worker-1")
        desk.owe(*make_changes(1))
        desk.drain()
        assert desk.states == [DeliveryState.DEAD]
        assert desk.alerts == []


def test_who_is_not_the_one_for_alerts_sends_none() -> None:
    with Receiver() as receiver:
        desk = Desk(receiver)
        desk.alert("Look!")
        desk.owe(*make_changes(1))
        desk.drain()
        assert members(receiver) == [[1]]
        assert desk.alerts == ["Look!"]
