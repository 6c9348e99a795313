"""Only what changed is published, and it is what publishing everything anew would give."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.publish.newsroom import Newsroom, feed
from tests.store.plans import write_new
from watcher.publish.feed_file import PublishedFeed

FEEDS = [
    feed("all", limit=4),
    feed("plain", path="feeds/plain.rss", url=None, limit=4),
    feed("items", path="feeds/items.json", url=None, limit=3),
    feed("good", limit=2, match={"min_quality": 50}),
    feed("kept", limit=2, archive=True),
    feed("fine", limit=2, archive=True, match={"min_quality": 50}),
    feed("young", limit=3, match={"max_age": "10000d"}),
    feed("topics", per="topic", limit=2),
    feed("best", per="topic", limit=1, match={"min_quality": 50}),
    feed("old", per="topic", limit=2, archive=True),
    feed("stories", per="story", limit=3, important_at=2),
    feed("few", per="story", limit=3, important_at=2, match={"min_quality": 50}),
]
EVENTS = ["Title", "Earthquake destroys harbour", "Parliament passes budget"]
TOPICS = ["AI", "Health", "日本語", "C++", "ai"]


def names(published: Sequence[PublishedFeed]) -> list[str]:
    return [feed.name for feed in published]


def written(published: Sequence[PublishedFeed]) -> list[str]:
    return [feed.name for feed in published if feed.written]


def room(folder: Path, state: str, *feeds: dict[str, Any]) -> Newsroom:
    return Newsroom(folder, state, feeds)


class TestOnlyWhatChanged:
    @pytest.fixture
    def newsroom(self, tmp_path: Path, database_url: str) -> Any:
        feeds = (
            feed("all"),
            feed("good", match={"min_quality": 50}),
            feed("topics", per="topic"),
        )
        with room(tmp_path, database_url, *feeds) as newsroom:
            newsroom.write(1, topics=["AI"], quality=90)
            newsroom.write(2, topics=["Health"])
            newsroom.publish()
            yield newsroom

    def test_nothing_changed_publishes_nothing(self, newsroom: Newsroom) -> None:
        assert newsroom.publish() == ()

    def test_a_new_article_is_published_where_it_belongs(self, newsroom: Newsroom) -> None:
        newsroom.write(3, topics=["AI"])
        assert names(newsroom.publish()) == ["all", "topics/ai"]

    def test_a_new_topic_is_a_new_feed_in_its_place(self, newsroom: Newsroom) -> None:
        newsroom.write(3, topics=["Cats", "health"])
        assert names(newsroom.publish()) == ["all", "topics/cats", "topics/health"]
        listed = [(f.name, f.topic) for f in newsroom.publication.published]
        assert listed == [
            ("all", None),
            ("good", None),
            ("topics/ai", "AI"),
            ("topics/cats", "Cats"),
            ("topics/health", "Health"),
        ]

    def test_an_article_that_moves_leaves_its_old_feeds(self, newsroom: Newsroom) -> None:
        newsroom.write(1, topics=["Health"], quality=1)
        assert written(newsroom.publish()) == ["all", "good", "topics/ai", "topics/health"]
        assert newsroom.titles("good.atom") == newsroom.titles("topics/ai.atom") == []
        assert newsroom.titles("topics/health.atom") == ["Article 2", "Article 1"]

    def test_what_never_matched_costs_a_feed_nothing(self, newsroom: Newsroom) -> None:
        newsroom.write(2, topics=["Health"], title="Another")
        assert names(newsroom.publish()) == ["all", "topics/health"]

    def test_a_removed_article_leaves_its_feeds(self, newsroom: Newsroom) -> None:
        newsroom.remove(1)
        assert written(newsroom.publish()) == ["all", "good", "topics/ai"]
        assert newsroom.titles("all.atom") == ["Article 2"]

    def test_a_topic_without_articles_keeps_its_feed(self, newsroom: Newsroom) -> None:
        newsroom.remove(1)
        newsroom.publish()
        newsroom.restart()
        assert names(newsroom.publish()) == ["all", "good", "topics/ai", "topics/health"]
        newsroom.path("topics/ai.atom").unlink()
        newsroom.restart()
        assert names(newsroom.publish()) == ["all", "good", "topics/health"]

    def test_the_list_is_the_same_object_until_something_is_published(
        self, newsroom: Newsroom
    ) -> None:
        before = newsroom.publication.published
        newsroom.publish()
        assert newsroom.publication.published is before
        newsroom.write(3)
        newsroom.publish()
        assert newsroom.publication.published is not before

    def test_a_feed_that_cannot_be_written_stays_stale(self, newsroom: Newsroom) -> None:
        newsroom.path("topics").rename(newsroom.path("away"))
        newsroom.path("topics").touch()
        newsroom.write(3, topics=["AI"])
        assert [(f.name, bool(f.error)) for f in newsroom.publish()] == [
            ("all", False),
            ("topics/ai", True),
        ]
        newsroom.path("topics").unlink()
        assert newsroom.publish() == (), "it is not tried again at once"
        newsroom.publication.retry_failed()
        assert written(newsroom.publish()) == ["topics/ai"]
        assert newsroom.publish() == ()

    def test_what_another_process_wrote_is_found(self, newsroom: Newsroom) -> None:
        write_new(newsroom.store.database, 9, topics=("Dogs",))
        assert newsroom.publish() == ()
        newsroom.publication.recheck()
        assert written(newsroom.publish()) == ["all", "topics/dogs"]
        write_new(newsroom.store.database, 10, topics=("Birds",))
        newsroom.write(3)
        assert "topics/birds" in written(newsroom.publish())

    def test_entries_are_those_of_the_feed(self, newsroom: Newsroom) -> None:
        for name, titles in (("all", ["Article 2", "Article 1"]), ("good", ["Article 1"])):
            entries = newsroom.publication.entries(newsroom.path(f"{name}.atom"), 9)
            assert [article.content.title for article in entries] == titles
        assert newsroom.publication.entries(newsroom.path("none.atom"), 9) == []


def test_time_takes_articles_out_of_a_feed(tmp_path: Path, database_url: str) -> None:
    young = feed("young", match={"max_age": "1h"})
    with room(tmp_path, database_url, young) as newsroom:
        newsroom.write(1, publishedDateTime=newsroom.now.isoformat())
        newsroom.publish()
        newsroom.publication.recheck()
        assert written(newsroom.publish()) == []
        newsroom.now = newsroom.now.replace(hour=5)
        newsroom.publication.recheck()
        assert written(newsroom.publish()) == ["young"]
        assert newsroom.titles("young.atom") == []


@pytest.mark.parametrize("seed", range(2))
def test_any_history_leaves_what_publishing_anew_would_give(
    tmp_path: Path, database_url: str, seed: int
) -> None:
    random = Random(seed)
    with room(tmp_path, database_url, *FEEDS) as newsroom:
        for _ in range(14):
            act_at_random(newsroom, random)
            newsroom.publish()
            if random.random() < 0.1:
                newsroom.restart()
            assert written(newsroom.another_publication().publish()) == []


def act_at_random(newsroom: Newsroom, random: Random) -> None:
    there = sorted(int(p.stem.removeprefix("article-")) for p in newsroom.seeds.iterdir())
    if there and random.random() < 0.3:
        newsroom.remove(*random.sample(there, min(len(there), random.randint(1, 2))))
        return
    newsroom.write(
        *random.sample(range(20), random.randint(1, 4)),
        title=f"{random.choice(EVENTS)} {random.randint(1, 9)}",
        provider={"domain": f"outlet{random.randint(1, 4)}.example"},
        topics=random.sample(TOPICS, random.randint(0, 3)),
        quality=random.choice([10, 60]),
    )


# ---------------------------------------------------------------- what a change costs

MEASURED: dict[str, Callable[[Newsroom], None]] = {
    "a new article": lambda newsroom: newsroom.write(90_001, topics=["Topic 1"], quality=90),
    "an update": lambda newsroom: newsroom.write(90_000, title="New", topics=["Topic 1"]),
    "a refresh": lambda newsroom: newsroom.write(90_000, heat=7, topics=["Topic 2"]),
    "a removal": lambda newsroom: newsroom.remove(90_000),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Statements in all, and of publishing alone; feeds that were rendered; bytes written."""

    statements: int
    publishing: int
    feeds: int
    size: int


def costs(folder: Path, *, topics: int, articles: int) -> dict[str, Cost]:
    """What each change costs in a store of so many."""
    feeds = (
        feed("all", limit=20),
        feed("rare", limit=20, match={"min_quality": 80}),
        feed("topics", per="topic", limit=20),
    )
    with Newsroom(folder, str(folder / "s.db"), feeds) as newsroom:
        for number in range(topics):
            chosen = range(number, articles, topics)
            topic = (f"Topic {number}",)
            write_new(newsroom.store.database, *chosen, at=newsroom.now, topics=topic)
        newsroom.write(90_000, topics=["Topic 1"])
        newsroom.publish()
        assert len(newsroom.publication.published) == topics + 2
        return {what: cost(newsroom, change) for what, change in MEASURED.items()}


def cost(newsroom: Newsroom, change: Callable[[Newsroom], None]) -> Cost:
    with newsroom.statements() as seen:
        change(newsroom)
        before = len(seen)
        published = newsroom.publish()
    size = sum(f.path.stat().st_size for f in published if f.written)
    return Cost(
        statements=len(seen), publishing=len(seen) - before, feeds=len(published), size=size
    )


def test_a_change_costs_the_same_whatever_else_there_is(tmp_path: Path) -> None:
    few = costs(tmp_path / "few", topics=10, articles=100)
    many = costs(tmp_path / "many", topics=100, articles=2000)
    for what, much in many.items():
        little = few[what]
        assert 0 < much.feeds == little.feeds <= 3, what
        assert (much.statements, much.publishing) == (little.statements, little.publishing), what
        # Only full windows weigh the same; the others weigh less with fewer articles.
        assert little.size <= much.size < 60_000, what
        print(what, little, much)
