"""Pruning deletes what is old and needed no more; identity and what is owed it leaves alone."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.store.owing import attempt_once, owe, owe_only, promise, store_untried, take, waiting
from tests.store.plans import AT, MINUTE
from watcher.model import DeliveryState, Lease, Outcome
from watcher.store import Catalogue, Cutoffs, Database, Ledger, Outbox, Pruned, Upkeep, schema

NOTHING = Pruned(attempts=0, bodies=0, changes=0, deliveries=0, texts=0)
LATER = AT + MINUTE
EVERYTHING = Cutoffs(attempts=LATER, deliveries=LATER, changes=LATER, removed=LATER)


def cutoffs(**changed: object) -> Cutoffs:
    long_ago = AT - timedelta(days=1)
    every = dict.fromkeys(("attempts", "deliveries", "changes", "removed"), long_ago)
    return Cutoffs(**every | changed)  # type: ignore[arg-type]  # datetimes all


@pytest.fixture
def upkeep(database: Database) -> Upkeep:
    return Upkeep(database)


def tell(database: Database, lease: Lease, number: int, outcome: Outcome) -> None:
    outbox = Outbox(database)
    store_untried(outbox, lease, promise(number))
    state = DeliveryState.SENT if outcome is Outcome.SENT else DeliveryState.DEAD
    attempt_once(outbox, lease, f"msg_{number}", outcome, state)


def sequences(database: Database) -> list[int]:
    return [change.sequence for change in Catalogue(database).changes(limit=100)]


def test_attempts_and_bodies_of_what_was_sent_go(database: Database, upkeep: Upkeep) -> None:
    lease = owe(database, 1, 2, 3)
    tell(database, lease, 1, Outcome.SENT)
    tell(database, lease, 2, Outcome.REJECTED)
    store_untried(Outbox(database), lease, promise(3))
    assert upkeep.prune(cutoffs()) == NOTHING
    before = cutoffs(attempts=LATER, deliveries=LATER)
    pruned = upkeep.prune(before)
    assert (pruned.attempts, pruned.bodies) == (1, 1)
    catalogue = Catalogue(database)
    bodies = {delivery.id: delivery.body for delivery in catalogue.deliveries(limit=10)}
    assert bodies == {"msg_1": b"", "msg_2": b"body of 2", "msg_3": b"body of 3"}
    assert len(catalogue.attempts("msg_1")) == 0
    assert len(catalogue.attempts("msg_2")) == 1
    assert upkeep.prune(before) == NOTHING
    (telling,) = catalogue.owed_to(catalogue.changes(limit=3)[-1].article.id)
    assert (telling.delivery, telling.state) == ("msg_1", DeliveryState.SENT)


def test_changes_go_when_everybody_was_told(database: Database, upkeep: Upkeep) -> None:
    lease = owe(database, 1, 2, 3, 4, 5)
    tell(database, lease, 1, Outcome.SENT)
    tell(database, lease, 2, Outcome.REJECTED)
    store_untried(Outbox(database), lease, promise(3))
    pruned = upkeep.prune(EVERYTHING)
    assert (pruned.changes, pruned.deliveries) == (1, 1)
    assert sequences(database) == [5, 4, 3, 2]
    assert {each.id for each in Catalogue(database).deliveries(limit=9)} == {"msg_2", "msg_3"}


def test_a_dead_letter_can_be_sent_again_after_it(database: Database, upkeep: Upkeep) -> None:
    lease = owe(database, 1, 2)
    tell(database, lease, 1, Outcome.REJECTED)
    upkeep.prune(EVERYTHING)
    outbox = Outbox(database)
    assert outbox.retry(["msg_1"]) == 1
    head = waiting(outbox, lease).head
    assert head is not None
    assert (head.id, head.body, head.members) == ("msg_1", b"body of 1", (1,))


def test_no_number_comes_twice(database: Database, upkeep: Upkeep) -> None:
    lease = owe(database, 1, 2)
    for number in (1, 2):
        tell(database, lease, number, Outcome.SENT)
    upkeep.prune(EVERYTHING)
    assert sequences(database) == [2]
    Outbox(database).release_lease(lease)
    owe_only(database, 3)
    assert sequences(database) == [3, 2]
    assert waiting(Outbox(database), take(Outbox(database))).due == 1


def test_what_is_known_stays(database: Database, upkeep: Upkeep) -> None:
    lease = owe(database, 1)
    tell(database, lease, 1, Outcome.SENT)
    owe_only(database, 2)

    def count() -> list[int]:
        with database.read() as connection:
            return [
                connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in (schema.articles, schema.aliases, schema.revisions, schema.files)
            ]

    before = count()
    assert upkeep.prune(EVERYTHING).changes == 1
    assert count() == before


def test_a_rehearsal_counts_and_deletes_nothing(database: Database, upkeep: Upkeep) -> None:
    lease = owe(database, 1, 2)
    tell(database, lease, 1, Outcome.SENT)
    rehearsed = upkeep.prune(EVERYTHING, rehearse=True)
    assert sequences(database) == [2, 1]
    assert upkeep.prune(EVERYTHING) == rehearsed != NOTHING


def test_an_empty_store_has_nothing_to_prune(upkeep: Upkeep) -> None:
    assert upkeep.prune(EVERYTHING) == NOTHING


def test_pruning_waits_for_no_reader(database: Database, upkeep: Upkeep) -> None:
    lease = owe(database, 1, 2)
    tell(database, lease, 1, Outcome.SENT)
    with database.read() as connection:
        connection.execute(select(schema.changes)).all()
        assert upkeep.prune(EVERYTHING).changes == 1
    with Ledger(database).batch(AT):
        pass


def test_old_deliveries_of_no_change_go_whole(database: Database, upkeep: Upkeep) -> None:
    lease = owe(database, 1)
    outbox = Outbox(database)
    for name, state in (("sent", DeliveryState.SENT), ("dead", DeliveryState.DEAD)):
        store_untried(outbox, lease, promise(id=name))
        attempt_once(outbox, lease, name, Outcome.SENT, state)
    store_untried(outbox, lease, promise(id="waiting"))
    later = AT + MINUTE
    upkeep.prune(cutoffs(deliveries=later))
    assert len(Catalogue(database).deliveries(limit=9)) == 3
    upkeep.prune(cutoffs(attempts=later, deliveries=later))
    assert {d.id for d in Catalogue(database).deliveries(limit=9)} == {"dead", "waiting"}
