"""What delivering needs of the store, as a protocol; the store's outbox is one.

Every call is one short transaction. Calls that take a lease are fenced: they raise
:class:`~watcher.errors.LeaseLost`, and write nothing, when the lease is no longer held under its
token.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from watcher.model.article import Change
from watcher.model.delivery import Alerts, Attempt, Delivery, Lease, Waiting
from watcher.model.kinds import DeliveryState


class Outbox(Protocol):
    """Owed changes, frozen deliveries and the leases under which they are sent."""

    def next_due(self, *, alerts_to: str | None = None) -> dict[str, datetime]:
        """When each enabled endpoint next has something to do, for those that have.

        That is the later of its ``next_attempt_at`` and the earliest of: a pending delivery
        (at once), an owed change's due time; for ``alerts_to``, that of the alerts that wait.
        """

    def alerts_due_at(self) -> datetime | None:
        """When the alerts that wait are due; None if there are none."""

    def take_lease(
        self, endpoint: str, *, owner: str, now: datetime, expires_at: datetime
    ) -> Lease | None:
        """The endpoint's lease; None if somebody else holds it, or it is disabled or unknown."""

    def release_lease(self, lease: Lease) -> None:
        """Give the lease back. Never raises LeaseLost: a lost lease is given back already."""

    def postpone(self, lease: Lease, *, until: datetime) -> None:
        """Set the endpoint's ``next_attempt_at``: what fell due before its quiet hours waits."""

    def look(self, lease: Lease, *, now: datetime, take: Callable[[int], int]) -> Waiting:
        """What the endpoint is to be told next; nothing once it is disabled.

        ``take`` says how many of so many changes that are due are to be named.
        """

    def changes(self, sequences: Iterable[int]) -> Sequence[Change]:
        """These changes in their order, each with its article's present content."""

    def freeze(self, lease: Lease, delivery: Delivery, *, expires_at: datetime) -> None:
        """Store a delivery, mark its members as being in it, and begin its first attempt.

        That attempt's number is 1, and it begins when the delivery was made.
        """

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

    def begin_attempt(
        self, lease: Lease, delivery: str, *, at: datetime, expires_at: datetime
    ) -> int:
        """Record that a further attempt starts, extend the lease over it; the attempt's number."""

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

        ``disabled_reason`` disables the endpoint; its pending delivery and backlog stay. ``alert``
        is what somebody is to be told of it: from the same moment on it waits for that.
        """

    def replace(
        self,
        lease: Lease,
        attempt: Attempt,
        delivery: Delivery,
        *,
        next_attempt_at: datetime | None,
        consecutive_failures: int,
    ) -> None:
        """Record an attempt that was rejected, and store ``delivery`` in place of the rejected one.

        The changes that were in the one are in the other from now on; the first becomes
        ``replaced``, which is not a dead letter, for nothing of it is left to send.
        """
