"""The rows of endpoints: which there are, how they are, and who holds whose lease."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    bindparam,
    func,
    select,
    type_coerce,
)

from watcher.clock import EPOCH
from watcher.errors import UsageError
from watcher.model.kinds import DeliveryState, EndpointState
from watcher.store.alerts import alerts_due_at
from watcher.store.database import chunks
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
    """Make the rows follow the config, which says of each name whether it is enabled.

    Only rows that are otherwise are written: a config may name thousands.
    """
    known = {row.name: row for row in _ALL.rows(connection)}
    new = next_number(connection, endpoints.c.id)
    unknown = [name for name in configured if name not in known]
    added = [{"this": new + index, "of_name": name} for index, name in enumerate(unknown)]
    _ADD.run_many(connection, added)
    gone = [row.id for row in known.values() if row.configured and row.name not in configured]
    back = [row.id for row in known.values() if not row.configured and row.name in configured]
    for ids, is_there in ((gone, False), (back, True)):
        _CONFIGURE.run_many(connection, [{"this": each, "is_there": is_there} for each in ids])
    numbers = {row.name: row.id for row in known.values()}
    numbers |= {each["of_name"]: each["this"] for each in added}
    for name, enabled in configured.items():
        row = known.get(name)
        is_enabled = row is None or row.state is EndpointState.ENABLED
        if enabled and row is not None and row.disabled_reason == CONFIG:
            values = _enabled(enabled=True)
        elif not enabled and is_enabled:
            values = _enabled(enabled=False, reason=CONFIG)
        else:
            continue
        connection.execute(endpoints.update().where(endpoints.c.id == numbers[name]).values(values))


_ALL = Prepared(
    lambda: select(
        endpoints.c.id,
        endpoints.c.name,
        endpoints.c.configured,
        endpoints.c.state,
        endpoints.c.disabled_reason,
    )
)
_ADD = Prepared(
    lambda: endpoints.insert().values(
        id=bindparam("this"),
        name=bindparam("of_name"),
        configured=True,
        state=EndpointState.ENABLED,
        consecutive_failures=0,
        lease_token=0,
    )
)
_CONFIGURE = Prepared(
    lambda: (
        endpoints.update()
        .where(endpoints.c.id == bindparam("this"))
        .values(configured=bindparam("is_there"))
    )
)


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


def extend_leases(
    connection: Connection, names: Sequence[str], *, owner: str, until: datetime
) -> None:
    """Let the owner's leases of these endpoints last until then."""
    for chunk in chunks(names):
        _EXTEND.run(connection, names=chunk, owner=owner, until=until)


_EXTEND = Prepared(
    lambda: (
        endpoints.update()
        .where(
            endpoints.c.name.in_(bindparam("names", expanding=True)),
            endpoints.c.lease_owner == bindparam("owner"),
        )
        .values(lease_expires_at=bindparam("until"))
    )
)


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
