"""Who asked our WebSub hub to be sent a feed. Pure."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HubRequest:
    """A request to the hub (W3C WebSub §5.1), not verified yet."""

    subscribe: bool
    topic: str
    callback: str
    lease_seconds: int
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """Somebody whose intent was verified. ``sent`` is the digest of the bytes that it has."""

    topic: str
    callback: str
    since: datetime
    expires_at: datetime
    sent: str | None = None
    next_attempt_at: datetime | None = None
    failures: int = 0
    last_error: str | None = None
    secret: str | None = field(default=None, repr=False)
