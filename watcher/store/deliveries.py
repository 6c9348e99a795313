"""The rows of attempts, and what each of them does to its delivery's row."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, func, select

from watcher.model.delivery import Attempt
from watcher.model.kinds import DeliveryState
from watcher.store.columns import Moment
from watcher.store.schema import attempts, deliveries, endpoints
from watcher.store.statements import Prepared


def begin_attempt(connection: Connection, delivery: str, at: datetime) -> int:
    """Record that an attempt starts; its number, which grows through the delivery's whole life."""
    number = (_LAST.value(connection, delivery=delivery) or 0) + 1
    insert_attempt(connection, delivery, number, at)
    _TRIED.run(connection, delivery=delivery, began_at=at)
    return number


def insert_attempt(connection: Connection, delivery: str, number: int, at: datetime) -> None:
    """The row of an attempt that starts; nothing is done to its delivery's."""
    _INSERT.run(connection, delivery=delivery, number=number, began_at=at)


def unfinished_attempt(connection: Connection, delivery: str) -> int | None:
    """The number of the first attempt that has no outcome."""
    number: int | None = _UNFINISHED.value(connection, delivery=delivery)
    return number


def finish_attempt(connection: Connection, attempt: Attempt, state: DeliveryState) -> None:
    """Record an attempt's outcome and its delivery's new state."""
    _FINISH.run(
        connection,
        delivery=attempt.delivery,
        this=attempt.number,
        was=attempt.outcome,
        answer=attempt.status,
        why=attempt.error,
        wait=attempt.retry_after,
        took=attempt.elapsed,
    )
    _BECOME.run(connection, delivery=attempt.delivery, is_now=state)


_OF_DELIVERY = attempts.c.delivery_id == bindparam("delivery")
_DELIVERY = deliveries.update().where(deliveries.c.id == bindparam("delivery"))
_LAST = Prepared(lambda: select(func.max(attempts.c.number)).where(_OF_DELIVERY))
_UNFINISHED = Prepared(
    lambda: select(func.min(attempts.c.number)).where(_OF_DELIVERY, attempts.c.outcome.is_(None))
)
_INSERT = Prepared(
    lambda: attempts.insert().values(
        delivery_id=bindparam("delivery"),
        number=bindparam("number"),
        at=bindparam("began_at"),
        elapsed=0.0,
    )
)
_TRIED = Prepared(
    lambda: _DELIVERY.values(
        attempts=deliveries.c.attempts + 1,
        first_attempt_at=func.coalesce(
            deliveries.c.first_attempt_at, bindparam("began_at", type_=Moment)
        ),
    )
)
_FINISH = Prepared(
    lambda: (
        attempts.update()
        .where(_OF_DELIVERY, attempts.c.number == bindparam("this"))
        .values(
            outcome=bindparam("was"),
            status=bindparam("answer"),
            error=bindparam("why"),
            retry_after=bindparam("wait"),
            elapsed=bindparam("took"),
        )
    )
)
_BECOME = Prepared(lambda: _DELIVERY.values(state=bindparam("is_now")))


def retry_deliveries(connection: Connection, *wanted: ColumnElement[bool]) -> int:
    """Make the wanted deliveries pending again, as if never tried; how many.

    Their endpoints wait no longer for what failed before; for their rate they still do.
    """
    theirs = endpoints.c.id.in_(select(deliveries.c.endpoint_id).where(*wanted))
    failing = endpoints.update().where(theirs, endpoints.c.consecutive_failures > 0)
    connection.execute(failing.values(next_attempt_at=None))
    fresh = {"state": DeliveryState.PENDING, "attempts": 0, "first_attempt_at": None}
    return connection.execute(deliveries.update().where(*wanted).values(fresh)).rowcount
