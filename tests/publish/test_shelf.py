"""What a shelf holds is what the store would say, also when it is nearly empty."""

from pathlib import Path
from typing import Any

import pytest

from tests.publish.newsroom import Newsroom, feed

GOOD = feed("good", limit=1, match={"min_quality": 50})


@pytest.fixture
def newsroom(tmp_path: Path, database_url: str) -> Any:
    with Newsroom(tmp_path, database_url, [GOOD]) as newsroom:
        newsroom.write(1, 2, quality=10)
        for number in range(3, 11):
            newsroom.write(number, quality=90)
        newsroom.publish()
        yield newsroom


def shown(newsroom: Newsroom) -> list[str]:
    newsroom.publish()
    return newsroom.titles("good.atom")


def test_it_is_filled_again_when_it_runs_empty(newsroom: Newsroom) -> None:
    for number in range(10, 3, -1):
        newsroom.remove(number)
        assert shown(newsroom) == [f"Article {number - 1}"]
    newsroom.remove(3)
    assert shown(newsroom) == []


def test_what_comes_to_match_below_it_jumps_no_queue(newsroom: Newsroom) -> None:
    for number in (10, 9):
        newsroom.remove(number)
        newsroom.publish()
    for number in (1, 2):
        newsroom.write(number, quality=90)
        assert shown(newsroom) == ["Article 8"]
    for number in range(8, 3, -1):
        newsroom.remove(number)
        assert shown(newsroom) == [f"Article {number - 1}"]


def test_much_at_once_begins_again_from_the_store(newsroom: Newsroom) -> None:
    newsroom.write(*range(3, 11), quality=10)
    newsroom.write(1, quality=90)
    assert shown(newsroom) == ["Article 1"]


def test_a_change_that_matches_nothing_asks_nothing(newsroom: Newsroom) -> None:
    newsroom.write(11, quality=10)
    newsroom.write(1, heat=5, quality=10)
    with newsroom.statements() as seen:
        assert newsroom.publish() == ()
    assert seen == []


def test_a_change_that_matches_does_not_search_the_store(newsroom: Newsroom) -> None:
    newsroom.write(11, quality=90)
    with newsroom.statements() as seen:
        newsroom.publish()
    assert 0 < len(seen) < 12
    assert newsroom.titles("good.atom") == ["Article 11"]
