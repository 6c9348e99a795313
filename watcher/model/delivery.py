"""Owed changes, deliveries and their attempts. Pure."""

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
    """Nothing about ``what`` (``kind:value``, such as ``topic:AI``) is sent until a time."""

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
    """Alerts for one message; of ``more`` further ones the words were not kept."""

    words: tuple[str, ...]
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A frozen delivery that is not over yet.

    ``last_attempt`` is the number of the last attempt at it, 0 if there was none. ``interrupted``:
    that attempt began and never finished, because its worker died.
    """

    delivery: Delivery
    last_attempt: int = 0
    interrupted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The next work for an endpoint: its frozen deliveries, and the changes it is still owed.

    ``token`` grows with each lease: what is written later holds only if it is still the same.
    ``leased_until`` is set while somebody else has the endpoint in hand. ``due`` are the first
    changes that are due, by sequence number; ``due_at`` is when the next one falls due.
    """

    endpoint: str
    token: int
    consecutive_failures: int
    next_attempt_at: datetime | None
    leased_until: datetime | None
    heads: tuple[Head, ...] = ()
    due: tuple[int, ...] = ()
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """An attempt that the store knows of: from now on it may have been sent."""

    delivery: Delivery
    number: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """An attempt that is over, and what its delivery has become."""

    attempt: Attempt
    state: DeliveryState


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The writes about one endpoint; void unless ``token`` is still its latest lease's.

    ``takes``: a new lease begins, whose token is one higher; without ``lease_until`` nobody has
    one afterwards. ``stored`` deliveries are new; one in ``replaces`` takes over the changes of
    another. ``begun`` attempts start now; ``untried`` ones were begun, and never sent.
    ``disabled_reason`` disables the endpoint; ``alerts`` are what somebody is to be told of it.
    """

    endpoint: str
    token: int
    takes: bool = False
    lease_until: datetime | None = None
    next_attempt_at: datetime | None = None
    consecutive_failures: int = 0
    stored: tuple[Delivery, ...] = ()
    replaces: tuple[tuple[str, str], ...] = ()
    begun: tuple[Begun, ...] = ()
    untried: tuple[Begun, ...] = ()
    finished: tuple[Finished, ...] = ()
    disabled_reason: str | None = None
    alerts: tuple[str, ...] = ()
