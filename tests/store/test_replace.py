"""A rejected delivery's changes go into another one: all at once, fenced, and told once."""

import pytest

from tests.store.owing import (
    SLACK,
    Lease,
    LeaseLost,
    attempt_once,
    begin_attempt,
    endpoint_status,
    finish_attempt,
    owe,
    promise,
    store_untried,
    take,
    waiting,
)
from tests.store.plans import AT, MINUTE
from watcher.model.delivery import Attempt, Delivery, Outcome
from watcher.model.kinds import DeliveryState
from watcher.store.catalogue import Catalogue
from watcher.store.database import Database
from watcher.store.housekeeping import Cutoffs, Upkeep
from watcher.store.outbox import Outbox

LIGHTER = promise(1, 2, id="msg_lighter", body=b"without pictures", created_at=AT + MINUTE)


def replace(outbox: Outbox, lease: Lease, delivery: Delivery = LIGHTER) -> None:
    attempt = Attempt(
        delivery="msg_1", number=1, at=AT, outcome=Outcome.REJECTED, error="HTTP 400", elapsed=0.5
    )
    finish_attempt(
        outbox,
        lease,
        attempt,
        state=DeliveryState.REPLACED,
        stored=(delivery,),
        replaces=(("msg_1", delivery.id),),
        next_attempt_at=AT + MINUTE,
    )


def begin(database: Database) -> tuple[Outbox, Lease]:
    lease, outbox = owe(database, 1, 2, 3), Outbox(database)
    store_untried(outbox, lease, promise(1, 2))
    store_untried(outbox, lease, promise(3))
    begin_attempt(outbox, lease, "msg_1", at=AT, expires_at=AT + MINUTE)
    return outbox, lease


def test_the_changes_go_into_the_new_delivery_which_is_next(database: Database) -> None:
    outbox, lease = begin(database)
    replace(outbox, lease)
    assert waiting(outbox, lease).head == LIGHTER
    assert waiting(outbox, lease).interrupted is None
    catalogue = Catalogue(database)
    states = {delivery.id: delivery.state for delivery in catalogue.deliveries(limit=9)}
    assert states == {
        "msg_1": DeliveryState.REPLACED,
        "msg_lighter": DeliveryState.PENDING,
        "msg_3": DeliveryState.PENDING,
    }
    [attempt] = catalogue.attempts("msg_1")
    assert (attempt.outcome, attempt.error) == (Outcome.REJECTED, "HTTP 400")
    told = [
        telling.delivery
        for change in catalogue.changes(limit=9)
        for telling in catalogue.owed_to(change.article.id)
    ]
    assert sorted(map(str, told)) == ["msg_3", "msg_lighter", "msg_lighter"]
    status = endpoint_status(outbox)
    assert (status.owed, status.pending, status.dead) == (0, 2, 0)
    assert (status.next_attempt_at, status.last_error) == (AT + MINUTE, "HTTP 400")


def test_what_was_replaced_is_no_dead_letter(database: Database) -> None:
    outbox, lease = begin(database)
    replace(outbox, lease)
    assert outbox.retry(["msg_1"]) == 0
    assert outbox.retry(endpoint=SLACK) == 0
    assert outbox.retry(dead=True) == 0


def test_its_body_and_attempts_go_with_those_of_what_was_sent(database: Database) -> None:
    outbox, lease = begin(database)
    replace(outbox, lease)
    attempt_once(outbox, lease, "msg_lighter", Outcome.SENT, DeliveryState.SENT)
    later = AT + 2 * MINUTE
    before = Cutoffs(attempts=later, deliveries=later, changes=AT, removed=AT)
    pruned = Upkeep(database).prune(before)
    assert (pruned.attempts, pruned.bodies) == (2, 2)


def test_a_late_worker_replaces_nothing(database: Database) -> None:
    outbox, late = begin(database)
    take(outbox, "b", now=AT + 60 * MINUTE)
    before = Catalogue(database).deliveries(limit=9)
    with pytest.raises(LeaseLost):
        replace(outbox, late)
    assert Catalogue(database).deliveries(limit=9) == before


def test_it_is_all_or_nothing(database: Database) -> None:
    outbox, lease = begin(database)
    before = Catalogue(database).deliveries(limit=9)
    with pytest.raises(Exception, match=r"(?i)unique"):
        replace(outbox, lease, promise(1, 2, id="msg_3"))
    assert Catalogue(database).deliveries(limit=9) == before
    assert waiting(outbox, lease).interrupted == 1
