"""Where articles stand among others, and that asking costs the same whatever the store holds."""

from collections.abc import Callable

import pytest

from tests.store.plans import (
    AT,
    MINUTE,
    article_id,
    article_write,
    change_write,
    file_write,
    write,
    write_new,
)
from tests.store.test_cost import statements, steps
from watcher.model.article import Article
from watcher.model.kinds import ArticleState, ChangeKind, FileState
from watcher.model.known import Plan
from watcher.store import windows as subject
from watcher.store.database import Database
from watcher.store.windows import Rank, Windows

LIVE, REMOVED = ArticleState.LIVE, ArticleState.REMOVED


def numbers(articles: list[Article]) -> list[int]:
    return [int(article.content.title.removeprefix("Article ")) for article in articles]


def remove(database: Database, number: int, minutes: int = 9) -> None:
    gone = article_write(number, is_new=False, state=REMOVED)
    plan = Plan(
        articles=(gone,),
        files=(file_write(number, state=FileState.GONE),),
        changes=(change_write(number, ChangeKind.REMOVED),),
    )
    write(database, plan, at=AT + minutes * MINUTE)


def write_five(database: Database) -> None:
    for number in range(1, 6):
        topics = ("AI",) if number % 2 else ("Cats",)
        write_new(database, number, at=AT + number * MINUTE, topics=topics)


def load(windows: Windows, ranks: list[Rank]) -> list[int]:
    return numbers(windows.load([rank.article_id for rank in ranks]))


def test_places_are_in_the_order_of_feeds(database: Database) -> None:
    write_five(database)
    windows = Windows(database)
    assert load(windows, windows.newest(LIVE, limit=3)) == [5, 4, 3]
    assert load(windows, windows.newest(LIVE, limit=9, topic="ai")) == [5, 3, 1]
    assert windows.newest(REMOVED, limit=9) == []


def test_a_place_is_the_same_however_it_is_asked_for(database: Database) -> None:
    write_five(database)
    remove(database, 2)
    windows = Windows(database)
    ids = {article_id(number) for number in range(9)}
    live = windows.newest(LIVE, limit=9)
    found = windows.places(ids)
    assert sorted(rank for state, rank in found.values() if state is LIVE) == live
    assert found[article_id(2)] == (REMOVED, windows.newest(REMOVED, limit=9)[0])
    kept = windows.find(LIVE, limit=9, topic=None, keep=lambda _: True)
    assert list(kept.values()) == live


def test_what_is_kept_is_found_on_any_page(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "_PAGE", 2)
    write_five(database)
    windows = Windows(database)
    found = windows.find(LIVE, limit=2, topic=None, keep=lambda c: c.title < "Article 4")
    assert list(found) == [article_id(3), article_id(2)]
    found = windows.find(LIVE, limit=2, topic="AI", keep=lambda c: c.title < "Article 2")
    assert list(found) == [article_id(1)]


def test_members_come_as_they_were_stored(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "_MANY", 2)
    write_five(database)
    remove(database, 3)
    windows = Windows(database)
    for topic, expected in ((None, [1, 2, 4, 5]), ("cats", [2, 4]), ("dogs", [])):
        members = [member for page in windows.members(topic=topic) for member in page]
        assert [article for _, article in members] == [article_id(n) for n in expected]
        assert [number for number, _ in members] == sorted(number for number, _ in members)
        said = windows.contents([number for number, _ in members])
        assert [content.title for content in said.values()] == [f"Article {n}" for n in expected]


def test_the_last_removal_counts(database: Database) -> None:
    write_five(database)
    remove(database, 2)
    write(database, Plan(articles=(article_write(2, is_new=False),)), at=AT + 10 * MINUTE)
    remove(database, 2, minutes=11)
    windows = Windows(database)
    (rank,) = windows.newest(REMOVED, limit=9)
    assert windows.removals([rank.article_id]) == {article_id(2): AT + 11 * MINUTE}


def test_topics_are_all_there_ever_were(database: Database) -> None:
    write_five(database)
    for number in (2, 4):
        remove(database, number)
    windows = Windows(database)
    assert sorted(windows.topics()) == [("AI", 3), ("Cats", 0)]
    assert windows.topics(["ai", "Dogs"]) == [("AI", 3)]


def test_the_last_sequence_is_that_of_the_log(database: Database) -> None:
    assert Windows(database).last_sequence() == 0
    write_five(database)
    assert Windows(database).last_sequence() == 5


ASKED_PER_CHANGE: dict[str, Callable[[Windows], object]] = {
    "newest": lambda windows: windows.newest(LIVE, limit=9),
    "a topic's newest": lambda windows: windows.newest(LIVE, limit=9, topic="AI"),
    "places": lambda windows: windows.places([article_id(1)]),
    "load": lambda windows: windows.load([1, 2]),
    "removals": lambda windows: windows.removals([1, 2]),
    "topics": lambda windows: windows.topics(["AI"]),
    "the last sequence": lambda windows: windows.last_sequence(),
}


@pytest.mark.parametrize("what", ASKED_PER_CHANGE)
def test_what_each_change_asks_reads_no_table_whole(database: Database, what: str) -> None:
    if not database.is_sqlite:
        return  # its plans depend on how much is stored
    write_five(database)
    with statements(database) as seen:
        ASKED_PER_CHANGE[what](Windows(database))
    found = steps(database, seen)
    assert found
    whole = {step for step in found if step.startswith("SCAN ")}
    assert {step for step in whole if not step.startswith("SCAN CONSTANT ROW")} == set()
