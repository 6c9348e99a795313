"""Slack messages: valid within the limits, literal, whole; and what Slack's answers mean."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.notify.making import NOW, make_change, make_changes
from tests.notify.slack_check import (
    EVIL,
    all_of,
    any_content,
    channel,
    check,
    compose,
    payload,
    shown,
    texts,
)
from watcher.model.article import Change
from watcher.model.delivery import Outcome
from watcher.model.kinds import ChangeKind
from watcher.model.seed import Content, Image, Provider
from watcher.notify.channels.channel import NoticeKind
from watcher.notify.channels.slack import TOGETHER
from watcher.notify.channels.slack_blocks import size_of
from watcher.notify.outcome import Failure, Response


def test_a_change_is_title_summary_picture_and_context() -> None:
    message = payload(compose([make_change()]))
    check(message)
    title, summary, context = message["blocks"]
    assert title["elements"][0]["elements"] == [
        {
            "type": "link",
            "url": "https://example.org/articles/1",
            "text": "Article 1",
            "style": {"bold": True},
        }
    ]
    assert summary["text"]["text"] == "The summary of article 1."
    assert summary["accessory"] == {
        "type": "image",
        "image_url": "https://example.org/1.jpg",
        "alt_text": "Article 1",
    }
    assert list(texts(context)) == ["Example · AI, Health · 2024-01-02 03:04 UTC"]
    assert message["text"] == "Article 1"


def test_several_changes_have_a_heading_and_say_what_is_not_new() -> None:
    changes = [
        make_change(1),
        make_change(2, kind=ChangeKind.UPDATED),
        make_change(3, kind=ChangeKind.REMOVED),
    ]
    composed = compose(changes)
    message = payload(composed)
    check(message)
    assert composed.members == (1, 2, 3)
    shown_texts = list(texts(message["blocks"]))
    assert shown_texts[0] == "1 new, 1 updated, 1 removed articles"
    assert "Updated: " in shown_texts
    assert "Removed: " in shown_texts
    assert message["text"] == (
        "1 new, 1 updated, 1 removed articles: Article 1; Updated: Article 2; Removed: Article 3"
    )


def test_hostile_text_is_shown_literally() -> None:
    message = payload(
        compose(
            [
                make_change(
                    title=EVIL,
                    summary=EVIL,
                    topics=(EVIL,),
                    provider=Provider(name=EVIL),
                    images=(Image(url="https://example.org/1.jpg", title=EVIL),),
                )
            ]
        )
    )
    check(message)
    blocks = message["blocks"]
    assert [text for text in texts(blocks) if EVIL in text] == [
        EVIL,
        EVIL,
        f"{EVIL} · {EVIL} · 2024-01-02 03:04 UTC",
    ]
    assert set(all_of(blocks, "url")) == {"https://example.org/articles/1"}
    assert set(all_of(blocks, "emoji")) == {False}
    assert message["text"] == (
        "&lt;!channel&gt; *bold* &amp; &lt;https://evil|click&gt; @here :bomb: &lt;@U123&gt;"
    )


def test_a_title_of_ten_thousand_characters_is_shown_whole() -> None:
    title = " ".join(f"word{n}" for n in range(1200))[:10_000]
    composed = compose([make_change(title=title)])
    check(payload(composed))
    assert title in shown(composed)


def test_a_title_without_spaces_is_split_all_the_same() -> None:
    title = "x" * 10_000
    composed = compose([make_change(title=title)])
    check(payload(composed))
    assert title in shown(composed)


def test_what_no_message_can_hold_is_cut_with_a_word_about_it() -> None:
    summary = "y" * 100_000
    composed = compose([make_change(title="t", summary=summary)])
    check(payload(composed))
    kept = shown(composed).count("y")
    assert kept == 30_000
    assert "… cut here: 70,000 more characters do not fit into a message" in shown(composed)


def test_a_url_that_slack_does_not_take_is_shown_instead_of_linked() -> None:
    url = "https://example.org/" + "u" * 4000
    composed = compose([make_change(url=url)])
    check(payload(composed))
    assert all_of(payload(composed), "url") == []
    assert url in shown(composed)


@pytest.mark.parametrize(
    "url", ["data:image/png;base64,AAAA", "ftp://example.org/a.png", "https://e.org/" + "x" * 3000]
)
def test_an_image_that_slack_does_not_take_is_left_out(url: str) -> None:
    message = payload(compose([make_change(images=(Image(url=url),))]))
    check(message)
    assert "accessory" not in json.dumps(message)
    second = Image(url="https://example.org/ok.jpg")
    message = payload(compose([make_change(images=(Image(url=url), second))]))
    assert all_of(message, "image_url") == [second.url]


def test_a_picture_needs_no_summary() -> None:
    message = payload(compose([make_change(summary=None)]))
    check(message)
    assert all_of(message, "image_url") == ["https://example.org/1.jpg"]


def test_the_least_that_a_change_can_be() -> None:
    content = Content(title="t", url="https://example.org/")
    bare = make_change(**{name: getattr(content, name) for name in content.__slots__})
    message = payload(compose([bare]))
    check(message)
    assert len(message["blocks"]) == 1


def test_ten_articles_make_a_message_and_the_rest_follows() -> None:
    composed = compose(make_changes(10), due=12)
    check(payload(composed))
    assert composed.members == tuple(range(1, 11))
    assert compose(make_changes(12)).members == tuple(range(1, 11))
    assert compose(make_changes(12), max_items=3).members == (1, 2, 3)


def test_fewer_articles_go_together_when_they_are_long() -> None:
    changes = make_changes(5, summary="s" * 5000)
    composed = compose(changes)
    message = payload(composed)
    check(message)
    assert composed.members == (1, 2)
    assert size_of(message["blocks"]) <= TOGETHER + 200


def test_fewer_articles_go_together_than_there_are_blocks_for() -> None:
    changes = make_changes(40, summary=None, images=(), title="t")
    composed = compose(changes, max_items=40, flood_limit=100)
    check(payload(composed))
    assert len(composed.members) == 16


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_a_notice_is_marked(kind: NoticeKind) -> None:
    message = payload(channel().compose_notice(kind, f"{EVIL} " * 100, now=NOW))
    check(message)
    assert next(texts(message["blocks"])) == f"Seedwatch {kind}"


def answered(
    status: int, text: str, *, complete: bool = True, headers: dict[str, str] | None = None
) -> Response:
    return Response(
        status=status, headers=headers or {}, body=text.encode(), complete=complete, elapsed=0.1
    )


@pytest.mark.parametrize(
    ("status", "text", "outcome"),
    [
        (200, "ok", Outcome.SENT),
        (200, "ok\n", Outcome.SENT),
        (200, "<html>log in</html>", Outcome.FAILED),
        (200, "no_text", Outcome.REJECTED),
        (201, "ok", Outcome.FAILED),
        (302, "", Outcome.REJECTED),
        (400, "invalid_payload", Outcome.REJECTED),
        (400, "invalid_blocks", Outcome.REJECTED),
        (400, "user_not_found", Outcome.REJECTED),
        (403, "action_prohibited", Outcome.GONE),
        (403, "posting_to_general_channel_denied", Outcome.GONE),
        (403, "something new", Outcome.FAILED),
        (404, "channel_not_found", Outcome.GONE),
        (404, "no_service", Outcome.GONE),
        (404, "no_team", Outcome.GONE),
        (404, "not here", Outcome.FAILED),
        (410, "channel_is_archived", Outcome.GONE),
        (410, "", Outcome.GONE),
        (429, "rate_limited", Outcome.THROTTLED),
        (500, "rollup_error", Outcome.FAILED),
        (503, "", Outcome.FAILED),
    ],
)
def test_what_slack_says(status: int, text: str, outcome: Outcome) -> None:
    assert channel().judge(answered(status, text), now=NOW).outcome is outcome


def test_slack_asks_for_a_pause() -> None:
    verdict = channel().judge(answered(429, "", headers={"retry-after": "30"}), now=NOW)
    assert (verdict.outcome, verdict.retry_after) == (Outcome.THROTTLED, 30)


def test_an_ok_that_was_cut_off_is_unknown() -> None:
    assert channel().judge(answered(200, "", complete=False), now=NOW).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(("sent", "outcome"), [(True, Outcome.UNKNOWN), (False, Outcome.NOT_SENT)])
def test_no_answer(sent: bool, outcome: Outcome) -> None:
    failure = Failure(sent=sent, error="hooks.example: connection refused", elapsed=0.1)
    assert channel().judge(failure, now=NOW).outcome is outcome


def test_headers_carry_what_the_config_says() -> None:
    headers = channel(headers={"X-Key": "k", "Content-Type": "text/plain"}).headers(
        "id", b"", at=NOW
    )
    assert headers["x-key"] == "k"
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"].startswith("Seedwatch/")


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(ChangeKind), any_content), min_size=1, max_size=14))
def test_any_changes_make_valid_messages_and_lose_nothing(
    given_changes: list[tuple[ChangeKind, dict[str, Any]]],
) -> None:
    left = [make_change(n + 1, kind=k, **c) for n, (k, c) in enumerate(given_changes)]
    while left:
        composed = compose(left)
        taken, left = left[: len(composed.members)], left[len(composed.members) :]
        assert composed.members == tuple(change.sequence for change in taken)
        check(payload(composed))
        for change in taken:
            assert_told_whole(change, shown(composed))


def assert_told_whole(change: Change, told: str) -> None:
    for part in (change.article.content.title, change.article.content.summary or ""):
        if "… cut here: " not in told:
            assert squeezed(part) in squeezed(told)


def squeezed(value: str) -> str:
    return "".join(value.split())
