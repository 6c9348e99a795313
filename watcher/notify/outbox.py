"""The store as delivery needs it, as a protocol; the store's outbox implements it.

Every call is one short transaction. What is written about an endpoint is fenced by the token of its
lease: once somebody else had it, nothing is written.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from watcher.model.article import Change
from watcher.model.delivery import Alerts, Delivery, Turn, Waiting


class Outbox(Protocol):
    """Owed changes, frozen deliveries and the leases under which they are sent."""

    def next_due(self, *, alerts_to: str | None = None) -> dict[str, datetime]:
        """When each enabled endpoint next has something to do, for those that have.

        That is the later of its ``next_attempt_at`` and the earliest of: a pending delivery
        (at once), an owed change's due time; for ``alerts_to``, that of the alerts that wait.
        """

    def alerts_due_at(self) -> datetime | None:
        """When the alerts that wait are due; None if there are none."""

    def look(
        self, endpoints: Collection[str], *, owner: str, now: datetime, most_due: int
    ) -> list[Waiting]:
        """The work that waits for each of these endpoints, without disabled ones."""

    def changes(self, sequences: Iterable[int]) -> Sequence[Change]:
        """These changes in their order, each with its article's present content."""

    def write(self, turns: Sequence[Turn], *, owner: str) -> set[str]:
        """Write all of these in one transaction. Returns the endpoints whose lease was lost.

        Nothing is written about those.
        """

    def may_send(self, endpoint: str) -> bool:
        """False if an endpoint in hand was lost to another node, as far as is known here."""

    def extend(self, endpoints: Collection[str], *, owner: str, until: datetime) -> None:
        """Let the owner's leases of these endpoints last until then."""

    def store_alerts(
        self, endpoint: str, compose: Callable[[Alerts], Delivery], *, not_before: datetime
    ) -> None:
        """Store what ``compose`` makes of all alerts that wait, if any do, as a delivery.

        Whatever is added later is not due ``not_before`` then.
        """
