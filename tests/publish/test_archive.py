"""RFC 5005 §4: a feed and its archives hold everything, and an archive never changes."""

import re
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.feed.samples import assert_valid_atom
from tests.publish.newsroom import HISTORY, Newsroom, feed
from tests.support.seeds import write_seed
from watcher.publish.archive import Closed

URL = "https://example.org/feeds/"


def archives(newsroom: Newsroom, name: str = "all") -> list[str]:
    return sorted(path.name for path in newsroom.feeds.glob(f"{name}.archive-*.atom"))


def room(folder: Path, state: str, **changed: Any) -> Newsroom:
    return Newsroom(folder, state, [feed("all", limit=3, archive=True, **changed)])


@pytest.fixture
def newsroom(tmp_path: Path, database_url: str) -> Any:
    with room(tmp_path, database_url) as newsroom:
        yield newsroom


def followed(newsroom: Newsroom, name: str = "all.atom") -> list[str]:
    """The titles that a reader has who follows the archives back, duplicates left out."""
    titles = dict.fromkeys(newsroom.titles(name))
    while earlier := newsroom.links(name).get("prev-archive"):
        name = earlier.removeprefix(URL)
        titles |= dict.fromkeys(newsroom.titles(name))
    return list(titles)


def test_a_feed_that_is_not_full_has_no_archive_and_is_complete(newsroom: Newsroom) -> None:
    newsroom.write(1, 2, 3)
    newsroom.publish()
    assert archives(newsroom) == []
    assert newsroom.document("all.atom").find(f"{HISTORY}complete") is not None


def test_a_full_feed_closes_an_archive(newsroom: Newsroom) -> None:
    for number in range(1, 5):
        newsroom.write(number)
        (published,) = newsroom.publish()
    assert [path.name for path in published.archives] == ["all.archive-0001.atom"]
    assert newsroom.titles("all.atom") == ["Article 4", "Article 3", "Article 2"]
    assert newsroom.titles("all.archive-0001.atom") == ["Article 3", "Article 2", "Article 1"]
    assert newsroom.links("all.atom") == {
        "self": f"{URL}all.atom",
        "prev-archive": f"{URL}all.archive-0001.atom",
    }
    assert newsroom.document("all.atom").find(f"{HISTORY}complete") is None


def test_an_archive_says_what_it_is(newsroom: Newsroom) -> None:
    newsroom.write(*range(1, 12))
    newsroom.publish()
    assert len(archives(newsroom)) >= 3
    document = newsroom.document("all.archive-0002.atom")
    assert document.find(f"{HISTORY}archive") is not None
    assert newsroom.links("all.archive-0002.atom") == {
        "self": f"{URL}all.archive-0002.atom",
        "current": f"{URL}all.atom",
        "prev-archive": f"{URL}all.archive-0001.atom",
        "next-archive": f"{URL}all.archive-0003.atom",
    }
    atom_id = "{http://www.w3.org/2005/Atom}id"
    assert document.findtext(atom_id) == newsroom.document("all.atom").findtext(atom_id)
    for name in ("all.atom", *archives(newsroom)):
        assert_valid_atom(newsroom.path(name).read_bytes())


def test_no_link_leads_nowhere(newsroom: Newsroom) -> None:
    for number in range(1, 12):
        newsroom.write(number)
        newsroom.publish()
    for name in ("all.atom", *archives(newsroom)):
        for href in newsroom.links(name).values():
            assert newsroom.path(href.removeprefix(URL)).exists()


def test_a_baseline_is_archived_whole(newsroom: Newsroom) -> None:
    for number in range(1, 12):  # those that are stored last are shown last
        write_seed(newsroom.seeds, number, publishedDateTime=f"2024-01-02T03:04:{59 - number}Z")
    newsroom.take([f"article-{number}.md" for number in range(1, 12)])
    newsroom.publish()
    assert newsroom.titles("all.atom") == ["Article 1", "Article 2", "Article 3"]
    assert sorted(followed(newsroom)) == sorted(f"Article {n}" for n in range(1, 12))


def test_an_archive_stays_what_it_was(newsroom: Newsroom) -> None:
    newsroom.write(*range(1, 9))
    newsroom.publish()
    before = {name: newsroom.path(name).read_bytes() for name in archives(newsroom)}
    newsroom.write(1, title="Another")
    newsroom.remove(2)
    newsroom.publish()
    newsroom.write(2)
    newsroom.publish()
    newsroom.restart()
    newsroom.publish()
    assert {name: newsroom.path(name).read_bytes() for name in archives(newsroom)} == before


def test_a_lost_archive_is_made_again_at_the_start(newsroom: Newsroom) -> None:
    newsroom.write(*range(1, 12))
    newsroom.publish()
    before = newsroom.path("all.archive-0002.atom").read_bytes()
    newsroom.path("all.archive-0002.atom").unlink()
    newsroom.restart()
    newsroom.publish()
    assert newsroom.path("all.archive-0002.atom").read_bytes() == before


def test_what_is_written_but_not_noted_is_written_again(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.write(*range(1, 5))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Closed, "add", die)
        with pytest.raises(KeyboardInterrupt):
            newsroom.publish()
    newsroom.restart()
    newsroom.publish()
    assert sorted(followed(newsroom)) == [f"Article {n}" for n in range(1, 5)]


def test_an_archive_that_cannot_be_written_is_written_later(newsroom: Newsroom) -> None:
    newsroom.write(1, 2, 3)
    newsroom.publish()
    newsroom.path("all.archive-0001.atom").mkdir()
    newsroom.write(4)
    assert newsroom.publish()[0].error
    newsroom.path("all.archive-0001.atom").rmdir()
    newsroom.write(5)
    assert newsroom.publish()[0].error is None
    assert sorted(followed(newsroom)) == [f"Article {n}" for n in range(1, 6)]


def test_what_belongs_to_the_feed_only_later_is_in_the_next_archive(
    tmp_path: Path, database_url: str
) -> None:
    with room(tmp_path, database_url, match={"min_quality": 50}) as newsroom:
        newsroom.write(1, quality=10)
        newsroom.write(*range(2, 9), quality=60)
        newsroom.publish()
        before = {name: newsroom.path(name).read_bytes() for name in archives(newsroom)}
        newsroom.write(1, quality=60)
        newsroom.publish()
        after = {name: newsroom.path(name).read_bytes() for name in archives(newsroom)}
        assert before.items() < after.items()
        assert "Article 1" in newsroom.titles(max(after))
        assert sorted(followed(newsroom)) == [f"Article {n}" for n in range(1, 9)]
        newsroom.restart()
        newsroom.publish()
        assert archives(newsroom) == sorted(after)


def test_what_came_to_belong_unnoticed_is_found_at_the_start(
    tmp_path: Path, database_url: str
) -> None:
    with room(tmp_path, database_url, match={"topics": ["AI"]}) as newsroom:
        newsroom.write(1, 2, topics=["Cats"])
        newsroom.write(*range(3, 9), topics=["AI"])
        newsroom.publish()
        newsroom.write(2, topics=["AI"])  # and dies before it publishes that
        newsroom.restart()
        newsroom.publish()
        assert sorted(followed(newsroom)) == [f"Article {n}" for n in range(2, 9)]


def test_what_comes_back_after_its_archive_was_closed_is_in_the_next(newsroom: Newsroom) -> None:
    newsroom.write(*range(1, 4))
    newsroom.remove(2)
    for number in range(4, 9):
        newsroom.write(number)
        newsroom.publish()
    assert "Article 2" not in followed(newsroom)
    newsroom.write(2)
    newsroom.publish()
    assert sorted(followed(newsroom)) == [f"Article {n}" for n in range(1, 9)]


def good_ones(newsroom: Newsroom) -> set[str]:
    live = newsroom.store.catalogue.articles(limit=999)
    return {a.content.title for a in live if (a.content.quality or 0) >= 50}


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_between_a_feed_and_its_archives(
    tmp_path: Path, database_url: str, seed: int
) -> None:
    random = Random(seed)
    with room(tmp_path, database_url, match={"min_quality": 50}) as newsroom:
        ever: set[str] = set()
        closed: dict[str, bytes] = {}
        for number in range(0, 100, 5):
            newsroom.write(
                *range(number, number + random.randint(1, 5)), quality=random.choice([10, 60])
            )
            newsroom.write(random.randrange(number + 1), quality=random.choice([10, 60]))
            newsroom.publish()
            ever |= good_ones(newsroom)
            now = {name: newsroom.path(name).read_bytes() for name in archives(newsroom)}
            assert closed.items() <= now.items()
            closed = now
            if random.random() < 0.2:
                newsroom.restart()
        assert good_ones(newsroom) <= set(followed(newsroom)) <= ever


def test_topics_have_archives_of_their_own(tmp_path: Path, database_url: str) -> None:
    topics = feed("topics", per="topic", limit=2, archive=True)
    with Newsroom(tmp_path, database_url, [topics]) as newsroom:
        newsroom.write(*range(1, 5), topics=["AI"])
        newsroom.write(5, topics=["Health"])
        published = newsroom.publish()
        assert [len(feed.archives) > 0 for feed in published] == [True, False]
        earlier = newsroom.links("topics/ai.atom")["prev-archive"]
        assert re.fullmatch(rf"{URL}topics/ai\.archive-000\d\.atom", earlier)
        assert newsroom.path(earlier.removeprefix(URL)).exists()
