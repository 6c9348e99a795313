"""Teams: what a card says, and what a workflow's answers mean."""

import json
from typing import Any

import pytest

from tests.notify.making import NOW, make_change, make_changes, make_endpoint
from tests.notify.slack_check import all_of
from watcher.model.article import Change
from watcher.model.delivery import Outcome
from watcher.model.seed import Image
from watcher.notify.channels.teams import TeamsChannel
from watcher.notify.flood import Layout
from watcher.notify.outcome import Response

CHANNEL = TeamsChannel(make_endpoint("teams"))


def card(*changes: Change) -> list[dict[str, Any]]:
    message = json.loads(CHANNEL.compose(changes, layout=Layout.CARDS, now=NOW).body)
    found = message["attachments"][0]["content"]["body"]
    assert isinstance(found, list)
    return found


def test_a_change_is_title_summary_picture_and_context() -> None:
    title, summary, picture, context = card(make_change())
    assert title["inlines"] == [
        {
            "type": "TextRun",
            "text": "Article 1",
            "weight": "Bolder",
            "selectAction": {"type": "Action.OpenUrl", "url": "https://example.org/articles/1"},
        }
    ]
    assert summary["inlines"][0]["text"] == "The summary of article 1."
    assert (picture["url"], picture["altText"]) == ("https://example.org/1.jpg", "Article 1")
    assert context["inlines"][0]["text"] == "Example · AI, Health · 2024-01-02 03:04 UTC"


def test_several_have_a_heading() -> None:
    assert card(*make_changes(2))[0]["inlines"][0]["text"] == "2 new articles"


def test_a_picture_must_come_over_https() -> None:
    images = (Image(url="http://e.org/1.jpg"), Image(url="https://e.org/2.jpg"))
    assert "https://e.org/2.jpg" in all_of(card(make_change(images=images)), "url")
    assert not [e for e in card(make_change(images=images[:1])) if e["type"] == "Image"]


def test_what_a_card_would_take_for_a_date_is_taken_apart() -> None:
    told = "".join(all_of(card(make_change(title="{{DATE(2024-01-01,SHORT)}}")), "text"))
    assert "{{" not in told
    assert "{{DATE" in told.replace("\N{WORD JOINER}", "")


def test_the_charset_is_said() -> None:
    headers = CHANNEL.headers("id", b"", at=NOW)
    assert headers["content-type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("status", "said", "outcome"),
    [
        (202, "", Outcome.SENT),
        (200, "1", Outcome.SENT),
        (429, "", Outcome.THROTTLED),
        (413, "", Outcome.REJECTED),
        (400, '{"error":{"code":"WorkflowTriggerIsNotEnabled"}}', Outcome.GONE),
        (404, '{"error":{"code":"WorkflowNotFound"}}', Outcome.GONE),
        (400, '{"error":{"code":"TriggerInputSchemaMismatch"}}', Outcome.REJECTED),
        (502, '{"error":{"code":"NoResponse"}}', Outcome.FAILED),
    ],
)
def test_what_a_workflow_says(status: int, said: str, outcome: Outcome) -> None:
    found = Response(status=status, headers={}, body=said.encode(), complete=True, elapsed=0.1)
    assert CHANNEL.judge(found, now=NOW).outcome is outcome
