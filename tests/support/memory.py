"""A store in memory that applies plans: for tests of diff alone, without files or a database."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from watcher.config.schema import ArticlesConfig
from watcher.diff.apply import apply_plan
from watcher.diff.decide import decide_batch
from watcher.diff.removal import decide_removals
from watcher.model.kinds import FileState, Verdict
from watcher.model.known import ChangeWrite, Known, KnownArticle, KnownFile, Plan
from watcher.model.seed import Reading, SeedPath


@dataclass
class Memory:
    """Everything ever planned, applied; ``log`` holds the changes in order."""

    settings: ArticlesConfig = field(default_factory=ArticlesConfig)
    known: Known = field(default_factory=lambda: Known(files={}, aliases={}, articles={}))
    log: list[ChangeWrite] = field(default_factory=list)
    now: datetime = datetime(2024, 1, 1, tzinfo=UTC)

    @property
    def files(self) -> dict[SeedPath, KnownFile]:
        return dict(self.known.files)

    @property
    def articles(self) -> dict[str, KnownArticle]:
        return dict(self.known.articles)

    def read(self, *readings: Reading) -> list[Verdict]:
        """Decide and apply one batch; its verdicts in the order of deciding."""
        return self.apply(decide_batch(readings, self.known, self.settings))

    def expire(self) -> list[Verdict]:
        """Let the grace of everything missing be over."""
        missing = [f.at for f in self.files.values() if f.state is FileState.MISSING]
        return self.apply(decide_removals(missing, self.known))

    def apply(self, plan: Plan) -> list[Verdict]:
        self._check(plan)
        self.now += timedelta(seconds=1)
        self.known = apply_plan(self.known, plan, self.now)
        self.log.extend(plan.changes)
        return [decision.verdict for decision in plan.decisions]

    def _check(self, plan: Plan) -> None:
        """What the store's keys would refuse: a thing that is written twice."""
        assert not {url for url, _ in plan.aliases} & self.known.aliases.keys()
        for article in plan.articles:
            assert article.is_new == (article.id not in self.known.articles)
        for revision in plan.revisions:
            before = self.known.articles.get(revision.article)
            assert before is None or revision.fingerprint not in before.fingerprints
