"""Articles and their changes: what feeds show and endpoints are sent. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from watcher.model.kinds import ArticleState, ChangeKind
from watcher.model.seed import Content, SeedPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What a seed is about. ``id`` is ``urn:uuid:…``, made once; ``updated_at`` from revisions.

    ``story`` is the story's id, ``reprint_of`` the id of the article whose text this is again.
    """

    id: str
    content: Content
    first_seen_at: datetime
    updated_at: datetime
    state: ArticleState = ArticleState.LIVE
    paths: tuple[SeedPath, ...] = ()
    story: str | None = None
    reprint_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstChange:
    """The change that announced an article, and the endpoints that it is settled for."""

    sequence: int
    at: datetime
    baseline: bool
    endpoints: frozenset[str]


MOST_NAMED = 8
"""Other outlets that are named beside an article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Another outlet's article of the same story."""

    outlet: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A fact worth telling. Sequence numbers are dense and in commit order.

    ``also`` are the other outlets that have the story, where the change is read to be told.
    ``matched`` are, for one endpoint, the values of its ``match`` that the article has, by clause.
    """

    sequence: int
    kind: ChangeKind
    at: datetime
    article: Article
    baseline: bool = False
    also: tuple[Elsewhere, ...] = ()
    matched: Mapping[str, tuple[str, ...]] | None = None
