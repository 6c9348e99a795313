"""Owed changes, frozen deliveries, and the leases under which they are sent.

Each call is one short transaction; it sends nothing and decides nothing. What is written about an
endpoint is fenced by the token of its lease: once somebody else had it, or it was given back,
nothing is written. PostgreSQL's locks on the endpoints' rows, and SQLite's one writer at a time,
put the workers of all processes in a row.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import ColumnElement, Connection, select

from watcher.errors import UsageError
from watcher.model.article import Change
from watcher.model.delivery import Alerts, Delivery, Turn, Waiting
from watcher.model.kinds import DeliveryState
from watcher.model.node import partition_of
from watcher.model.standing import EndpointStatus
from watcher.store.alerts import alerts_due_at, take_alerts
from watcher.store.database import Database, chunks
from watcher.store.deliveries import delivery_row, retry_deliveries
from watcher.store.endpoints import (
    clear_leases,
    enable_endpoint,
    extend_leases,
    follow_clock_back,
    next_due,
    require_endpoint,
    sync_endpoints,
)
from watcher.store.overview import overview_in
from watcher.store.partitions import epochs_in
from watcher.store.rows import load_changes
from watcher.store.schema import deliveries
from watcher.store.stories import name_others
from watcher.store.turns import look, write_turns

_RETRIABLE = (DeliveryState.DEAD, DeliveryState.HELD)


class Ownership(Protocol):
    """Which endpoints this node may work on now, where the nodes of a cluster divide them."""

    def owned(self, endpoints: Collection[str]) -> list[str]:
        """Those that are ours. The rest is asked for: it comes to us, or to another node."""

    def epoch(self, endpoint: str) -> int | None:
        """The epoch under which an endpoint's partition is ours; None if it is not."""

    def note_written(self, turns: Sequence[Turn], lost: Collection[str]) -> None:
        """These turns were written, but for those of endpoints that were lost."""


class Outbox:
    """The endpoints with their work; implements notify's outbox.

    ``is_dead`` knows of owners of leases that can no longer give them back. ``ownership`` says, in
    a cluster, what is ours; elsewhere each endpoint's lease alone does.
    """

    def __init__(
        self,
        database: Database,
        *,
        is_dead: Callable[[str], bool] = lambda _: False,
        ownership: Ownership | None = None,
    ) -> None:
        self._database = database
        self._is_dead = is_dead
        self._ownership = ownership

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

    def look(
        self, endpoints: Collection[str], *, owner: str, now: datetime, most_due: int
    ) -> list[Waiting]:
        """The work that waits for each of these endpoints, without disabled ones.

        That are its first pending deliveries, by their lowest members, and at most ``most_due`` of
        the changes that are due.
        """
        if self._ownership is not None:
            endpoints = self._ownership.owned(endpoints)
            if not endpoints:
                return []
        with self._database.read() as connection:
            return look(
                connection,
                sorted(endpoints),
                owner=owner,
                now=now,
                most_due=most_due,
                is_dead=self._is_dead,
            )

    def changes(self, sequences: Iterable[int]) -> Sequence[Change]:
        """These changes in their order, each with its article's present content.

        New ones name the other outlets that have their story.
        """
        with self._database.read() as connection:
            return name_others(connection, load_changes(connection, sequences))

    def write(self, turns: Sequence[Turn], *, owner: str) -> set[str]:
        """Write all of these in one transaction. Returns the endpoints whose lease was lost.

        Nothing is written about those. Raises StoreError, and writes nothing, if a member of a
        new delivery is not owed or in another one.
        """
        if self._ownership is None:
            with self._database.write() as connection:
                return write_turns(connection, turns, owner)
        with self._database.write() as connection:
            fenced = fence(connection, turns, self._ownership.epoch)
            rest = [turn for turn in turns if turn.endpoint not in fenced]
            lost = fenced | write_turns(connection, rest, owner)
        self._ownership.note_written(turns, lost)
        return lost

    def may_send(self, endpoint: str) -> bool:
        """False if an endpoint in hand was lost to another node, as far as is known here."""
        return self._ownership is None or self._ownership.epoch(endpoint) is not None

    def extend(self, endpoints: Collection[str], *, owner: str, until: datetime) -> None:
        """Let the owner's leases of these endpoints last until then."""
        with self._database.write() as connection:
            extend_leases(connection, sorted(endpoints), owner=owner, until=until)

    def store_alerts(
        self, endpoint: str, compose: Callable[[Alerts], Delivery], *, not_before: datetime
    ) -> None:
        """Store what ``compose`` makes of all alerts that wait, if any do, as a delivery.

        Whatever is added later is not due ``not_before`` then.
        """
        with self._database.write() as connection:
            alerts = take_alerts(connection, not_before=not_before)
            if alerts is not None:
                row = delivery_row(compose(alerts), require_endpoint(connection, endpoint))
                connection.execute(deliveries.insert().values(row))


def fence(
    connection: Connection, turns: Sequence[Turn], epoch: Callable[[str], int | None]
) -> set[str]:
    """The endpoints among these whose partition is no longer ours, until the transaction ends."""
    ours = {turn.endpoint: epoch(turn.endpoint) for turn in turns}
    held = epochs_in(connection, {partition_of(name) for name in ours})
    return {n for n, was in ours.items() if was is None or held.get(partition_of(n)) != was}


def _require_deliveries(connection: Connection, ids: Sequence[str]) -> None:
    known = {
        found
        for chunk in chunks(ids)
        for found in connection.scalars(select(deliveries.c.id).where(deliveries.c.id.in_(chunk)))
    }
    unknown = [each for each in ids if each not in known]
    if unknown:
        raise UsageError(f"there is no delivery {', '.join(unknown)}")
