import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.feed.samples import feed_config
from watcher.feed.head import feed_id
from watcher.feed.topics import slug, topic_feed

ALPHABET = st.text(st.sampled_from("aB1é -+日ß."), max_size=4)


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("AI", "ai"),
        ("AI in Healthcare", "ai-in-healthcare"),
        ("Machine Learning 2", "machine-learning-2"),
        ("Straße", "strasse"),
    ],
)
def test_a_plain_topic_is_its_own_slug(topic: str, expected: str) -> None:
    assert slug(topic) == expected


@pytest.mark.parametrize(
    ("topic", "readable"),
    [
        ("C++", "c"),
        ("C#", "c"),
        ("Économie", "economie"),
        ("日本語", "topic"),
        ("e-commerce", "e-commerce"),
        ("AI  twice", "ai-twice"),
        ("con", "con"),
        ("LPT1", "lpt1"),
        ("", "topic"),
        (".", "topic"),
        ("../../etc/passwd", "etc-passwd"),
        ("\ud800", "topic"),
    ],
)
def test_a_topic_that_its_letters_do_not_give_back_has_a_hash(topic: str, readable: str) -> None:
    assert re.fullmatch(re.escape(readable) + "--[0-9a-f]{16}", slug(topic))


def test_a_slug_never_changes() -> None:
    assert slug("日本語") == "topic--77710aedc74ecfa3"
    assert slug("C++") == "c--cedb1bac7efcd7db"


def test_a_topic_that_looks_like_anothers_slug_has_another() -> None:
    assert slug(slug("C++")) != slug("C++")
    assert slug("e commerce") != slug("e-commerce")


def test_a_long_topic_fits_and_stays_apart_from_a_longer_one() -> None:
    one, two = slug("word " * 100), slug("word " * 101)
    assert len(one) <= 80
    assert one != two


@given(st.text())
def test_every_slug_is_safe(topic: str) -> None:
    found = slug(topic)
    assert re.fullmatch(r"[a-z0-9]+(-{1,2}[a-z0-9]+)*", found)
    assert len(found) <= 80
    assert found == slug(topic.casefold())


@given(ALPHABET, ALPHABET)
def test_topics_share_a_slug_only_if_they_differ_in_letter_case_alone(one: str, two: str) -> None:
    assert (slug(one) == slug(two)) == (one.casefold() == two.casefold())


def test_a_topics_feed_has_its_own_name_path_and_url() -> None:
    feeds = feed_config(
        name="topics",
        title="Topics",
        per="topic",
        path=Path("/srv/{slug}.rss"),
        url="http://127.0.0.1/feeds/{slug}.rss",
        limit=7,
    )
    feed = topic_feed(feeds, "AI Ethics")
    assert (feed.name, feed.title) == ("topics/ai-ethics", "Topics: AI Ethics")
    assert (feed.path, feed.url) == (
        Path("/srv/ai-ethics.rss"),
        "http://127.0.0.1/feeds/ai-ethics.rss",
    )
    assert (feed.per, feed.limit, feed.format) == (None, 7, "rss")


def test_a_topics_feed_without_title_and_url_is_still_its_own() -> None:
    feeds = feed_config(name="topics", per="topic", path=Path("/srv/{slug}.atom"), url=None)
    one, two = topic_feed(feeds, "C++"), topic_feed(feeds, "C#")
    assert (one.title, one.url) == ("C++", None)
    assert one.path != two.path
    assert feed_id(one.name, one.url) != feed_id(two.name, two.url)


def test_a_topic_from_right_to_left_cannot_reorder_the_title() -> None:
    feed = feed_config(title="News", url=None, per="topic", path=Path("/f/{slug}.atom"))
    assert topic_feed(feed, "\u05d1\u05e8").title == "News: \u2068\u05d1\u05e8\u2069"
    assert topic_feed(feed, "a\u202eb").title == "News: \u2068a\u202eb\u2069"
    assert topic_feed(feed, "health").title == "News: health"
