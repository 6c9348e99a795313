"""What the store can tell, in which order, and how many."""

from datetime import datetime, timedelta

import pytest

from tests.store.owing import (
    attempt_once,
    begin_attempt,
    owe,
    promise,
    store_untried,
)
from tests.store.plans import (
    AT,
    MINUTE,
    article_id,
    article_write,
    change_write,
    content,
    file_write,
    new_plan,
    seed_path,
    url,
    write,
    write_new,
)
from watcher.errors import UsageError
from watcher.model.article import Article
from watcher.model.delivery import Outcome
from watcher.model.kinds import ArticleState, ChangeKind, DeliveryState, FileState
from watcher.model.known import Plan
from watcher.store import catalogue as subject
from watcher.store.catalogue import Catalogue
from watcher.store.database import Database
from watcher.store.lists import Lists, Wanted
from watcher.store.outbox import Outbox


def numbers(articles: list[Article]) -> list[int]:
    return [int(article.content.title.removeprefix("Article ")) for article in articles]


def remove(database: Database, number: int) -> None:
    gone = article_write(number, is_new=False, state=ArticleState.REMOVED)
    write(
        database,
        Plan(
            articles=(gone,),
            files=(file_write(number, state=FileState.GONE),),
            changes=(change_write(number, ChangeKind.REMOVED),),
        ),
        at=AT + 9 * MINUTE,
    )


# ---------------------------------------------------------------- one article


@pytest.mark.parametrize(
    "reference",
    [
        article_id(1),
        article_id(1).removeprefix("urn:uuid:"),
        article_id(1)[9:13].upper(),
        article_id(1)[:20],
        url(1),
        "/seeds/1.md",
    ],
)
def test_an_article_is_found_by_any_of_its_names(database: Database, reference: str) -> None:
    write_new(database, 1, 2, 3)
    found = Catalogue(database).article(reference)
    assert found is not None
    assert found.id == article_id(1)
    assert found.content == content(1)
    assert found.paths == (seed_path(1),)


@pytest.mark.parametrize(
    "reference",
    [
        "",
        "urn:uuid:",
        article_id(1)[9:12],
        article_id(1) + "0",
        article_id(4),
        url(4),
        "/seeds/4.md",
        "/seeds",
        "/",
        "/seedsx/1.md",
        "zzzz",
        "Article 1",
    ],
)
def test_what_is_not_there_is_not_found(database: Database, reference: str) -> None:
    write_new(database, 1)
    assert Catalogue(database).article(reference) is None


def test_a_url_may_be_given_with_its_canonical_form(database: Database) -> None:
    write_new(database, 1)
    found = Catalogue(database).article(f"{url(1)}?utm_source=x", canonical=url(1))
    assert found is not None
    assert found.id == article_id(1)


def test_a_beginning_that_fits_several_is_refused(database: Database) -> None:
    ids = ["urn:uuid:abcd0000-0000-5000-8000-000000000001", "urn:uuid:abcd1"]
    plan = new_plan(1, 2)
    first, second = (article_write(number, id=each) for number, each in enumerate(ids, start=1))
    write(database, Plan(articles=(first, second), decisions=plan.decisions))
    with pytest.raises(UsageError, match="abcd is the beginning of several ids"):
        Catalogue(database).article("abcd")
    assert Catalogue(database).article("abcd1") is not None


def test_a_path_below_two_roots_is_found_in_the_one_that_knows_it(database: Database) -> None:
    write_new(database, 1)
    inner = file_write(1, at=seed_path(7, root="/seeds/inner"))
    write(database, Plan(files=(inner,)))
    found = Catalogue(database).article("/seeds/inner/7.md")
    assert found is not None
    assert found.paths == (seed_path(1), inner.at)


def test_paths_that_are_gone_are_no_longer_an_articles(database: Database) -> None:
    write_new(database, 1)
    write(
        database,
        Plan(
            files=(
                file_write(2, article=article_id(1)),
                file_write(1, state=FileState.GONE),
                file_write(3, article=article_id(1), state=FileState.MISSING),
            )
        ),
    )
    found = Catalogue(database).article(article_id(1))
    assert found is not None
    assert found.paths == (seed_path(2), seed_path(3))


def test_aliases_are_listed(database: Database) -> None:
    write_new(database, 1)
    write(database, Plan(aliases=((url(9), article_id(1)), ("https://a.example/", article_id(1)))))
    assert Catalogue(database).aliases(article_id(1)) == ("https://a.example/", url(1), url(9))
    assert Catalogue(database).aliases(article_id(2)) == ()


# ---------------------------------------------------------------- the window


def published(ago: float) -> datetime:
    return AT - timedelta(days=ago)


def test_the_newest_known_come_first_then_the_newest_published(database: Database) -> None:
    write_new(database, 1, published_at=published(3))
    write_new(database, 2, published_at=published(1))
    write_new(database, 3)  # not dated: as if published when it became known
    write_new(database, 4, published_at=published(-30))  # in the future: sorts as now
    write_new(database, 5, at=AT + MINUTE, published_at=published(1000))
    assert numbers(Catalogue(database).window(10)) == [5, 3, 4, 2, 1]
    assert numbers(Catalogue(database).window(2)) == [5, 3]
    assert numbers(Catalogue(database).window(10, topic="AI")) == [5, 3, 4, 2, 1]


def test_a_redated_article_moves_within_what_became_known_with_it(database: Database) -> None:
    write_new(database, 1, 2, published_at=published(5))
    redated = article_write(1, is_new=False, content=content(1, published_at=published(9)))
    write(database, Plan(articles=(redated,)), at=AT + MINUTE)
    assert numbers(Catalogue(database).window(10)) == [2, 1]
    assert numbers(Catalogue(database).window(10, topic="AI")) == [2, 1]


def test_removed_articles_are_not_in_the_window(database: Database) -> None:
    write_new(database, 1, 2)
    remove(database, 2)
    assert numbers(Catalogue(database).window(10)) == [1]


@pytest.mark.parametrize("topic", [None, "ai"])
def test_a_window_pages_until_enough_are_kept(
    database: Database, monkeypatch: pytest.MonkeyPatch, topic: str | None
) -> None:
    monkeypatch.setattr(subject, "_PAGE", 3)
    for number in range(1, 11):
        write_new(database, number, at=AT + (number // 4) * MINUTE, published_at=published(number))
    everything = numbers(Catalogue(database).window(99, topic=topic))
    assert everything == [8, 9, 10, 4, 5, 6, 7, 1, 2, 3]

    def is_odd(content_: object) -> bool:
        return int(str(getattr(content_, "title", "")).split()[-1]) % 2 == 1

    odd = numbers(Catalogue(database).window(4, topic=topic, keep=is_odd))
    assert odd == [9, 5, 7, 1]
    assert numbers(Catalogue(database).window(99, topic=topic, keep=lambda _: False)) == []


def test_an_empty_window(database: Database) -> None:
    write_new(database, 1)
    assert Catalogue(database).window(0) == []
    assert Catalogue(database).window(10, topic="none such") == []


# ---------------------------------------------------------------- lists


def test_articles_are_listed_newest_first_whatever_their_state(database: Database) -> None:
    for number in (1, 2, 3):
        write_new(database, number, at=AT + number * MINUTE)
    remove(database, 2)
    catalogue = Catalogue(database)
    assert numbers(catalogue.articles(limit=10)) == [3, 2, 1]
    assert numbers(catalogue.articles(limit=2)) == [3, 2]
    assert numbers(catalogue.articles(limit=9, since=AT + 2 * MINUTE)) == [3, 2]
    assert numbers(catalogue.articles(limit=9, since=AT + 2 * MINUTE, topic="AI")) == [3, 2]
    assert numbers(catalogue.articles(limit=9, state=ArticleState.REMOVED)) == [2]
    assert numbers(catalogue.articles(limit=9, state=ArticleState.LIVE, topic="AI")) == [3, 1]
    assert catalogue.articles(limit=9, topic="Law") == []


def test_changes_are_listed_newest_first(database: Database) -> None:
    for number in (1, 2, 3):
        write_new(database, number, at=AT + number * MINUTE)
    remove(database, 2)
    catalogue = Catalogue(database)
    assert [change.sequence for change in catalogue.changes(limit=10)] == [4, 3, 2, 1]
    assert [change.sequence for change in catalogue.changes(limit=2)] == [4, 3]
    since = Wanted(limit=9, since=AT + 3 * MINUTE)
    assert [c.sequence for c in Lists(database).changes(since)] == [4, 3]
    (removal,) = catalogue.changes(limit=9, kind=ChangeKind.REMOVED)
    assert (removal.article.id, removal.article.state) == (article_id(2), ArticleState.REMOVED)


def test_changes_of_one_topic_or_one_article(database: Database) -> None:
    write_new(database, 1, topics=("AI",))
    write_new(database, 2, topics=("Law",))
    remove(database, 1)
    catalogue = Catalogue(database)
    lists = Lists(database)
    assert [c.sequence for c in lists.changes(Wanted(limit=9, topic="ai"))] == [3, 1]
    assert [c.sequence for c in lists.changes(Wanted(limit=9, topic="law"))] == [2]
    assert [c.sequence for c in lists.changes(Wanted(limit=9, words="article 2"))] == [2]
    kinds = [change.kind for change in catalogue.history(article_id(1))]
    assert kinds == [ChangeKind.NEW, ChangeKind.REMOVED]
    assert catalogue.history(article_id(3)) == ()


def test_deliveries_and_attempts_are_listed(database: Database) -> None:
    lease = owe(database, 1, 2, 3)
    outbox = Outbox(database)
    for number in (1, 2, 3):
        store_untried(outbox, lease, promise(number, created_at=AT + number * MINUTE))
    attempt_once(outbox, lease, "msg_1", Outcome.THROTTLED, DeliveryState.PENDING)
    attempt_once(outbox, lease, "msg_1", Outcome.SENT, DeliveryState.SENT)
    begin_attempt(outbox, lease, "msg_2", at=AT, expires_at=AT + MINUTE)
    catalogue = Catalogue(database)
    assert [d.id for d in catalogue.deliveries(limit=2)] == ["msg_3", "msg_2"]
    lists = Lists(database)
    since = lists.deliveries(Wanted(limit=9, since=AT + 2 * MINUTE))
    assert [d.id for d in since] == ["msg_3", "msg_2"]
    (sent,) = lists.deliveries(Wanted(limit=9, states=("sent",), endpoint="slack"))
    told = lists.deliveries(Wanted(limit=9, topic="ai", words="article 3"))
    assert [d.id for d in told] == ["msg_3"]
    assert numbers(lists.articles(Wanted(limit=2, endpoint="slack"))) == [1, 2]
    assert numbers(lists.articles(Wanted(limit=9, endpoint="slack", words='"article 2"'))) == [2]
    assert lists.articles(Wanted(limit=9, endpoint="hook")) == []
    assert (sent.id, sent.attempts, sent.first_attempt_at, sent.members) == ("msg_1", 2, AT, (1,))
    assert catalogue.deliveries(limit=9, endpoint="hook") == []
    outcomes = [(a.number, a.outcome, a.error) for a in catalogue.attempts("msg_1")]
    assert outcomes == [(1, Outcome.THROTTLED, "no luck"), (2, Outcome.SENT, None)]
    (unfinished,) = catalogue.attempts("msg_2")
    assert (unfinished.outcome, unfinished.error) == (Outcome.UNKNOWN, "not finished")
    assert catalogue.attempts("msg_3") == ()


def test_it_is_known_who_was_told_of_an_article(database: Database) -> None:
    lease = owe(database, 1, 2)
    outbox = Outbox(database)
    store_untried(outbox, lease, promise(1))
    catalogue = Catalogue(database)
    (told,) = catalogue.owed_to(article_id(1))
    assert (told.endpoint, told.sequence, told.kind) == ("slack", 1, ChangeKind.NEW)
    assert (told.due_at, told.delivery, told.state) == (AT, "msg_1", DeliveryState.PENDING)
    (waiting,) = catalogue.owed_to(article_id(2))
    assert (waiting.delivery, waiting.state) == (None, None)
    assert catalogue.owed_to(article_id(3)) == ()


def test_totals(database: Database) -> None:
    empty = Catalogue(database).totals()
    assert (empty.live, empty.changes, empty.last_change_at) == (0, 0, None)
    write_new(database, 1, 2, 3)
    remove(database, 1)
    totals = Catalogue(database).totals()
    assert (totals.live, totals.removed, totals.changes) == (2, 1, 4)
    assert (totals.last_change_at, totals.quarantined, totals.dead) == (AT + 9 * MINUTE, 0, 0)
