"""A flood becomes one message that stands for all of it."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.notify.making import NOW, make_change, make_changes, make_endpoint
from tests.notify.slack_check import (
    EVIL,
    FEED,
    any_content,
    channel,
    check,
    compose,
    payload,
    shown,
    texts,
)
from watcher.notify.channels.slack import TOGETHER, SlackChannel
from watcher.notify.channels.slack_blocks import size_of


def test_a_hostile_topic_is_shown_literally_in_a_digest() -> None:
    changes = make_changes(30, title=EVIL, topics=(EVIL,))
    message = payload(compose(changes))
    check(message)
    assert EVIL in list(texts(message["blocks"]))


def test_a_digest_of_many_topics_stays_within_the_limits() -> None:
    changes = [
        make_change(number, topics=(chr(0x4E00 + number),), title="t", url="http://a.b")
        for number in range(1, 300)
    ]
    composed = compose(changes)
    check(payload(composed))
    assert len(composed.members) == 299


def test_a_flood_becomes_one_digest_of_everything() -> None:
    changes = [
        make_change(number, topics=("AI" if number % 3 else "Health",)) for number in range(1, 101)
    ]
    composed = compose(changes)
    message = payload(composed)
    check(message)
    assert composed.members == tuple(range(1, 101))
    shown_texts = list(texts(message["blocks"]))
    assert shown_texts[0] == message["text"] == "100 new articles"
    listed = [text for text in shown_texts if text.startswith("Article ")]
    assert listed[:2] == ["Article 100", "Article 98"], "newest first, by topic"
    assert " (67)" in shown_texts
    assert " (33)" in shown_texts
    assert f"and {100 - len(listed)} more" in shown_texts
    assert 20 < len(listed) < 100
    assert message["blocks"][-1]["elements"][0]["elements"][0]["url"] == FEED
    assert size_of(message["blocks"]) < TOGETHER


def test_a_digest_that_lists_everything_promises_no_more() -> None:
    composed = compose(make_changes(26))
    listed = shown(composed).split("Article ")[1:]
    assert len(listed) == 26
    assert "more" not in shown(composed)


def test_a_flood_is_more_than_the_limit() -> None:
    assert channel(flood_limit=25).take(25) == 10
    assert channel(flood_limit=25).take(26) == 26


def test_a_digest_without_a_feed_links_none() -> None:
    composed = SlackChannel(make_endpoint("slack"), feed_url=None).compose(
        make_changes(30), due=30, now=NOW
    )
    check(payload(composed))
    assert "feed" not in shown(composed)


@settings(max_examples=30, deadline=None)
@given(st.lists(any_content, min_size=26, max_size=60))
def test_any_flood_makes_a_valid_digest_of_all(contents: list[dict[str, Any]]) -> None:
    changes = [make_change(number + 1, **each) for number, each in enumerate(contents)]
    composed = compose(changes)
    check(payload(composed))
    assert composed.members == tuple(range(1, len(changes) + 1))
