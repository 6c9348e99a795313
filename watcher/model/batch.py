"""What became of one batch of seeds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from watcher.model.article import Change
from watcher.model.kinds import ArticleState
from watcher.model.known import Decision, Known, Plan
from watcher.model.seed import Content, Reading, SeedPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """An article that a batch wrote: what it says now, and the topics that it had before."""

    id: str
    state: ArticleState
    content: Content
    old_topics: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """How a batch was decided: what was read, what was known of it, and what follows."""

    readings: tuple[Reading, ...]
    known: Known
    plan: Plan
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """What became of one batch, in so many seconds.

    ``due`` is when each endpoint first has something of it to be sent. ``incomplete`` paths look
    half-written: read them again later.
    """

    read: int = 0
    parsed: int = 0
    decisions: tuple[Decision, ...] = ()
    changes: tuple[Change, ...] = ()
    owed: int = 0
    due: Mapping[str, datetime] = field(default_factory=dict)
    refreshed: int = 0
    incomplete: tuple[SeedPath, ...] = ()
    reread: tuple[SeedPath, ...] = ()
    touched: tuple[Touched, ...] = ()
    seconds: float = 0.0

    @property
    def touches_feeds(self) -> bool:
        return bool(self.changes or self.refreshed)
