"""Topics follow their articles, and count the live ones."""

from tests.store.plans import AT, article_write, content, write, write_new
from watcher.model.kinds import ArticleState
from watcher.model.known import Plan
from watcher.store.catalogue import Catalogue
from watcher.store.database import Database


def rewrite(database: Database, number: int, *topics: str, state: str = "live") -> None:
    changed = article_write(
        number,
        is_new=False,
        state=ArticleState(state),
        content=content(number, topics=topics),
    )
    write(database, Plan(articles=(changed,)), at=AT)


def titles(database: Database, topic: str) -> set[str]:
    return {article.content.title for article in Catalogue(database).window(10, topic=topic)}


def test_each_topic_lists_and_counts_its_articles(database: Database) -> None:
    write_new(database, 1, topics=("AI", "Gesundheit 👍"))
    write_new(database, 2, 3, topics=("AI",))
    write_new(database, 4, topics=())
    assert Catalogue(database).topics() == [("AI", 3), ("Gesundheit 👍", 1)]
    assert titles(database, "Gesundheit 👍") == {"Article 1"}
    assert titles(database, "AI") == {"Article 1", "Article 2", "Article 3"}
    assert titles(database, "no such topic") == set()


def test_letter_case_makes_no_other_topic(database: Database) -> None:
    write_new(database, 1, topics=("STRASSE", "straße", "Ai"))
    write_new(database, 2, topics=("AI",))
    assert Catalogue(database).topics() == [("Ai", 2), ("STRASSE", 1)]
    assert titles(database, "ai") == {"Article 1", "Article 2"}


def test_topics_of_any_length(database: Database) -> None:
    long = "long " * 3000
    write_new(database, 1, topics=(long,))
    assert titles(database, long) == {"Article 1"}


def test_an_article_that_changes_its_topics_moves(database: Database) -> None:
    write_new(database, 1, 2, topics=("AI", "Law"))
    rewrite(database, 1, "Law", "Art")
    assert Catalogue(database).topics() == [("AI", 1), ("Art", 1), ("Law", 2)]
    assert titles(database, "AI") == {"Article 2"}
    rewrite(database, 2)
    assert Catalogue(database).topics() == [("Art", 1), ("Law", 1)]


def test_a_removed_article_leaves_its_topics_until_it_returns(database: Database) -> None:
    write_new(database, 1, topics=("AI",))
    rewrite(database, 1, "AI", state="removed")
    assert Catalogue(database).topics() == []
    assert titles(database, "AI") == set()
    removed = Catalogue(database).articles(limit=10, topic="AI", state=ArticleState.REMOVED)
    assert [article.content.title for article in removed] == ["Article 1"]
    rewrite(database, 1, "AI")
    assert Catalogue(database).topics() == [("AI", 1)]
