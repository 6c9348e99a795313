"""An in-memory outbox for unit tests, exact in its fencing. It forgets everything at its end."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from watcher.errors import LeaseLost
from watcher.model.article import Change
from watcher.model.delivery import Alerts, Attempt, Delivery, Lease, Owed, Waiting
from watcher.model.kinds import DeliveryState


@dataclass(slots=True)
class EndpointRow:
    """What the store keeps of an endpoint."""

    disabled_reason: str | None = None
    next_attempt_at: datetime | None = None
    consecutive_failures: int = 0
    owner: str | None = None
    expires_at: datetime | None = None
    token: int = 0
    owed: list[Owed] = field(default_factory=list)
    frozen: set[int] = field(default_factory=set)
    deliveries: dict[str, Delivery] = field(default_factory=dict)


class FakeOutbox:
    """Satisfies :class:`watcher.notify.Outbox`; the rest is for tests to look at and set up."""

    def __init__(self, *endpoints: str) -> None:
        self.rows = {name: EndpointRow() for name in endpoints}
        self.known: dict[int, Change] = {}
        self.attempts: list[Attempt] = []
        self.alerts: list[str] = []
        self.alerts_at: datetime | None = None
        self.alerts_not_before: datetime | None = None
        self._begun: dict[str, int] = {}
        self._lock = threading.RLock()

    def owe(self, endpoint: str, *changes: Change, due_at: datetime | None = None) -> None:
        """Owe ``changes`` to an endpoint, from ``due_at`` on, else from when each happened."""
        with self._lock:
            for change in changes:
                self.known[change.sequence] = change
                self.rows[endpoint].owed.append(
                    Owed(
                        endpoint=endpoint,
                        sequence=change.sequence,
                        due_at=due_at or change.at,
                    )
                )

    def deliveries(self, endpoint: str) -> list[Delivery]:
        return list(self.rows[endpoint].deliveries.values())

    # ------------------------------------------------------------ the protocol

    def next_due(self, *, alerts_to: str | None = None) -> dict[str, datetime]:
        with self._lock:
            found = {}
            for name, row in self.rows.items():
                starts = [d.created_at for d in _pending(row)]
                starts += [o.due_at for o in row.owed if o.sequence not in row.frozen]
                starts += [self.alerts_at] if name == alerts_to and self.alerts_at else []
                if starts and row.disabled_reason is None:
                    found[name] = max(min(starts), row.next_attempt_at or min(starts))
            return found

    def take_lease(
        self, endpoint: str, *, owner: str, now: datetime, expires_at: datetime
    ) -> Lease | None:
        with self._lock:
            row = self.rows.get(endpoint)
            if row is None or row.disabled_reason is not None:
                return None
            if row.owner not in (None, owner) and row.expires_at and row.expires_at > now:
                return None
            row.owner, row.expires_at, row.token = owner, expires_at, row.token + 1
            return Lease(
                endpoint=endpoint,
                owner=owner,
                token=row.token,
                expires_at=expires_at,
                consecutive_failures=row.consecutive_failures,
                next_attempt_at=row.next_attempt_at,
            )

    def release_lease(self, lease: Lease) -> None:
        with self._lock:
            row = self.rows[lease.endpoint]
            if row.token == lease.token:
                row.owner = row.expires_at = None

    def postpone(self, lease: Lease, *, until: datetime) -> None:
        with self._lock:
            self._held(lease).next_attempt_at = until

    def look(self, lease: Lease, *, now: datetime, take: Callable[[int], int]) -> Waiting:
        with self._lock:
            row = self._held(lease)
            if row.disabled_reason is not None:
                return Waiting()
            for head in _pending(row):
                return Waiting(head=head, interrupted=self._begun.get(head.id))
            due = [o.sequence for o in row.owed if o.due_at <= now and o.sequence not in row.frozen]
            named = tuple(sorted(due)[: take(len(due))]) if due else ()
            return Waiting(due=len(due), sequences=named)

    def changes(self, sequences: Iterable[int]) -> Sequence[Change]:
        with self._lock:
            return [self.known[sequence] for sequence in sorted(sequences)]

    def freeze(self, lease: Lease, delivery: Delivery, *, expires_at: datetime) -> None:
        with self._lock:
            row = self._held(lease)
            assert not row.frozen.intersection(delivery.members), "a change goes out once"
            row.frozen.update(delivery.members)
            row.deliveries[delivery.id] = delivery
            self.begin_attempt(lease, delivery.id, at=delivery.created_at, expires_at=expires_at)

    def alerts_due_at(self) -> datetime | None:
        return self.alerts_at

    def freeze_alerts(
        self,
        lease: Lease,
        compose: Callable[[Alerts], Delivery],
        *,
        not_before: datetime,
        expires_at: datetime,
    ) -> Delivery | None:
        with self._lock:
            delivery = compose(Alerts(words=tuple(self.alerts)))
            self.freeze(lease, delivery, expires_at=expires_at)
            self.alerts, self.alerts_at, self.alerts_not_before = [], None, not_before
            return delivery

    def begin_attempt(
        self, lease: Lease, delivery: str, *, at: datetime, expires_at: datetime
    ) -> int:
        with self._lock:
            row = self._held(lease)
            row.expires_at = expires_at
            before = row.deliveries[delivery]
            number = before.attempts + 1
            row.deliveries[delivery] = replace(
                before, attempts=number, first_attempt_at=before.first_attempt_at or at
            )
            self._begun[delivery] = number
            return number

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
        with self._lock:
            row = self._held(lease)
            assert self._begun.pop(attempt.delivery) == attempt.number, "it was begun"
            self.attempts.append(attempt)
            if alert is not None:
                self.alerts.append(alert)
                self.alerts_at = max(attempt.at, self.alerts_not_before or attempt.at)
            row.deliveries[attempt.delivery] = replace(
                row.deliveries[attempt.delivery], state=state
            )
            row.next_attempt_at = next_attempt_at
            row.consecutive_failures = consecutive_failures
            row.disabled_reason = disabled_reason or row.disabled_reason

    def replace(
        self,
        lease: Lease,
        attempt: Attempt,
        delivery: Delivery,
        *,
        next_attempt_at: datetime | None,
        consecutive_failures: int,
    ) -> None:
        with self._lock:
            self.finish_attempt(
                lease,
                attempt,
                state=DeliveryState.REPLACED,
                next_attempt_at=next_attempt_at,
                consecutive_failures=consecutive_failures,
            )
            self._held(lease).deliveries[delivery.id] = delivery

    def _held(self, lease: Lease) -> EndpointRow:
        row = self.rows[lease.endpoint]
        if row.owner is None or row.token != lease.token:
            raise LeaseLost(lease.endpoint)
        return row


def _pending(row: EndpointRow) -> list[Delivery]:
    return [d for d in row.deliveries.values() if d.state is DeliveryState.PENDING]
