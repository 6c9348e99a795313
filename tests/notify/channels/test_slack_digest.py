"""A digest names all that it stands for; what does not fit is in the next one."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.notify.making import make_change, make_changes
from tests.notify.slack_check import (
    EVIL,
    any_content,
    check,
    compose,
    payload,
    shown,
    texts,
)
from watcher.notify.channels.slack import TOGETHER
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
    assert 20 < len(composed.members) < 299


def test_a_digest_names_everything_that_it_stands_for() -> None:
    changes = [
        make_change(number, topics=("AI" if number % 3 else "Health",)) for number in range(1, 101)
    ]
    composed = compose(changes)
    message = payload(composed)
    check(message)
    told = composed.members
    assert told == tuple(range(1, len(told) + 1)), "in the order of the changes, none left out"
    assert 20 < len(told) < 100
    shown_texts = list(texts(message["blocks"]))
    assert shown_texts[0] == f"{len(told)} new articles"
    assert message["text"].startswith(f"{len(told)} new: Article 1; Article 2; ")
    assert " · Example · 2 Jan 03:04" in shown_texts, "outlet and time"
    assert "\nThe summary of article 1." in shown_texts
    listed = [text for text in shown_texts if text.startswith("Article ")]
    assert len(listed) == len(told), "every article that it stands for is named"
    assert listed[:2] == ["Article 1", "Article 2"], "by topic, in alphabetical order"
    assert shown_texts.index("AI") < shown_texts.index("Health")
    assert "more" not in shown(composed)
    assert size_of(message["blocks"]) < TOGETHER


def test_topics_come_in_alphabetical_order_and_what_has_none_comes_last() -> None:
    topics = [("Zebra",), (), ("apple",), ("Other things",)]
    composed = compose([make_change(n, topics=t) for n, t in enumerate(topics, 1)], flood_limit=1)
    found = [text for text in texts(payload(composed)["blocks"]) if not text.startswith(" (")]
    named = [text for text in found if text in ("Zebra", "Other", "apple", "Other things")]
    assert named == ["apple", "Other things", "Zebra", "Other"]


def test_times_are_in_the_zone_of_the_endpoint() -> None:
    assert "2 Jan 12:04" in shown(compose(make_changes(26), timezone="Asia/Tokyo"))
    assert "2024-01-02 12:04 JST" in shown(compose(make_changes(1), timezone="Asia/Tokyo"))


def test_a_flood_is_more_than_the_limit() -> None:
    assert len(compose(make_changes(25), flood_limit=25).members) == 10
    assert len(compose(make_changes(26), flood_limit=25).members) == 26
    assert len(compose(make_changes(2), layout="digest").members) == 2
    assert len(compose(make_changes(26), layout="cards", flood_limit=25).members) == 10


@settings(max_examples=30, deadline=None)
@given(st.lists(any_content, min_size=26, max_size=60))
def test_any_flood_makes_a_valid_digest_of_all(contents: list[dict[str, Any]]) -> None:
    changes = [make_change(number + 1, **each) for number, each in enumerate(contents)]
    composed = compose(changes)
    check(payload(composed))
    told = composed.members
    assert told
    assert told == tuple(range(1, len(told) + 1))
