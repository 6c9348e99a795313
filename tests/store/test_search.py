"""What is found by which words, in which order, on both engines."""

# ruff: noqa: RUF001  # other scripts are what this is about

from datetime import timedelta

import pytest

from tests.store.plans import AT, MINUTE, article_id, article_write, content, new_plan
from watcher.model.kinds import ArticleState
from watcher.model.known import Plan
from watcher.store.catalogue import Catalogue
from watcher.store.database import Database
from watcher.store.export import empty_store, export_lines, import_lines
from watcher.store.ledger import Ledger

TITLES = {
    1: "Rain and wind over the North Sea",
    2: "Budget: the mayor’s plan for housing",
    3: "東京都の新しい計画",
    4: "Überraschung in Zürich: Café schließt",
    5: "한국어 뉴스 기사",
    6: "दिल्ली में बारिश",
    7: "ข่าวฝนตกหนักในกรุงเทพ",
    8: "Новости о дожде",
    9: "Covid-19 and C++ in 2024",
    10: "A recall of cars",
}


@pytest.fixture
def catalogue(database: Database) -> Catalogue:
    for number, title in TITLES.items():
        with Ledger(database).batch(AT + number * MINUTE) as batch:
            summary = "It was about the wind." if number == 10 else ""
            batch.write(new_plan(number, title=title, summary=summary, topics=("AI",)))
    return Catalogue(database)


def found(catalogue: Catalogue, words: str, **more: object) -> list[int]:
    numbers = {article_id(number): number for number in TITLES}
    articles = catalogue.search(words, limit=50, **more)  # type: ignore[arg-type]
    return [numbers[article.id] for article in articles]


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("rain", [1]),
        ("RAIN sea", [1]),
        ("rain budget", []),
        ('"north sea"', [1]),
        ('"sea north"', []),
        ("hous*", [2]),
        ("hous", [2]),  # no article has the word: it is taken for a beginning
        ("mayor's", [2]),
        ("東京", [3]),
        ("京都", [3]),
        ("計画", [3]),
        ("都", [3]),
        ("新しい計画", [3]),
        ("計東", []),
        ("uberraschung", [4]),
        ("ZÜRICH café", [4]),
        ("schliesst", [4]),
        ("뉴스", [5]),
        ("बारिश", [6]),
        ("ฝนตก", [7]),
        ("дожде", [8]),
        ("covid-19", [9]),
        ("c++ 2024", [9]),
        ("recall*", [10]),
        ("", []),
        ("'; DROP TABLE articles --", []),
        ("title:rain OR NOT ( * ^", []),
        ("\0 % %x ?", []),
        ("rain " * 50_000, [1]),
        ("雨 a " * 50_000, []),
    ],
)
def test_words_find_articles_in_any_script(
    catalogue: Catalogue, words: str, numbers: list[int]
) -> None:
    assert found(catalogue, words) == numbers


def test_a_word_of_the_title_counts_more_than_one_of_the_text(catalogue: Catalogue) -> None:
    assert found(catalogue, "wind") == [1, 10]
    assert found(catalogue, "wind", state=ArticleState.LIVE, topic="ai") == [1, 10]
    assert found(catalogue, "wind", since=AT + 2 * MINUTE) == [10]
    assert found(catalogue, "wind", topic="Rain") == []
    assert [a.id for a in catalogue.search("wind", limit=1, offset=1)] == [article_id(10)]


def test_an_article_is_found_by_what_it_says_now(database: Database, catalogue: Catalogue) -> None:
    write = article_write(1, content=content(1, title="Snow"), is_new=False)
    with Ledger(database).batch(AT + timedelta(hours=1)) as batch:
        batch.write(Plan(articles=(write,)))
    assert found(catalogue, "rain") == []
    assert found(catalogue, "snow") == [1]


def test_an_import_can_be_searched(database: Database, catalogue: Catalogue) -> None:
    with database.read() as connection:
        lines = list(export_lines(connection))
    with database.write() as connection:
        empty_store(connection)
    assert found(catalogue, "rain") == []
    with database.write() as connection:
        import_lines(connection, lines)
    assert found(catalogue, "rain") == [1]
