"""RFC 6721: an Atom feed says which of its articles were removed."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.publish.newsroom import Newsroom, feed

FEEDS = (
    feed("all", limit=3),
    feed("good", limit=3, match={"min_quality": 50}),
    feed("topics", per="topic", limit=3),
    feed("plain", path="feeds/plain.rss"),
    feed("items", path="feeds/items.json"),
)


@pytest.fixture
def newsroom(tmp_path: Path, database_url: str) -> Any:
    with Newsroom(tmp_path, database_url, FEEDS) as newsroom:
        newsroom.write(1, quality=90)
        newsroom.write(2, topics=["Health"])
        newsroom.publish()
        yield newsroom


def refs(newsroom: Newsroom, name: str) -> list[str]:
    """Whose tombstones there are, by title."""
    articles = newsroom.store.catalogue.articles(limit=99)
    titles = {article.id: article.content.title for article in articles}
    return [titles[ref] for ref, _ in newsroom.tombstones(name)]


def test_a_removed_article_is_a_tombstone_where_it_was(newsroom: Newsroom) -> None:
    newsroom.remove(1)
    newsroom.publish()
    when = newsroom.now.isoformat().replace("+00:00", "Z")
    (found,) = newsroom.tombstones("all.atom")
    assert found[1] == when
    assert newsroom.tombstones("good.atom") == [found]
    assert newsroom.tombstones("topics/ai.atom") == [found]
    assert newsroom.tombstones("topics/health.atom") == []
    for name in ("plain.rss", "items.json"):
        assert b"deleted" not in newsroom.path(name).read_bytes()


def test_a_feed_without_tombstones_does_not_declare_them(newsroom: Newsroom) -> None:
    assert b"tombstones" not in newsroom.path("all.atom").read_bytes()


def test_what_returns_has_none(newsroom: Newsroom) -> None:
    newsroom.remove(1)
    newsroom.publish()
    newsroom.write(1, quality=90)
    newsroom.publish()
    assert newsroom.titles("good.atom") == ["Article 1"]
    for name in ("all.atom", "good.atom", "topics/ai.atom"):
        assert newsroom.tombstones(name) == []


def test_what_never_was_in_the_window_has_none(newsroom: Newsroom) -> None:
    for number in range(3, 6):
        newsroom.write(number, quality=90)
    newsroom.remove(1, 4)
    newsroom.publish()
    assert newsroom.titles("all.atom") == ["Article 5", "Article 3", "Article 2"]
    assert refs(newsroom, "all.atom") == ["Article 4"]
    assert sorted(refs(newsroom, "good.atom")) == ["Article 1", "Article 4"]


def test_there_are_at_most_as_many_as_articles(newsroom: Newsroom) -> None:
    newsroom.write(*range(3, 9), quality=90)
    newsroom.remove(*range(3, 9))
    newsroom.publish()
    assert len(newsroom.tombstones("all.atom")) == 3
    assert len(newsroom.tombstones("good.atom")) == 3


def test_an_old_one_goes_when_the_feed_goes_on(newsroom: Newsroom) -> None:
    newsroom.remove(1)
    newsroom.now += timedelta(days=31)
    newsroom.publish()
    assert refs(newsroom, "all.atom") == ["Article 1"]
    newsroom.write(3)
    newsroom.publish()
    assert refs(newsroom, "all.atom") == []
    assert refs(newsroom, "good.atom") == ["Article 1"]


def test_the_feed_is_as_new_as_its_last_removal(newsroom: Newsroom) -> None:
    newsroom.remove(1)
    published = {feed.name: feed for feed in newsroom.publish()}
    assert published["all"].updated_at == newsroom.now
    assert published["plain"].updated_at < newsroom.now
