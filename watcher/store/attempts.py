"""The rows of attempts, and what each of them does to its delivery's row."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from watcher.model import Attempt, DeliveryState
from watcher.store.schema import attempts, deliveries, endpoints


def begin_attempt(connection: Connection, delivery: str, at: datetime) -> int:
    """Record that an attempt starts; its number, which grows through the delivery's whole life."""
    last = select(func.max(attempts.c.number)).where(attempts.c.delivery_id == delivery)
    number = (connection.scalar(last) or 0) + 1
    connection.execute(attempts.insert().values(delivery_id=delivery, number=number, at=at))
    this = deliveries.update().where(deliveries.c.id == delivery)
    connection.execute(this.values(attempts=deliveries.c.attempts + 1))
    first = this.where(deliveries.c.first_attempt_at.is_(None))
    connection.execute(first.values(first_attempt_at=at))
    return number


def unfinished_attempt(connection: Connection, delivery: str) -> int | None:
    """The number of the first attempt that has no outcome."""
    this = (attempts.c.delivery_id == delivery, attempts.c.outcome.is_(None))
    number: int | None = connection.scalar(select(func.min(attempts.c.number)).where(*this))
    return number


def finish_attempt(connection: Connection, attempt: Attempt, state: DeliveryState) -> None:
    """Record an attempt's outcome and its delivery's new state."""
    this = (attempts.c.delivery_id == attempt.delivery, attempts.c.number == attempt.number)
    outcome = {
        "outcome": attempt.outcome,
        "status": attempt.status,
        "error": attempt.error,
        "retry_after": attempt.retry_after,
        "elapsed": attempt.elapsed,
    }
    connection.execute(attempts.update().where(*this).values(outcome))
    connection.execute(
        deliveries.update().where(deliveries.c.id == attempt.delivery).values(state=state)
    )


def retry_deliveries(connection: Connection, *wanted: ColumnElement[bool]) -> int:
    """Make the wanted deliveries pending again, as if never tried; how many.

    Their endpoints wait no longer for what failed before; for their rate they still do.
    """
    theirs = endpoints.c.id.in_(select(deliveries.c.endpoint_id).where(*wanted))
    failing = endpoints.update().where(theirs, endpoints.c.consecutive_failures > 0)
    connection.execute(failing.values(next_attempt_at=None))
    fresh = {"state": DeliveryState.PENDING, "attempts": 0, "first_attempt_at": None}
    return connection.execute(deliveries.update().where(*wanted).values(fresh)).rowcount
