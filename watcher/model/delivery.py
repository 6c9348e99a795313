"""What is owed to whom, and how it was sent. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from watcher.model.kinds import DeliveryState


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One change owed to one endpoint from ``due_at`` on.

    ``late_at`` is when a later version of the article made it match, if it did not at first.
    """

    endpoint: str
    sequence: int
    due_at: datetime
    late_at: datetime | None = None


MUTED = "muted:"
"""How the reason of what a mute withholds begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """What is not to be told until a time: ``what`` is ``kind:value``, such as ``topic:AI``."""

    what: str
    since: datetime
    until: datetime

    @property
    def reason(self) -> str:
        """Why something is withheld because of this mute."""
        return f"{MUTED} {self.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """One change that is kept from an endpoint although its ``match`` wants it, and why."""

    endpoint: str
    sequence: int
    reason: str


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to send to one endpoint until ``expires_at``; ``token`` fences off late holders."""

    endpoint: str
    owner: str
    token: int
    expires_at: datetime
    consecutive_failures: int
    next_attempt_at: datetime | None
