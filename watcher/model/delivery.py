"""What is owed to whom, how it was sent, and how endpoints and roots are. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One change owed to one endpoint from ``due_at`` on."""

    endpoint: str
    sequence: int
    due_at: datetime


class DeliveryState(StrEnum):
    """``held``: waits for the operator (``on_unknown: hold``). ``dead``: a dead letter.

    ``replaced``: another delivery says instead what it was to say.
    """

    PENDING = "pending"
    SENT = "sent"
    HELD = "held"
    DEAD = "dead"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message to one endpoint: members, body and id are frozen before the first attempt."""

    id: str
    endpoint: str
    body: bytes
    content_type: str
    members: tuple[int, ...]
    created_at: datetime
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    first_attempt_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What an endpoint is to be told next: a delivery that is frozen, or else what is owed.

    ``interrupted`` is the number of an attempt at ``head`` that began and never finished: its
    worker died. Of the changes that are due there are ``due``, of which ``sequences`` are the
    first; while there is a head, nobody counts them.
    """

    head: Delivery | None = None
    interrupted: int | None = None
    due: int = 0
    sequences: tuple[int, ...] = ()


class Outcome(StrEnum):
    """What became of one attempt (DESIGN §4.7)."""

    SENT = "sent"
    THROTTLED = "throttled"
    NOT_SENT = "not_sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    REJECTED = "rejected"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at a delivery. ``error`` and ``answer`` hold no secret: redacted where made.

    ``retry_after`` is in seconds, as the endpoint asked; ``elapsed`` in seconds.
    """

    delivery: str
    number: int
    at: datetime
    outcome: Outcome
    status: int | None = None
    error: str | None = None
    retry_after: float | None = None
    elapsed: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """What a person is to be told of together; of ``more`` there are no words any more."""

    words: tuple[str, ...]
    more: int = 0


class EndpointState(StrEnum):
    ENABLED = "enabled"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointStatus:
    """What the store knows of an endpoint: its health and its backlog."""

    name: str
    state: EndpointState
    disabled_reason: str | None
    next_attempt_at: datetime | None
    consecutive_failures: int
    lease_owner: str | None
    lease_expires_at: datetime | None
    owed: int
    pending: int
    held: int
    dead: int
    oldest_due_at: datetime | None
    last_success_at: datetime | None
    last_error: str | None
    oldest_pending_at: datetime | None = None

    @property
    def waiting_since(self) -> datetime | None:
        """When the oldest of what is to be told was or will be due."""
        moments = (self.oldest_due_at, self.oldest_pending_at)
        return min((at for at in moments if at is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to send to one endpoint until ``expires_at``; ``token`` fences off late holders."""

    endpoint: str
    owner: str
    token: int
    expires_at: datetime
    consecutive_failures: int
    next_attempt_at: datetime | None


class RootState(StrEnum):
    """``suspicious``: most known seeds vanished at once; nothing is removed until resolved."""

    OK = "ok"
    MISSING = "missing"
    SUSPICIOUS = "suspicious"
    DEGRADED = "degraded"


@dataclass(frozen=True, slots=True, kw_only=True)
class RootStatus:
    """A root as the store knows it. ``baselined_at`` is None until its first scan is complete."""

    path: str
    state: RootState
    detail: str | None
    first_seen_at: datetime
    baselined_at: datetime | None
    last_scan_at: datetime | None
    present: int = 0
    missing: int = 0
    quarantined: int = 0
