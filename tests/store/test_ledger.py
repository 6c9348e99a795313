"""One batch: what is known before it, what it writes, and how it is numbered."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.store.plans import (
    AT,
    MINUTE,
    UNUSABLE,
    article_id,
    article_write,
    change_write,
    content,
    file_write,
    new_plan,
    seed_path,
    signature,
    url,
    write,
    write_new,
)
from watcher.errors import StoreUnavailable, UsageError
from watcher.model.delivery import Owed
from watcher.model.kinds import ArticleState, ChangeKind, FileState
from watcher.model.known import Known, KnownArticle, KnownFile, Plan, RevisionWrite, Sought
from watcher.model.seed import SeedPath
from watcher.store.catalogue import Catalogue
from watcher.store.database import Database
from watcher.store.export import empty_store
from watcher.store.ledger import Ledger
from watcher.store.outbox import Outbox

LATER = AT + MINUTE


def known(database: Database, paths: Sequence[SeedPath] = (), urls: Sequence[str] = ()) -> Known:
    with Ledger(database).batch(AT) as batch:
        return batch.known(Sought(paths=frozenset(paths), aliases=frozenset(urls)))


def known_file(database: Database, number: int = 1) -> KnownFile:
    return known(database, [seed_path(number)]).files[seed_path(number)]


def owe_to_nobody(database: Database, *numbers: int) -> None:
    """A batch that fails after its plan was written."""
    with Ledger(database).batch(AT) as batch:
        batch.write(new_plan(*numbers))
        batch.owe([Owed(endpoint="nobody", sequence=1, due_at=AT)])


# ---------------------------------------------------------------- known


def test_an_empty_store_knows_nothing(database: Database) -> None:
    found = known(database, [seed_path(1)], [url(1)])
    assert (found.files, found.aliases, found.articles) == ({}, {}, {})


def test_a_path_leads_to_its_file_and_article(database: Database) -> None:
    write_new(database, 1, 2)
    found = known(database, [seed_path(1), seed_path(7)])
    file = KnownFile(
        at=seed_path(1),
        order=1,
        state=FileState.PRESENT,
        signature=signature(1),
        trusted=True,
        digest=(1).to_bytes(16, "big"),
        article=article_id(1),
    )
    assert found.files == {seed_path(1): file}
    assert found.articles == {
        article_id(1): KnownArticle(
            id=article_id(1),
            state=ArticleState.LIVE,
            content=content(1),
            fingerprint="1:1",
            fingerprints=frozenset({"1:1"}),
            updates=0,
            files=(file,),
        )
    }


def test_a_url_leads_to_its_owner_with_all_its_files(database: Database) -> None:
    write_new(database, 1)
    second = seed_path(1, root="/other")
    write(database, Plan(files=(file_write(1, at=second),)))
    found = known(database, urls=[url(1), url(2)])
    assert found.files == {}
    assert found.aliases == {url(1): article_id(1)}
    assert [file.at for file in found.articles[article_id(1)].files] == [seed_path(1), second]


def test_all_fingerprints_ever_seen_are_known(database: Database) -> None:
    write_new(database, 1)
    again = RevisionWrite(article=article_id(1), fingerprint="1:1")
    other = RevisionWrite(article=article_id(1), fingerprint="1:other")
    write(database, Plan(revisions=(other, again)), at=LATER)
    article = known(database, [seed_path(1)]).articles[article_id(1)]
    assert article.fingerprints == {"1:1", "1:other"}
    times = [(r.fingerprint, r.first_seen_at) for r in Catalogue(database).revisions(article.id)]
    assert times == [("1:1", AT), ("1:other", LATER)]


def test_a_large_batch_is_known_whole(database: Database) -> None:
    numbers = range(1, 1202)
    write_new(database, *numbers)
    found = known(database, [seed_path(n) for n in numbers], [url(n) for n in numbers])
    assert len(found.files) == len(found.aliases) == len(found.articles) == 1201
    assert found.articles[article_id(777)].content == content(777)


def test_a_quarantined_file_of_no_article_is_known(database: Database) -> None:
    write(database, Plan(files=(file_write(1, article=None, problem=UNUSABLE),)))
    assert known_file(database).problem == UNUSABLE
    assert known_file(database).article is None


def test_names_that_are_not_text_and_urls_of_any_length(database: Database) -> None:
    name = SeedPath(root="/caf\udce9", path="\udcff/👍.md")
    long = url(1) + "?q=" + "é" * 20_000
    plan = new_plan(1)
    write(
        database, replace(plan, files=(file_write(1, at=name),), aliases=((long, article_id(1)),))
    )
    found = known(database, [name], [long])
    assert found.files[name].at == name
    assert found.aliases == {long: article_id(1)}


# ---------------------------------------------------------------- files


def test_a_file_keeps_its_place_in_its_article(database: Database) -> None:
    write_new(database, 1, 2)
    write(database, Plan(files=(file_write(1, state=FileState.GONE),)))
    write(database, Plan(files=(file_write(2, article=article_id(1)),)))
    write(database, Plan(files=(file_write(1),)))
    files = known(database, [seed_path(1)]).articles[article_id(1)].files
    assert [file.at for file in files] == [seed_path(1), seed_path(2)]


def test_a_file_that_comes_to_another_article_is_its_last(database: Database) -> None:
    write_new(database, 1, 2)
    write(database, Plan(files=(file_write(1, article=article_id(2)),)))
    files = known(database, [seed_path(1)]).articles[article_id(2)].files
    assert [file.at for file in files] == [seed_path(2), seed_path(1)]


def test_a_forgotten_file_is_seen_for_the_first_time_again(database: Database) -> None:
    write_new(database, 1, 2)
    write(database, Plan(files=(file_write(1, forget=True), file_write(9, forget=True))))
    assert seed_path(1) not in known(database, [seed_path(1)]).files
    write(database, Plan(files=(file_write(1),)))
    assert known_file(database).order == 3


def missing_since(database: Database, state: FileState, at: datetime) -> datetime | None:
    write(database, Plan(files=(file_write(1, state=state),)), at=at)
    return known_file(database).missing_since


def test_missing_since_is_when_it_went(database: Database) -> None:
    write_new(database, 1)
    assert known_file(database).missing_since is None
    assert missing_since(database, FileState.MISSING, LATER) == LATER
    assert missing_since(database, FileState.MISSING, LATER + MINUTE) == LATER
    assert missing_since(database, FileState.GONE, LATER + MINUTE) == LATER
    assert missing_since(database, FileState.PRESENT, LATER + MINUTE) is None
    assert missing_since(database, FileState.MISSING, LATER + 2 * MINUTE) == LATER + 2 * MINUTE


# ---------------------------------------------------------------- articles


def test_an_article_keeps_when_it_was_first_seen(database: Database) -> None:
    write_new(database, 1)
    refreshed = article_write(1, is_new=False, content=content(1, heat=5.0))
    write(database, Plan(articles=(refreshed,)), at=LATER)
    article = Catalogue(database).article(article_id(1))
    assert article is not None
    assert (article.first_seen_at, article.updated_at) == (AT, AT)
    assert article.content.heat == 5.0


def test_a_revised_article_moves_its_time(database: Database) -> None:
    write_new(database, 1)
    revised = article_write(1, is_new=False, revised=True, fingerprint="1:b", updates=1)
    write(database, Plan(articles=(revised,)), at=LATER)
    article = Catalogue(database).article(article_id(1))
    assert article is not None
    assert (article.first_seen_at, article.updated_at) == (AT, LATER)
    found = known(database, [seed_path(1)]).articles[article_id(1)]
    assert (found.fingerprint, found.updates) == ("1:b", 1)


def test_an_id_is_given_once(database: Database) -> None:
    write_new(database, 1)
    with pytest.raises(StoreUnavailable):
        write_new(database, 2, 1)
    assert Catalogue(database).totals().live == 1


def test_the_first_owner_keeps_a_url(database: Database) -> None:
    write_new(database, 1, 2)
    write(database, Plan(aliases=((url(1), article_id(2)), (url(3), article_id(2)))))
    assert known(database, urls=[url(1), url(3)]).aliases == {
        url(1): article_id(1),
        url(3): article_id(2),
    }


# ---------------------------------------------------------------- changes


def test_changes_are_numbered_densely_in_order(database: Database) -> None:
    first = write_new(database, 5, 3)
    second = write(database, Plan(changes=(change_write(3, ChangeKind.REMOVED),)), at=LATER)
    assert [(c.sequence, c.kind, c.article.id) for c in (*first, *second)] == [
        (1, ChangeKind.NEW, article_id(5)),
        (2, ChangeKind.NEW, article_id(3)),
        (3, ChangeKind.REMOVED, article_id(3)),
    ]
    assert [change.at for change in second] == [LATER]


def test_a_batch_that_fails_takes_no_number(database: Database) -> None:
    with pytest.raises(UsageError):
        owe_to_nobody(database, 1)
    assert [change.sequence for change in write_new(database, 1)] == [1]


def test_a_change_comes_with_its_article_as_written(database: Database) -> None:
    (new,) = write_new(database, 1)
    assert new.article.content == content(1)
    assert new.article.paths == (seed_path(1),)
    revised = article_write(1, is_new=False, revised=True, content=content(1, title="B"))
    plan = Plan(articles=(revised,), changes=(change_write(1, ChangeKind.UPDATED),))
    (updated,) = write(database, plan, at=LATER)
    assert updated.article.content.title == "B"
    assert (updated.article.first_seen_at, updated.article.updated_at) == (AT, LATER)
    assert Catalogue(database).changes(limit=1) == [updated]


def test_changes_of_a_baseline_are_marked(database: Database) -> None:
    with Ledger(database).batch(AT, baseline=True) as batch:
        (change,) = batch.write(new_plan(1))
    assert change.baseline
    assert Catalogue(database).changes(limit=1) == [change]
    assert not write_new(database, 2)[0].baseline


def test_several_plans_in_one_batch(database: Database) -> None:
    with Ledger(database).batch(AT) as batch:
        batch.write(new_plan(1))
        assert article_id(1) in batch.known(Sought(paths=frozenset([seed_path(1)]))).articles
        (change,) = batch.write(new_plan(2))
    assert change.sequence == 2


# ---------------------------------------------------------------- owing


def test_changes_are_owed_once_in_the_same_transaction(database: Database) -> None:
    Outbox(database).sync({"slack": True, "hook": True})
    with Ledger(database).batch(AT) as batch:
        changes = batch.write(new_plan(1, 2))
        items = [Owed(endpoint="slack", sequence=c.sequence, due_at=LATER) for c in changes]
        batch.owe(items)
        batch.owe([replace(items[0], due_at=AT), Owed(endpoint="hook", sequence=2, due_at=AT)])
    backlog = {status.name: status.owed for status in Outbox(database).statuses()}
    assert backlog == {"hook": 1, "slack": 2}
    assert Outbox(database).next_due() == {"slack": LATER, "hook": AT}


def test_owing_to_a_stranger_writes_nothing(database: Database) -> None:
    with pytest.raises(UsageError, match="nobody"):
        owe_to_nobody(database, 1)
    assert Catalogue(database).changes(limit=10) == []


def test_in_a_baseline_each_article_is_as_old_as_it_says_itself(database: Database) -> None:
    """So a rebuilt store says the same; and no two articles say one moment."""
    said = AT - timedelta(days=300)
    numbers = range(1, 51)
    for published_at in (said, None, AT + timedelta(days=1)):
        with database.write() as connection:
            empty_store(connection)
        with Ledger(database).batch(AT, baseline=True) as batch:
            changes = batch.write(new_plan(*numbers, published_at=published_at))
        moments = {change.article.updated_at for change in changes}
        wanted = min(published_at or AT, AT).replace(microsecond=0)
        assert {moment.replace(microsecond=0) for moment in moments} == {wanted}
        assert len(moments) == len(numbers)
        stored = Catalogue(database).window(100)
        assert {article.updated_at for article in stored} == moments
    assert len({moment.microsecond for moment in moments}) == len(numbers)


def test_a_seeds_own_modification_counts_before_its_publication(database: Database) -> None:
    published_at, modified_at = AT - timedelta(days=300), AT - timedelta(days=9)
    plan = new_plan(1, published_at=published_at, modified_at=modified_at)
    with Ledger(database).batch(AT, baseline=True) as batch:
        (change,) = batch.write(plan)
    assert change.article.updated_at.replace(microsecond=0) == modified_at.replace(microsecond=0)


def test_afterwards_an_article_is_as_old_as_its_last_change(database: Database) -> None:
    with Ledger(database).batch(AT) as batch:
        changes = batch.write(new_plan(1, 2, 3, published_at=AT - timedelta(days=300)))
    moments = [change.article.updated_at for change in changes]
    assert moments == [AT + timedelta(microseconds=n) for n in range(3)]
