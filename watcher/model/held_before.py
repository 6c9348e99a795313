"""Articles that feeds on disk held before the state was lost: they are not sent again. Pure."""

from dataclasses import dataclass
from datetime import datetime

from watcher.model.article import Article


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBefore:
    """``ids`` of articles, and ``newest``, the latest publication among them, if one is known."""

    ids: frozenset[str] = frozenset()
    newest: datetime | None = None

    def is_after_all(self, article: Article) -> bool:
        """Whether an article that is not held came out no earlier than all that are."""
        moment = article.content.published_at
        return self.newest is not None and moment is not None and moment >= self.newest


NOTHING_HELD = HeldBefore()
