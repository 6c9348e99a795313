"""What is owed, the frozen deliveries, and the leases under which they are sent.

Each call is one short transaction; it sends nothing and decides nothing. The calls that take a
lease are fenced by its token: once somebody else had the lease, or it was given back, they write
nothing and raise LeaseLost. PostgreSQL's lock on the endpoint's row, and SQLite's one writer at a
time, put the workers of all processes in a row.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, bindparam, func, select

from watcher.errors import StoreError, UsageError
from watcher.model.article import Change
from watcher.model.delivery import Alerts, Attempt, Delivery, Lease, Waiting
from watcher.model.kinds import DeliveryState, EndpointState
from watcher.model.standing import EndpointStatus
from watcher.store.alerts import add_alert, alerts_due_at, take_alerts
from watcher.store.database import Database, chunks
from watcher.store.deliveries import (
    begin_attempt,
    finish_attempt,
    insert_attempt,
    retry_deliveries,
    unfinished_attempt,
)
from watcher.store.endpoints import (
    clear_leases,
    enable_endpoint,
    extend_lease,
    follow_clock_back,
    next_due,
    postpone_endpoint,
    record_health,
    release_lease,
    require_endpoint,
    require_lease,
    sync_endpoints,
    take_lease,
)
from watcher.store.overview import overview_in
from watcher.store.rows import DELIVERIES, delivery, load_changes
from watcher.store.schema import deliveries, owed
from watcher.store.statements import Prepared

_WAITING = owed.c.delivery_id.is_(None)
_PENDING = deliveries.c.state == DeliveryState.PENDING
_RETRIABLE = (DeliveryState.DEAD, DeliveryState.HELD)


class Outbox:
    """The endpoints with all that is to be told to them; what notify calls an outbox.

    ``is_dead`` knows of owners of leases that can no longer give them back.
    """

    def __init__(
        self, database: Database, *, is_dead: Callable[[str], bool] = lambda _: False
    ) -> None:
        self._database = database
        self._is_dead = is_dead

    # ------------------------------------------------------------ for the operator

    def sync(self, configured: Mapping[str, bool]) -> None:
        """Follow the config: the names of its endpoints, and whether it enables them.

        A name that it no longer has keeps its row and backlog and rests. What somebody else
        disabled stays so, whatever the config says.
        """
        with self._database.write(ingest=True) as connection:
            sync_endpoints(connection, configured)
            self._database.tell_others(connection)

    def statuses(self) -> tuple[EndpointStatus, ...]:
        """Every configured endpoint, and every other one that still has a backlog, by name."""
        with self._database.read() as connection:
            return overview_in(connection).endpoints()

    def follow_clock_back(self, by: timedelta, now: datetime) -> None:
        """The clock was set back to ``now``: nothing shall wait longer for that."""
        with self._database.write() as connection:
            follow_clock_back(connection, by, now)

    def set_enabled(self, name: str, *, enabled: bool, reason: str | None = None) -> None:
        """Enable an endpoint, to be tried at once, or disable it; raises UsageError if unknown."""
        with self._database.write() as connection:
            enable_endpoint(connection, name, enabled=enabled, reason=reason)
            self._database.tell_others(connection)

    def retry(
        self,
        ids: Iterable[str] = (),
        *,
        endpoint: str | None = None,
        dead: bool = False,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> int:
        """Make dead and held deliveries pending again, under the same ids; how many.

        Those with these ids, or any; of ``endpoint``, or any; made from ``since`` on and before
        ``until``; ``dead`` leaves out the held ones. Their time to give up starts anew, and what
        their endpoints waited for after failures is over. Raises UsageError for an unknown id or
        endpoint.
        """
        states = (DeliveryState.DEAD,) if dead else _RETRIABLE
        wanted: list[ColumnElement[bool]] = [deliveries.c.state.in_(states)]
        wanted += [deliveries.c.created_at >= since] if since else []
        wanted += [deliveries.c.created_at < until] if until else []
        named = sorted(set(ids))
        with self._database.write() as connection:
            if endpoint is not None:
                endpoint_id = require_endpoint(connection, endpoint)
                wanted.append(deliveries.c.endpoint_id == endpoint_id)
            _require_deliveries(connection, named)
            chosen = [[deliveries.c.id.in_(chunk)] for chunk in chunks(named)] or [[]]
            count = sum(retry_deliveries(connection, *wanted, *each) for each in chosen)
            self._database.tell_others(connection)
            return count

    def clear_leases(self) -> None:
        """End every lease: for a process that knows, by the store's lock, that it is alone."""
        with self._database.write() as connection:
            clear_leases(connection)

    # ------------------------------------------------------------ for the workers

    def next_due(self, *, alerts_to: str | None = None) -> dict[str, datetime]:
        """When each enabled endpoint next has something to do, for those that have.

        ``alerts_to`` is the endpoint that alerts are told to.
        """
        with self._database.read() as connection:
            return next_due(connection, alerts_to)

    def alerts_due_at(self) -> datetime | None:
        """When the alerts that wait are due; None if there are none."""
        with self._database.read() as connection:
            return alerts_due_at(connection)

    def take_lease(
        self, endpoint: str, *, owner: str, now: datetime, expires_at: datetime
    ) -> Lease | None:
        """The lease; None if somebody else holds it, or the endpoint is disabled or unknown."""
        with self._database.write() as connection:
            return take_lease(
                connection,
                endpoint,
                owner=owner,
                now=now,
                expires_at=expires_at,
                is_dead=self._is_dead,
            )

    def release_lease(self, lease: Lease) -> None:
        """Give the lease back; never raises LeaseLost."""
        with self._database.write() as connection:
            release_lease(connection, lease)

    def postpone(self, lease: Lease, *, until: datetime) -> None:
        """Set the endpoint's ``next_attempt_at``: what fell due before its quiet hours waits."""
        with self._database.write() as connection:
            endpoint = require_lease(connection, lease, write=True)
            postpone_endpoint(connection, endpoint.id, until)

    def look(self, lease: Lease, *, now: datetime, take: Callable[[int], int]) -> Waiting:
        """What the endpoint is to be told next; nothing once it is disabled.

        That is the pending delivery with the lowest members, else what is due, in order: the first
        ``take`` of it, which is given how many there are.
        """
        with self._database.read() as connection:
            endpoint = require_lease(connection, lease, write=False)
            if endpoint.state is EndpointState.DISABLED:
                return Waiting()
            if head := _HEAD.first(connection, endpoint=endpoint.id):
                interrupted = unfinished_attempt(connection, head.id)
                return Waiting(head=delivery(head), interrupted=interrupted)
            due = _COUNT_DUE.value(connection, endpoint=endpoint.id, now=now)
            most = take(due) if due else 0
            found = _DUE.rows(connection, endpoint=endpoint.id, now=now, most=most) if most else ()
            return Waiting(due=due, sequences=tuple(row.sequence for row in found))

    def changes(self, sequences: Iterable[int]) -> Sequence[Change]:
        """These changes in their order, each with its article's present content."""
        with self._database.read() as connection:
            return load_changes(connection, sequences)

    def freeze(self, lease: Lease, delivery: Delivery, *, expires_at: datetime) -> None:
        """Store a delivery, mark its members as being in it, and begin its first attempt.

        That attempt's number is 1, and it begins when the delivery was made. Raises StoreError, and
        stores nothing, if a member is not owed or in another delivery.
        """
        with self._database.write() as connection:
            endpoint = require_lease(connection, lease, write=True)
            _begin_first(connection, endpoint.id, delivery, expires_at)

    def freeze_alerts(
        self,
        lease: Lease,
        compose: Callable[[Alerts], Delivery],
        *,
        not_before: datetime,
        expires_at: datetime,
    ) -> Delivery | None:
        """As :meth:`freeze`, of what ``compose`` makes of all alerts that wait; None if none do.

        Whatever is added later is not due ``not_before`` then.
        """
        with self._database.write() as connection:
            endpoint = require_lease(connection, lease, write=True)
            alerts = take_alerts(connection, not_before=not_before)
            if alerts is None:
                return None
            delivery = compose(alerts)
            _begin_first(connection, endpoint.id, delivery, expires_at)
            return delivery

    def begin_attempt(
        self, lease: Lease, delivery: str, *, at: datetime, expires_at: datetime
    ) -> int:
        """Record that a further attempt starts, extend the lease over it; the attempt's number."""
        with self._database.write() as connection:
            endpoint = require_lease(connection, lease, write=True)
            extend_lease(connection, endpoint.id, expires_at)
            return begin_attempt(connection, delivery, at)

    def finish_attempt(
        self,
        lease: Lease,
        attempt: Attempt,
        *,
        state: DeliveryState,
        next_attempt_at: datetime | None,
        consecutive_failures: int,
        disabled_reason: str | None = None,
        alert: str | None = None,
    ) -> None:
        """Record an attempt's outcome, the delivery's new state, and the endpoint's.

        ``alert`` is what somebody is to be told of it.
        """
        with self._database.write() as connection:
            endpoint = require_lease(connection, lease, write=True)
            finish_attempt(connection, attempt, state)
            if alert is not None:
                add_alert(connection, alert, at=attempt.at)
            record_health(
                connection,
                endpoint.id,
                attempt,
                next_attempt_at=next_attempt_at,
                consecutive_failures=consecutive_failures,
                disabled_reason=disabled_reason,
            )

    def replace(
        self,
        lease: Lease,
        attempt: Attempt,
        delivery: Delivery,
        *,
        next_attempt_at: datetime | None,
        consecutive_failures: int,
    ) -> None:
        """Record a rejected attempt, and store ``delivery`` in place of the rejected one."""
        with self._database.write() as connection:
            endpoint = require_lease(connection, lease, write=True)
            finish_attempt(connection, attempt, DeliveryState.REPLACED)
            record_health(
                connection,
                endpoint.id,
                attempt,
                next_attempt_at=next_attempt_at,
                consecutive_failures=consecutive_failures,
                disabled_reason=None,
            )
            connection.execute(deliveries.insert().values(delivery_row(delivery, endpoint.id)))
            inside = (owed.c.endpoint_id == endpoint.id, owed.c.delivery_id == attempt.delivery)
            moved = owed.update().where(*inside).values(delivery_id=delivery.id)
            for chunk in chunks(delivery.members):
                connection.execute(moved.where(owed.c.sequence.in_(chunk)))


def _begin_first(
    connection: Connection, endpoint_id: int, delivery: Delivery, expires_at: datetime
) -> None:
    """Store a delivery as one whose first attempt begins."""
    at = delivery.created_at
    freeze_delivery(connection, endpoint_id, replace(delivery, attempts=1, first_attempt_at=at))
    insert_attempt(connection, delivery.id, 1, at)
    extend_lease(connection, endpoint_id, expires_at)


def freeze_delivery(connection: Connection, endpoint_id: int, delivery: Delivery) -> None:
    """Store a delivery, and mark its members as being in it; raises StoreError as ``freeze``."""
    _INSERT.run(connection, **delivery_row(delivery, endpoint_id))
    marked = sum(
        _MARK.run(connection, endpoint=endpoint_id, members=chunk, into=delivery.id)
        for chunk in chunks(delivery.members)
    )
    if marked != len(delivery.members):
        raise StoreError(
            f"delivery {delivery.id}: some of its changes are not waiting to be told to "
            f"{delivery.endpoint}"
        )


_HEAD = Prepared(
    lambda: (
        DELIVERIES.where(deliveries.c.endpoint_id == bindparam("endpoint"), _PENDING)
        .order_by(deliveries.c.first_member, deliveries.c.created_at, deliveries.c.id)
        .limit(1)
    )
)
_DUE_NOW = (
    owed.c.endpoint_id == bindparam("endpoint"), _WAITING, owed.c.due_at <= bindparam("now"),
)  # fmt: skip
_COUNT_DUE = Prepared(lambda: select(func.count().label("due")).select_from(owed).where(*_DUE_NOW))
_DUE = Prepared(
    lambda: (
        select(owed.c.sequence).where(*_DUE_NOW).order_by(owed.c.sequence).limit(bindparam("most"))
    )
)
_INSERT = Prepared(
    lambda: deliveries.insert().values(
        {column.name: bindparam(column.name) for column in deliveries.c}
    )
)
_MARK = Prepared(
    lambda: (
        owed.update()
        .where(
            owed.c.endpoint_id == bindparam("endpoint"),
            _WAITING,
            owed.c.sequence.in_(bindparam("members", expanding=True)),
        )
        .values(delivery_id=bindparam("into"))
    )
)


def _require_deliveries(connection: Connection, ids: Sequence[str]) -> None:
    known = {
        found
        for chunk in chunks(ids)
        for found in connection.scalars(select(deliveries.c.id).where(deliveries.c.id.in_(chunk)))
    }
    unknown = [each for each in ids if each not in known]
    if unknown:
        raise UsageError(f"there is no delivery {', '.join(unknown)}")


def delivery_row(delivery: Delivery, endpoint_id: int) -> dict[str, object]:
    """A delivery as its row."""
    return {
        "id": delivery.id,
        "endpoint_id": endpoint_id,
        "state": delivery.state,
        "first_member": min(delivery.members, default=0),
        "created_at": delivery.created_at,
        "first_attempt_at": delivery.first_attempt_at,
        "attempts": delivery.attempts,
        "content_type": delivery.content_type,
        "members": delivery.members,
        "body": delivery.body,
    }
