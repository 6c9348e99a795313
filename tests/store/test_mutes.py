"""What is muted, what that keeps back, and whom an article's first change is settled for."""

from datetime import timedelta

from tests.store.owing import SLACK, freeze, owe, promise
from tests.store.plans import AT, MINUTE, article_id, new_plan
from watcher.model.article import Change
from watcher.model.delivery import Mute, Owed, Withheld
from watcher.store.catalogue import Catalogue
from watcher.store.database import Database
from watcher.store.ledger import Ledger
from watcher.store.mutes import Mutes
from watcher.store.outbox import Outbox

RAIN = Mute(what="topic:Rain", since=AT, until=AT + MINUTE)


def always(change: Change, endpoint: str) -> bool:
    del change, endpoint
    return True


def test_a_mute_is_listed_until_it_runs_out_or_is_ended(database: Database) -> None:
    mutes = Mutes(database)
    mutes.begin(RAIN, always)
    longer = Mute(what=RAIN.what, since=AT, until=AT + 2 * MINUTE)
    mutes.begin(longer, always)
    assert mutes.all(AT + MINUTE) == (longer,)
    assert mutes.all(AT + 2 * MINUTE) == ()
    assert [mutes.end(RAIN.what), mutes.end(RAIN.what)] == [True, False]
    assert mutes.all(AT) == ()


def test_a_mute_keeps_back_what_is_owed_and_in_no_delivery(database: Database) -> None:
    lease = owe(database, 1, 2, 3)
    freeze(Outbox(database), lease, promise(1), expires_at=AT + MINUTE)
    about = Mutes(database).begin(RAIN, lambda change, _: change.sequence != 3)
    assert about == 1
    catalogue = Catalogue(database)
    assert catalogue.withheld(article_id(2)) == {(SLACK, 2): "muted: topic:Rain"}
    assert [len(catalogue.owed_to(article_id(n))) for n in (1, 2, 3)] == [1, 0, 1]


def test_what_falls_due_after_the_end_is_told(database: Database) -> None:
    owe(database, 1)
    before = Mute(what=RAIN.what, since=AT, until=AT - timedelta(microseconds=1))
    assert Mutes(database).begin(before, always) == 0


def test_the_first_change_says_for_whom_it_is_settled(database: Database) -> None:
    Outbox(database).sync({SLACK: True, "mail": True, "hook": True})
    with Ledger(database).batch(AT) as batch:
        batch.write(new_plan(1, 2))
        due = Owed(endpoint=SLACK, sequence=1, due_at=AT, late_at=AT)
        batch.owe([due])
        batch.withhold([Withheld(endpoint="mail", sequence=1, reason=RAIN.reason)])
    with Ledger(database).batch(AT + MINUTE) as batch:
        found = batch.first_changes([article_id(1), article_id(2), article_id(9)])
        assert batch.mutes(AT) == ()
        assert [a.id for a in batch.articles([2]).values()] == [article_id(2)]
    assert found.keys() == {article_id(1), article_id(2)}
    assert found[article_id(1)].endpoints == {SLACK, "mail"}
    assert (found[article_id(1)].sequence, found[article_id(1)].at) == (1, AT)
    assert found[article_id(2)].endpoints == frozenset()
    (telling,) = Catalogue(database).owed_to(article_id(1))
    assert telling.late_at == AT
