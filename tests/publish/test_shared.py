"""Several processes that publish to the same files: none puts something older in place."""

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.publish.newsroom import Newsroom, feed
from tests.support.postgresql import fresh_database
from watcher.store.database import Database


@pytest.fixture
def newsroom(tmp_path: Path, postgresql_server: str) -> Iterator[Newsroom]:
    with (
        fresh_database(postgresql_server) as url,
        Newsroom(tmp_path, url, [feed("all"), feed("good", match={"min_quality": 50})]) as newsroom,
    ):
        newsroom.write(1, quality=90)
        newsroom.publish()
        yield newsroom


def test_what_another_process_published_meanwhile_is_not_replaced_by_less(
    newsroom: Newsroom,
) -> None:
    newsroom.write(2, quality=90)
    ours = newsroom.publication
    newsroom.restart()
    newsroom.write(3, quality=90)
    newsroom.publish()
    ours.publish()
    assert newsroom.titles("good.atom") == ["Article 3", "Article 2", "Article 1"]


def test_what_others_edited_without_news_is_found_when_one_hears_of_it(newsroom: Newsroom) -> None:
    ours = newsroom.publication
    newsroom.restart()
    newsroom.write(2, quality=10)
    newsroom.publish()
    ours.publish()
    newsroom.write(2, quality=90)
    assert ours.publish() == ()
    ours.note_others()
    ours.publish()
    assert newsroom.titles("good.atom") == ["Article 2", "Article 1"]


def test_one_waits_while_another_publishes(newsroom: Newsroom) -> None:
    newsroom.write(2)
    ours = threading.Thread(target=newsroom.publish)
    url = newsroom.store.database.url.render_as_string(hide_password=False)
    with closing(Database.open(url)) as theirs, theirs.publishing():
        ours.start()
        ours.join(0.3)
        assert ours.is_alive()
        assert newsroom.titles("all.atom") == ["Article 1"]
    ours.join(5)
    assert newsroom.titles("all.atom") == ["Article 2", "Article 1"]
