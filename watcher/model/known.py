"""The store's knowledge, a batch's meaning, and the writes that follow. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from watcher.model.kinds import ArticleState, ChangeKind, FileState, Verdict
from watcher.model.seed import Content, Problem, SeedPath, Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A file that is held, and why; ``id`` is what its article will be known by."""

    id: str
    content: Content
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFile:
    """What the store knows of a path. Of an article's paths the lowest ``order`` speaks first.

    It grows with first sight of the path as this article's. ``shared_url`` is an address of the
    seed that is another article's.
    """

    at: SeedPath
    order: int
    state: FileState
    signature: Signature | None
    trusted: bool
    digest: bytes | None
    article: str | None
    problem: Problem | None = None
    missing_since: datetime | None = None
    shared_url: str | None = None
    draft: Draft | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownArticle:
    """What the store knows of an article: enough to decide, not its history's contents.

    ``fingerprints`` are all ever seen; ``updates`` counts the ``updated`` changes announced;
    ``files`` are all paths that hold it, in the order of first sight.
    """

    id: str
    state: ArticleState
    content: Content
    fingerprint: str
    fingerprints: frozenset[str]
    updates: int
    files: tuple[KnownFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What diff must know to decide one batch.

    ``aliases`` are texts that name at most one article, ``similar`` those that may hint at
    several; ``ids`` are ids that may be taken.
    """

    paths: frozenset[SeedPath]
    aliases: frozenset[str] = frozenset()
    similar: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the store knows of what was :class:`Sought`, with all the articles concerned."""

    files: Mapping[SeedPath, KnownFile]
    aliases: Mapping[str, str]
    articles: Mapping[str, KnownArticle]
    similar: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedAddress:
    """An address of a seed that is another article's, or names one with another title."""

    url: str
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One reading's verdict. ``article`` is the id it is about, if it is about one."""

    at: SeedPath
    verdict: Verdict
    article: str | None = None
    problem: Problem | None = None
    shared: SharedAddress | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileWrite:
    """The new row of a path; ``forget`` deletes it instead.

    At ``due_at`` the same bytes will mean something else.
    """

    at: SeedPath
    state: FileState
    signature: Signature | None
    trusted: bool
    digest: bytes | None
    article: str | None
    problem: Problem | None = None
    shared_url: str | None = None
    draft: Draft | None = None
    due_at: datetime | None = None
    forget: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleWrite:
    """The new row of an article. ``revised`` says that ``updated_at`` moves to the batch's time."""

    id: str
    state: ArticleState
    content: Content
    fingerprint: str
    updates: int
    is_new: bool
    revised: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionWrite:
    article: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeWrite:
    """A change to be logged; the store gives it its sequence number and time."""

    kind: ChangeKind
    article: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that one batch means: what to write, at most one row of each thing, in order.

    ``reread`` are paths that speak for their article from now on, and must be read for it.
    """

    decisions: tuple[Decision, ...] = ()
    files: tuple[FileWrite, ...] = ()
    articles: tuple[ArticleWrite, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    similar: tuple[tuple[str, str], ...] = ()
    revisions: tuple[RevisionWrite, ...] = ()
    changes: tuple[ChangeWrite, ...] = ()
    reread: tuple[SeedPath, ...] = ()
