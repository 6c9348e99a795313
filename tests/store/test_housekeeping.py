"""Pruning deletes what is old and needed no more; identity and what is owed it leaves alone."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import event, func, select

from tests.store.owing import (
    Lease,
    attempt_once,
    owe,
    owe_only,
    promise,
    release_lease,
    store_untried,
    take,
    waiting,
)
from tests.store.plans import AT, MINUTE, write_new
from watcher.model.delivery import Outcome
from watcher.model.kinds import DeliveryState
from watcher.store import housekeeping as pruning
from watcher.store import schema
from watcher.store.catalogue import Catalogue
from watcher.store.database import Database
from watcher.store.housekeeping import Cutoffs, Pruned, Upkeep
from watcher.store.ledger import Ledger
from watcher.store.outbox import Outbox

NOTHING = Pruned(attempts=0, bodies=0, changes=0, deliveries=0, texts=0)
LATER = AT + MINUTE
EVERYTHING = Cutoffs(attempts=LATER, deliveries=LATER, changes=LATER, removed=LATER)


def cutoffs(**changed: object) -> Cutoffs:
    long_ago = AT - timedelta(days=1)
    every = dict.fromkeys(("attempts", "deliveries", "changes", "removed"), long_ago)
    return Cutoffs(**every | changed)  # type: ignore[arg-type]  # datetimes all


@pytest.fixture(params=[1, pruning.AT_ONCE])
def upkeep(
    database: Database, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Upkeep:
    """However few rows a transaction goes through, it comes to the same."""
    monkeypatch.setattr(pruning, "AT_ONCE", request.param)
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
    release_lease(Outbox(database), lease)
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


class Killed(Exception):
    """Stands for a process that is killed between two transactions."""


def test_others_write_while_it_prunes(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "AT_ONCE", 2)
    numbers = range(1, 10)
    lease = owe(database, *numbers)
    for number in numbers:
        tell(database, lease, number, Outcome.SENT)
    other = Database.open(database.url.render_as_string(hide_password=False))
    written: list[float] = []

    def write(seconds: float) -> None:
        with Ledger(other).batch(AT):
            written.append(seconds)

    try:
        pruned = Upkeep(database).prune(EVERYTHING, pause=write)
    finally:
        other.close()
    assert pruned == Pruned(attempts=9, bodies=9, changes=8, deliveries=8)
    assert len(written) > len(numbers)


def test_one_that_is_killed_leaves_what_the_next_one_goes_on_with(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "AT_ONCE", 1)
    lease = owe(database, 1, 2, 3, 4)
    for number in (1, 2, 3):
        tell(database, lease, number, Outcome.SENT)
    upkeep = Upkeep(database)
    kills = 0

    def kill(_: float) -> None:
        raise Killed

    while True:
        try:
            upkeep.prune(EVERYTHING, pause=kill)
        except Killed:
            kills += 1
            change = Catalogue(database).changes(limit=1)[0]
            assert [each.sequence for each in Catalogue(database).changes(limit=1)] == [4]
            assert Catalogue(database).owed_to(change.article.id)
            assert waiting(Outbox(database), lease).due == 1
        else:
            break
    assert kills > len((1, 2, 3))
    assert sequences(database) == [4]
    assert Catalogue(database).deliveries(limit=9) == []


def remember_told(database: Database, count: int) -> None:
    """So many articles that were told, each in a delivery of its own; every second one is dead."""
    write_new(database, *range(count))
    sequences = range(1, count + 1)
    states = (DeliveryState.DEAD, DeliveryState.SENT)
    told = [
        {
            "id": f"msg_{sequence}",
            "endpoint_id": 1,
            "state": states[sequence % 2],
            "first_member": sequence,
            "created_at": AT + timedelta(microseconds=sequence),
            "content_type": "text/plain",
            "members": (sequence,),
            "body": b"body",
        }
        for sequence in sequences
    ]
    of_them = [
        {"sequence": sequence, "endpoint_id": 1, "due_at": AT, "delivery_id": f"msg_{sequence}"}
        for sequence in sequences
    ]
    Outbox(database).sync({"hook": True})
    with database.write() as connection:
        connection.execute(schema.deliveries.insert(), told)
        connection.execute(schema.owed.insert(), of_them)


def count_steps(database: Database, work: Callable[[], object]) -> int:
    """How many steps SQLite's machine takes for some work, in hundreds."""
    taken = 0

    def step() -> None:
        nonlocal taken
        taken += 1

    def watch(connection: sqlite3.Connection, *_: object) -> None:
        connection.set_progress_handler(step, 100)

    event.listen(database._engine, "checkout", watch)
    work()
    event.remove(database._engine, "checkout", watch)
    return taken


def test_what_it_costs_grows_with_what_goes_and_no_faster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "AT_ONCE", 50)
    costs = []
    for count in (300, 1200):
        database = Database.open(str(tmp_path / f"{count}.db"))
        remember_told(database, count)
        costs.append(count_steps(database, partial(Upkeep(database).prune, EVERYTHING, pause=bool)))
        assert len(Catalogue(database).deliveries(limit=2000)) == count // 2
        database.close()
    assert costs[0] > 100
    assert costs[1] < 5 * costs[0]
