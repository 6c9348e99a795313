"""The rows of endpoints: which there are, how they are, and who holds whose lease."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    bindparam,
    func,
    select,
    type_coerce,
)

from watcher.clock import EPOCH
from watcher.errors import LeaseLost, UsageError
from watcher.model.delivery import Attempt, Lease, Outcome
from watcher.model.kinds import DeliveryState, EndpointState
from watcher.store.alerts import alerts_due_at
from watcher.store.columns import Moment
from watcher.store.rows import next_number
from watcher.store.schema import deliveries, endpoints, owed
from watcher.store.statements import Prepared

CONFIG = "config"
"""Why an endpoint is disabled that the config disables."""


def endpoint_ids(connection: Connection) -> dict[str, int]:
    """All endpoints that the store has ever had, by name."""
    return {row.name: row.id for row in _IDS.rows(connection)}


_IDS = Prepared(lambda: select(endpoints.c.name, endpoints.c.id))


def require_endpoint(connection: Connection, name: str) -> int:
    """An endpoint's integer id; raises UsageError with the names that there are."""
    known = endpoint_ids(connection)
    if name not in known:
        names = ", ".join(sorted(known)) or "none"
        raise UsageError(f"there is no endpoint {name}; there is: {names}")
    return known[name]


# ---------------------------------------------------------------- what the config says


def sync_endpoints(connection: Connection, configured: Mapping[str, bool]) -> None:
    """Make the rows follow the config, which says of each name whether it is enabled."""
    known = endpoint_ids(connection)
    connection.execute(endpoints.update().values(configured=False))
    new = next_number(connection, endpoints.c.id)
    for name, enabled in configured.items():
        if name not in known:
            row = {"id": new, "name": name, "state": EndpointState.ENABLED}
            connection.execute(endpoints.insert().values(row | {"configured": True}))
            new += 1
        this = endpoints.update().where(endpoints.c.name == name)
        connection.execute(this.values(configured=True))
        if enabled:
            by_config = endpoints.c.disabled_reason == CONFIG
            connection.execute(this.where(by_config).values(_enabled(enabled=True)))
        else:
            was_enabled = endpoints.c.state == EndpointState.ENABLED
            off = _enabled(enabled=False, reason=CONFIG)
            connection.execute(this.where(was_enabled).values(off))


def enable_endpoint(
    connection: Connection, name: str, *, enabled: bool, reason: str | None
) -> None:
    """Enable or disable; enabling also ends the wait after earlier failures."""
    this = endpoints.update().where(endpoints.c.id == require_endpoint(connection, name))
    connection.execute(this.values(_enabled(enabled=enabled, reason=reason)))


def _enabled(*, enabled: bool, reason: str | None = None) -> dict[str, Any]:
    if not enabled:
        return {"state": EndpointState.DISABLED, "disabled_reason": reason}
    return {
        "state": EndpointState.ENABLED,
        "disabled_reason": None,
        "next_attempt_at": None,
        "consecutive_failures": 0,
    }


# ---------------------------------------------------------------- leases


def take_lease(
    connection: Connection,
    name: str,
    *,
    owner: str,
    now: datetime,
    expires_at: datetime,
    is_dead: Callable[[str], bool],
) -> Lease | None:
    """The lease under its next token, unless somebody else holds it or nothing may be sent.

    What an owner holds that ``is_dead`` is free before it expires.
    """
    row = _BY_NAME.first(connection, of_name=name)
    if row is None or not row.configured or row.state is not EndpointState.ENABLED:
        return None
    is_free = row.lease_owner in (None, owner) or row.lease_expires_at <= now
    if not is_free and not is_dead(row.lease_owner):
        return None
    token = row.lease_token + 1
    _LEASE.run(connection, this=row.id, owner=owner, token=token, until=expires_at)
    return Lease(
        endpoint=name,
        owner=owner,
        token=token,
        expires_at=expires_at,
        consecutive_failures=row.consecutive_failures,
        next_attempt_at=row.next_attempt_at,
    )


def extend_lease(connection: Connection, endpoint_id: int, expires_at: datetime) -> None:
    """Let a lease that was just required last until ``expires_at``."""
    _EXTEND.run(connection, this=endpoint_id, until=expires_at)


def postpone_endpoint(connection: Connection, endpoint_id: int, until: datetime) -> None:
    """Send nothing to an endpoint whose lease was just required before ``until``."""
    this = endpoints.update().where(endpoints.c.id == endpoint_id)
    connection.execute(this.values(next_attempt_at=until))


def release_lease(connection: Connection, lease: Lease) -> None:
    """Give a lease back; one that is lost is given back already."""
    _RELEASE.run(connection, of_name=lease.endpoint, token=lease.token)


def clear_leases(connection: Connection) -> None:
    """Take every lease away, whoever holds it."""
    connection.execute(endpoints.update().values(lease_owner=None, lease_expires_at=None))


def follow_clock_back(connection: Connection, by: timedelta, now: datetime) -> None:
    """Have what waits for a moment wait no longer than before the clock was set back to ``now``."""
    for moment in (endpoints.c.next_attempt_at, endpoints.c.lease_expires_at):
        earlier = type_coerce(moment, BigInteger) - by // timedelta(microseconds=1)
        connection.execute(endpoints.update().where(moment > now).values({moment.name: earlier}))
    was_due = owed.update().where(
        owed.c.delivery_id.is_(None), owed.c.due_at > now, owed.c.due_at <= now + by
    )
    connection.execute(was_due.values(due_at=now))


def require_lease(connection: Connection, lease: Lease, *, write: bool) -> Any:
    """The endpoint's id and state, its row locked for a ``write``; raises LeaseLost."""
    statement = _HOLD_LOCKED if write else _HOLD
    row = statement.first(connection, of_name=lease.endpoint, token=lease.token)
    if row is None:
        raise LeaseLost(lease.endpoint)
    return row


_NAMED = endpoints.c.name == bindparam("of_name")
_HELD: tuple[ColumnElement[bool], ...] = (
    _NAMED,
    endpoints.c.lease_token == bindparam("token"),
    # The token alone would still fit after the lease was given back.
    endpoints.c.lease_owner.is_not(None),
)
_THIS = endpoints.update().where(endpoints.c.id == bindparam("this"))
_BY_NAME = Prepared(lambda: select(endpoints).where(_NAMED).with_for_update(key_share=True))
_HOLD = Prepared(lambda: select(endpoints.c.id, endpoints.c.state).where(*_HELD))
_HOLD_LOCKED = Prepared(
    lambda: select(endpoints.c.id, endpoints.c.state).where(*_HELD).with_for_update(key_share=True)
)
_LEASE = Prepared(
    lambda: _THIS.values(
        lease_owner=bindparam("owner"),
        lease_token=bindparam("token"),
        lease_expires_at=bindparam("until"),
    )
)
_EXTEND = Prepared(lambda: _THIS.values(lease_expires_at=bindparam("until")))
_RELEASE = Prepared(
    lambda: endpoints.update().where(*_HELD).values(lease_owner=None, lease_expires_at=None)
)


# ---------------------------------------------------------------- how they are


def next_due(connection: Connection, alerts_to: str | None) -> dict[str, datetime]:
    """When each enabled endpoint next has something to do, for those that have."""
    due = {}
    alerts_at = alerts_due_at(connection) if alerts_to else None
    for row in _NEXT_DUE.rows(connection):
        alert_at = alerts_at if row.name == alerts_to else None
        waiting = [at for at in (row.pending_at, row.due_at, alert_at) if at is not None]
        if waiting:
            due[row.name] = max(min(waiting), row.next_attempt_at or EPOCH)
    return due


def record_health(
    connection: Connection,
    endpoint_id: int,
    attempt: Attempt,
    *,
    next_attempt_at: datetime | None,
    consecutive_failures: int,
    disabled_reason: str | None,
) -> None:
    """What an attempt says about its endpoint; a ``disabled_reason`` disables it."""
    sent = attempt.outcome is Outcome.SENT
    _HEALTH.run(
        connection,
        this=endpoint_id,
        attempt_at=next_attempt_at,
        failures=consecutive_failures,
        error=None if sent else _error(attempt),
        success_at=attempt.at if sent else None,
    )
    if disabled_reason is not None:
        this = endpoints.update().where(endpoints.c.id == endpoint_id)
        connection.execute(this.values(_enabled(enabled=False, reason=disabled_reason)))


_HEALTH = Prepared(
    lambda: _THIS.values(
        next_attempt_at=bindparam("attempt_at"),
        consecutive_failures=bindparam("failures"),
        last_error=bindparam("error"),
        last_success_at=func.coalesce(
            bindparam("success_at", type_=Moment), endpoints.c.last_success_at
        ),
    )
)


def _error(attempt: Attempt) -> str:
    answered = f"HTTP status {attempt.status}" if attempt.status is not None else None
    return attempt.error or answered or attempt.outcome.value


_WAITING = (owed.c.endpoint_id == endpoints.c.id, owed.c.delivery_id.is_(None))
_DUE_AT = select(func.min(owed.c.due_at)).where(*_WAITING).scalar_subquery()
_PENDING_AT = (
    select(func.min(deliveries.c.created_at))
    .where(deliveries.c.endpoint_id == endpoints.c.id, deliveries.c.state == DeliveryState.PENDING)
    .scalar_subquery()
)
_NEXT_DUE = Prepared(
    lambda: select(
        endpoints.c.name,
        endpoints.c.next_attempt_at,
        _PENDING_AT.label("pending_at"),
        _DUE_AT.label("due_at"),
    ).where(endpoints.c.configured, endpoints.c.state == EndpointState.ENABLED)
)
