"""How endpoints and roots are, as the store knows them. Pure."""

from dataclasses import dataclass, field
from datetime import datetime

from watcher.model.kinds import EndpointState, RootState
from watcher.model.left_out import LeftOut

NOT_CONFIGURED = "not in the config"
"""The reason of an endpoint that no config names any more, and that has a backlog."""

OFF_IN_CONFIG = "config"
"""The reason of an endpoint that is disabled because its config says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointStatus:
    """What the store knows of an endpoint: its health and its backlog.

    ``next_attempt_at`` is set only while there is something to send, and it may be sent.
    """

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
        """When the oldest unsent change was, or will be, due."""
        moments = (self.oldest_due_at, self.oldest_pending_at)
        return min((at for at in moments if at is not None), default=None)


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
    has_articles: bool = False
    left_out: LeftOut = field(default_factory=LeftOut)
