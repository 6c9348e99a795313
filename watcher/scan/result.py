"""What a pass over the roots saw and did, in counts. It loads nothing of what does it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from watcher.model.kinds import Verdict

if TYPE_CHECKING:
    from watcher.model.batch import BatchResult
    from watcher.model.known import Decision
    from watcher.model.seed import SeedPath
    from watcher.publish.feed_file import PublishedFeed


@dataclass(slots=True, kw_only=True)
class ScanTotals:
    """What a pass saw and did, in counts; ``decisions`` are kept only where asked for."""

    seen: int = 0
    unchanged: int = 0
    read: int = 0
    parsed: int = 0
    quarantined: int = 0
    new: int = 0
    updated: int = 0
    removed: int = 0
    owed: int = 0
    baseline: bool = False
    touches_feeds: bool = False
    incomplete: list["SeedPath"] = field(default_factory=list)
    decisions: list["Decision"] = field(default_factory=list)
    keeps_decisions: bool = False

    @property
    def done(self) -> int:
        """How many files need no further look."""
        return self.unchanged + self.parsed

    def add(self, result: "BatchResult") -> None:
        self.read += result.read
        self.parsed += result.parsed
        self.unchanged += result.read - result.parsed
        self.owed += result.owed
        self.touches_feeds |= result.touches_feeds
        self.incomplete += result.incomplete
        for decision in result.decisions:
            self.quarantined += decision.verdict is Verdict.QUARANTINED
        if self.keeps_decisions:
            self.decisions += result.decisions
        for kind, count in Counter(change.kind for change in result.changes).items():
            setattr(self, kind, getattr(self, kind) + count)


@dataclass(frozen=True, slots=True, kw_only=True)
class PassResult:
    """What one pass did, and the feeds as they now are."""

    totals: ScanTotals
    feeds: tuple["PublishedFeed", ...]

    @property
    def feeds_written(self) -> int:
        return sum(feed.written for feed in self.feeds)
