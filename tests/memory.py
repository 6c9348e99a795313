"""A store in memory that applies plans: for tests of diff alone, without files or a database."""

from dataclasses import dataclass, field

from watcher.config import ArticlesConfig
from watcher.diff import decide_batch, decide_removals
from watcher.model import (
    ChangeWrite,
    FileState,
    Known,
    KnownArticle,
    KnownFile,
    Plan,
    Reading,
    SeedPath,
    Verdict,
)


@dataclass
class Memory:
    """Everything ever planned, applied; ``log`` holds the changes in order."""

    settings: ArticlesConfig = field(default_factory=ArticlesConfig)
    files: dict[SeedPath, KnownFile] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    articles: dict[str, KnownArticle] = field(default_factory=dict)
    log: list[ChangeWrite] = field(default_factory=list)
    orders: int = 0

    def known(self) -> Known:
        articles = {}
        for name, article in self.articles.items():
            held = sorted((f for f in self.files.values() if f.article == name), key=_order)
            articles[name] = KnownArticle(
                id=name,
                state=article.state,
                content=article.content,
                fingerprint=article.fingerprint,
                fingerprints=article.fingerprints,
                updates=article.updates,
                files=tuple(held),
            )
        return Known(files=dict(self.files), aliases=dict(self.aliases), articles=articles)

    def read(self, *readings: Reading) -> list[Verdict]:
        """Decide and apply one batch; its verdicts in the order of deciding."""
        return self.apply(decide_batch(readings, self.known(), self.settings))

    def expire(self) -> list[Verdict]:
        """Let the grace of everything missing be over."""
        missing = [f.at for f in self.files.values() if f.state is FileState.MISSING]
        return self.apply(decide_removals(missing, self.known()))

    def apply(self, plan: Plan) -> list[Verdict]:
        for write in plan.files:
            known = self.files.pop(write.at, None)
            if write.forget:
                continue
            self.orders += known is None
            self.files[write.at] = KnownFile(
                at=write.at,
                order=known.order if known else self.orders,
                state=write.state,
                signature=write.signature,
                trusted=write.trusted,
                digest=write.digest,
                article=write.article,
                problem=write.problem,
            )
        for url, identifier in plan.aliases:
            assert url not in self.aliases
            self.aliases[url] = identifier
        self._apply_articles(plan)
        self.log.extend(plan.changes)
        return [decision.verdict for decision in plan.decisions]

    def _apply_articles(self, plan: Plan) -> None:
        for article in plan.articles:
            assert article.is_new == (article.id not in self.articles)
            old = self.articles.get(article.id)
            self.articles[article.id] = KnownArticle(
                id=article.id,
                state=article.state,
                content=article.content,
                fingerprint=article.fingerprint,
                fingerprints=old.fingerprints if old else frozenset(),
                updates=article.updates,
                files=(),
            )
        for revision in plan.revisions:
            article_now = self.articles[revision.article]
            assert revision.fingerprint not in article_now.fingerprints
            self.articles[revision.article] = KnownArticle(
                id=article_now.id,
                state=article_now.state,
                content=article_now.content,
                fingerprint=article_now.fingerprint,
                fingerprints=article_now.fingerprints | {revision.fingerprint},
                updates=article_now.updates,
                files=(),
            )


def _order(file: KnownFile) -> int:
    return file.order
