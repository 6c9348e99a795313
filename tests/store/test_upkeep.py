"""Housekeeping deletes what is no longer needed, and nothing else."""

from tests.store.owing import attempt_once, owe, promise
from tests.store.plans import AT, MINUTE
from watcher.model import DeliveryState, Outcome
from watcher.store import Catalogue, Database, Outbox, Pruned, Upkeep


def test_old_attempts_and_bodies_of_sent_deliveries_go(database: Database) -> None:
    lease = owe(database, 1, 2, 3)
    outbox = Outbox(database)
    for number, (outcome, state) in enumerate(
        [(Outcome.SENT, DeliveryState.SENT), (Outcome.REJECTED, DeliveryState.DEAD)], 1
    ):
        outbox.freeze(lease, promise(number))
        attempt_once(outbox, lease, f"msg_{number}", outcome, state)
    outbox.freeze(lease, promise(3))
    upkeep = Upkeep(database)
    assert upkeep.prune(attempts_before=AT, deliveries_before=AT) == Pruned(attempts=0, bodies=0)
    later = AT + MINUTE
    pruned = upkeep.prune(attempts_before=later, deliveries_before=later)
    assert pruned == Pruned(attempts=1, bodies=1)
    catalogue = Catalogue(database)
    bodies = {delivery.id: delivery.body for delivery in catalogue.deliveries(limit=10)}
    assert bodies == {"msg_1": b"", "msg_2": b"body of 2", "msg_3": b"body of 3"}
    assert len(catalogue.attempts("msg_1")) == 0
    assert len(catalogue.attempts("msg_2")) == 1
    again = upkeep.prune(attempts_before=later, deliveries_before=later)
    assert again == Pruned(attempts=0, bodies=0)
    (telling,) = catalogue.owed_to(catalogue.changes(limit=3)[-1].article.id)
    assert (telling.delivery, telling.state) == ("msg_1", DeliveryState.SENT)


def test_old_deliveries_of_no_change_go_whole(database: Database) -> None:
    lease = owe(database, 1)
    outbox = Outbox(database)
    for name, state in (("sent", DeliveryState.SENT), ("dead", DeliveryState.DEAD)):
        outbox.freeze(lease, promise(id=name))
        attempt_once(outbox, lease, name, Outcome.SENT, state)
    outbox.freeze(lease, promise(id="waiting"))
    later = AT + MINUTE
    Upkeep(database).prune(attempts_before=AT, deliveries_before=later)
    assert len(Catalogue(database).deliveries(limit=9)) == 3
    Upkeep(database).prune(attempts_before=later, deliveries_before=later)
    assert {d.id for d in Catalogue(database).deliveries(limit=9)} == {"dead", "waiting"}


def test_facts_are_noted_and_replaced(database: Database) -> None:
    upkeep = Upkeep(database)
    assert upkeep.fact("ingest_version") is None
    upkeep.note("ingest_version", "1")
    upkeep.note("ingest_version", "2 👍")
    assert upkeep.fact("ingest_version") == "2 👍"
