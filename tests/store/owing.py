"""What is owed to the endpoint ``slack``, and promises to tell it, for the store's tests."""

from datetime import datetime
from typing import Any

from tests.store.plans import AT, MINUTE, new_plan
from watcher.model.delivery import Attempt, Delivery, Lease, Outcome, Owed, Waiting
from watcher.model.kinds import DeliveryState
from watcher.model.standing import EndpointStatus
from watcher.store.database import Database
from watcher.store.endpoints import require_lease
from watcher.store.ledger import Ledger
from watcher.store.outbox import Outbox, freeze_delivery

SLACK = "slack"


def owe_only(
    database: Database, *numbers: int, endpoint: str = SLACK, due_at: datetime = AT
) -> None:
    """New articles, each owed to one endpoint."""
    with Ledger(database).batch(AT) as batch:
        changes = batch.write(new_plan(*numbers))
        batch.owe(Owed(endpoint=endpoint, sequence=c.sequence, due_at=due_at) for c in changes)


def take(outbox: Outbox, owner: str = "me", now: datetime = AT, endpoint: str = SLACK) -> Lease:
    """A lease of one minute, which must be free."""
    lease = outbox.take_lease(endpoint, owner=owner, now=now, expires_at=now + MINUTE)
    assert lease is not None
    return lease


def owe(database: Database, *numbers: int) -> Lease:
    """New articles, each owed to ``slack`` from now on, and the lease of it."""
    outbox = Outbox(database)
    outbox.sync({SLACK: True})
    owe_only(database, *numbers)
    return take(outbox)


def promise(*members: int, **changed: Any) -> Delivery:
    """A delivery of these changes."""
    name = members[0] if members else "none"
    values: dict[str, Any] = {
        "id": f"msg_{name}",
        "endpoint": SLACK,
        "body": f"body of {name}".encode(),
        "content_type": "application/json",
        "members": members,
        "created_at": AT,
    }
    return Delivery(**values | changed)


def store_untried(outbox: Outbox, lease: Lease, delivery: Delivery) -> None:
    """A delivery that waits for its first attempt, as one that replaces another does."""
    with outbox._database.write() as connection:
        endpoint = require_lease(connection, lease, write=True)
        freeze_delivery(connection, endpoint.id, delivery)


def waiting(outbox: Outbox, lease: Lease, *, now: datetime = AT, limit: int = 9) -> Waiting:
    """What the endpoint is to be told next."""
    return outbox.look(lease, now=now, take=lambda count: min(count, limit))


def attempt_once(
    outbox: Outbox,
    lease: Lease,
    delivery: str,
    outcome: Outcome,
    state: DeliveryState,
    **health: Any,
) -> None:
    """One whole attempt and what became of it."""
    number = outbox.begin_attempt(lease, delivery, at=AT, expires_at=AT + MINUTE)
    attempt = Attempt(
        delivery=delivery,
        number=number,
        at=AT,
        outcome=outcome,
        error=None if outcome is Outcome.SENT else "no luck",
        elapsed=0.5,
    )
    values = {"next_attempt_at": None, "consecutive_failures": 0} | health
    outbox.finish_attempt(lease, attempt, state=state, **values)


def endpoint_status(outbox: Outbox, name: str = SLACK) -> EndpointStatus:
    return next(each for each in outbox.statuses() if each.name == name)
