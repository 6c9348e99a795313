"""What is owed to the endpoint ``slack``, and promises to tell it, for the store's tests."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from tests.store.plans import AT, MINUTE, new_plan
from watcher.model.delivery import (
    Attempt,
    Begun,
    Delivery,
    Finished,
    Outcome,
    Owed,
    Turn,
    Waiting,
)
from watcher.model.kinds import DeliveryState
from watcher.model.standing import EndpointStatus
from watcher.store.database import Database
from watcher.store.ledger import Ledger
from watcher.store.outbox import Outbox
from watcher.store.schema import endpoints

SLACK = "slack"


def owe_only(
    database: Database, *numbers: int, endpoint: str = SLACK, due_at: datetime = AT
) -> None:
    """New articles, each owed to one endpoint."""
    with Ledger(database).batch(AT) as batch:
        changes = batch.write(new_plan(*numbers))
        batch.owe(Owed(endpoint=endpoint, sequence=c.sequence, due_at=due_at) for c in changes)


class LeaseLost(Exception):
    """Nothing was written: somebody else had the lease since, or it was given back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """What a worker knows of the lease that it has taken."""

    endpoint: str
    owner: str
    token: int
    expires_at: datetime
    consecutive_failures: int
    next_attempt_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What a worker is to do next: the first pending delivery, or else what is due."""

    head: Delivery | None = None
    interrupted: int | None = None
    due: int = 0
    sequences: tuple[int, ...] = ()


def take_lease(
    outbox: Outbox, endpoint: str, *, owner: str, now: datetime, expires_at: datetime
) -> Lease | None:
    """The endpoint's lease; None if it is disabled, or somebody else's."""
    found = outbox.look([endpoint], owner=owner, now=now, most_due=1)
    if not found or found[0].leased_until is not None:
        return None
    turn = _turn(found[0], takes=True, lease_until=expires_at)
    if outbox.write([turn], owner=owner):
        return None
    return Lease(
        endpoint=endpoint,
        owner=owner,
        token=turn.token + 1,
        expires_at=expires_at,
        consecutive_failures=turn.consecutive_failures,
        next_attempt_at=turn.next_attempt_at,
    )


def take(outbox: Outbox, owner: str = "me", now: datetime = AT, endpoint: str = SLACK) -> Lease:
    """A lease of one minute, which must be free."""
    lease = take_lease(outbox, endpoint, owner=owner, now=now, expires_at=now + MINUTE)
    assert lease is not None
    return lease


def release_lease(outbox: Outbox, lease: Lease) -> None:
    """Give a lease back, if it is still held."""
    with suppress(LeaseLost):
        _write(outbox, lease, lease_until=None, finished=())


def postpone(outbox: Outbox, lease: Lease, *, until: datetime) -> None:
    _write(outbox, lease, next_attempt_at=until)


def _write(outbox: Outbox, lease: Lease, **changed: Any) -> None:
    """Write about an endpoint under a lease; the rest stays as it is."""
    with outbox._database.read() as connection:
        row = connection.execute(select(endpoints).where(endpoints.c.name == lease.endpoint)).one()
    if row.lease_owner != lease.owner:
        raise LeaseLost(lease.endpoint)
    values: dict[str, Any] = {
        "endpoint": lease.endpoint,
        "token": lease.token,
        "lease_until": row.lease_expires_at,
        "next_attempt_at": row.next_attempt_at,
        "consecutive_failures": row.consecutive_failures,
    }
    if outbox.write([Turn(**values | changed)], owner=lease.owner):
        raise LeaseLost(lease.endpoint)


def _turn(found: Waiting, **changed: Any) -> Turn:
    values: dict[str, Any] = {
        "endpoint": found.endpoint,
        "token": found.token,
        "next_attempt_at": found.next_attempt_at,
        "consecutive_failures": found.consecutive_failures,
    }
    return Turn(**values | changed)


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
    _write(outbox, lease, stored=(delivery,))


def freeze(outbox: Outbox, lease: Lease, delivery: Delivery, *, expires_at: datetime) -> None:
    """Store a delivery, and begin its first attempt."""
    begun = Begun(delivery=delivery, number=1, at=delivery.created_at)
    _write(outbox, lease, stored=(delivery,), begun=(begun,), lease_until=expires_at)


def waiting(outbox: Outbox, lease: Lease, *, now: datetime = AT, limit: int = 9) -> Next:
    """What the endpoint is to be sent next; nothing once it is disabled."""
    with outbox._database.read() as connection:
        row = connection.execute(select(endpoints).where(endpoints.c.name == lease.endpoint)).one()
    if (row.lease_owner, row.lease_token) != (lease.owner, lease.token):
        raise LeaseLost(lease.endpoint)
    for found in outbox.look([lease.endpoint], owner=lease.owner, now=now, most_due=9999):
        if found.heads:
            head = found.heads[0]
            interrupted = head.last_attempt if head.interrupted else None
            return Next(head=head.delivery, interrupted=interrupted)
        return Next(due=len(found.due), sequences=found.due[:limit])
    return Next()


def begin_attempt(
    outbox: Outbox, lease: Lease, delivery: str, *, at: datetime, expires_at: datetime
) -> int:
    """Begin an attempt at a delivery that is stored; the attempt's number."""
    found = outbox.look([lease.endpoint], owner=lease.owner, now=AT, most_due=1)
    heads = {head.delivery.id: head for each in found for head in each.heads}
    if delivery not in heads:
        raise LeaseLost(lease.endpoint)
    number = heads[delivery].last_attempt + 1
    begun = Begun(delivery=heads[delivery].delivery, number=number, at=at)
    _write(outbox, lease, begun=(begun,), lease_until=expires_at)
    return number


def finish_attempt(
    outbox: Outbox,
    lease: Lease,
    attempt: Attempt,
    *,
    state: DeliveryState,
    alert: str | None = None,
    **health: Any,
) -> None:
    """Record an attempt's outcome, its delivery's state, and how its endpoint is."""
    finished = (Finished(attempt=attempt, state=state),)
    alerts = () if alert is None else (alert,)
    _write(outbox, lease, finished=finished, alerts=alerts, **health)


def attempt_once(
    outbox: Outbox,
    lease: Lease,
    delivery: str,
    outcome: Outcome,
    state: DeliveryState,
    **health: Any,
) -> None:
    """One whole attempt and what became of it."""
    number = begin_attempt(outbox, lease, delivery, at=AT, expires_at=AT + MINUTE)
    attempt = Attempt(
        delivery=delivery,
        number=number,
        at=AT,
        outcome=outcome,
        error=None if outcome is Outcome.SENT else "no luck",
        elapsed=0.5,
    )
    values = {"next_attempt_at": None, "consecutive_failures": 0} | health
    finish_attempt(outbox, lease, attempt, state=state, **values)


def endpoint_status(outbox: Outbox, name: str = SLACK) -> EndpointStatus:
    return next(each for each in outbox.statuses() if each.name == name)
