"""The nouns that pass between stages: frozen, slotted, keyword-only dataclasses.

Pure: no clock, no files, no network, no third-party library. Times are aware UTC datetimes.
Paths inside a root are ``/``-separated strings as :func:`os.fsdecode` gives them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

# ---------------------------------------------------------------- watch → ingest


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class SeedPath:
    """Where a seed is: its root's absolute path, and its own path relative to that root."""

    root: str
    path: str

    def __str__(self) -> str:
        return f"{self.root}/{self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What ``lstat`` says of a file: a hint that it changed, never a proof that it did not."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


# ---------------------------------------------------------------- ingest → diff


class Reason(StrEnum):
    """Why a seed is in quarantine."""

    EMPTY = "empty"
    NO_FRONT_MATTER = "no_front_matter"
    UNCLOSED = "unclosed_front_matter"
    NOT_A_MAPPING = "not_a_mapping"
    BAD_YAML = "bad_yaml"
    DUPLICATE_KEY = "duplicate_key"
    ALIAS = "alias"
    TAG = "tag"
    TOO_MANY_NODES = "too_many_nodes"
    TOO_DEEP = "too_deep"
    TOO_LARGE = "too_large"
    NOT_UTF8 = "not_utf8"
    BINARY = "binary"
    MISSING_TITLE = "missing_title"
    MISSING_URL = "missing_url"
    NOT_REGULAR = "not_a_regular_file"
    OUTSIDE_ROOT = "outside_root"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with a seed: what, where (1-based line and column of the file), what to do.

    ``reason`` is set when it quarantines the seed, None when only a field was dropped.
    The message never holds a value of the seed's ``secured``.
    """

    message: str
    reason: Reason | None = None
    key: str | None = None
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    url: str
    width: int | None = None
    height: int | None = None
    title: str | None = None
    attribution: str | None = None
    is_cached: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    name: str | None = None
    domain: str | None = None
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a seed says, normalised: plain NFC text, absolute http(s) URLs, aware UTC times.

    ``url`` is ``webUrl``, or ``originalUrl`` where there is no ``webUrl``. ``original_url``
    is set whenever the seed has it. ``body`` is sanitised HTML. ``extra`` keeps unknown keys as
    JSON values; ``secured`` is nowhere in it, at any depth.
    """

    title: str
    url: str
    summary: str | None = None
    body: str | None = None
    original_url: str | None = None
    amp_url: str | None = None
    cdn_amp_url: str | None = None
    category: str | None = None
    type: str | None = None
    published_at: datetime | None = None
    quality: float | None = None
    heat: float | None = None
    is_published: bool | None = None
    provider: Provider | None = None
    topics: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    related: tuple["Content", ...] = ()
    featured_content: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawSeed:
    """A file as read. ``trusted`` is false while its mtime is racily close to the reading."""

    at: SeedPath
    signature: Signature
    trusted: bool
    digest: bytes
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """One file as understood. ``urls`` are its canonical URLs, in the order of identity."""

    at: SeedPath
    signature: Signature
    trusted: bool
    digest: bytes
    content: Content
    urls: tuple[str, ...]
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """A file that cannot be used, and why. No signature if it could not even be looked at."""

    at: SeedPath
    problem: Problem
    signature: Signature | None = None
    trusted: bool = False
    digest: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """A file whose bytes are those that the store knows; only its signature may have moved."""

    at: SeedPath
    signature: Signature
    trusted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A path where nothing is (any more)."""

    at: SeedPath


Reading = Seed | Unusable | Unchanged | Missing


# ---------------------------------------------------------------- diff ↔ store


class FileState(StrEnum):
    """``missing``: gone from disk, still within the grace. ``gone``: removed with its article."""

    PRESENT = "present"
    MISSING = "missing"
    GONE = "gone"


class ArticleState(StrEnum):
    LIVE = "live"
    REMOVED = "removed"


class ChangeKind(StrEnum):
    NEW = "new"
    UPDATED = "updated"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFile:
    """What the store knows of a path. ``order`` grows with first sight: the lowest speaks first."""

    at: SeedPath
    order: int
    state: FileState
    signature: Signature | None
    trusted: bool
    digest: bytes | None
    article: str | None
    problem: Problem | None = None
    missing_since: datetime | None = None


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
class Known:
    """What the store knows about one batch: its paths, its URLs, and the articles of both."""

    files: Mapping[SeedPath, KnownFile]
    aliases: Mapping[str, str]
    articles: Mapping[str, KnownArticle]


class Verdict(StrEnum):
    """What one reading means, and why it is or is not news."""

    NEW = "new"
    UPDATED = "updated"
    REMOVED = "removed"
    SEEN_REVISION = "seen_revision"
    OVER_MAX_UPDATES = "over_max_updates"
    REFRESHED = "refreshed"
    UNCHANGED = "unchanged"
    ANOTHER_PATH = "another_path"
    RETURNED = "returned"
    QUARANTINED = "quarantined"
    MISSING = "missing"
    UNKNOWN_PATH = "unknown_path"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One reading's verdict. ``article`` is the id it is about, if it is about one."""

    at: SeedPath
    verdict: Verdict
    article: str | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileWrite:
    """The new row of a path; ``forget`` deletes it instead."""

    at: SeedPath
    state: FileState
    signature: Signature | None
    trusted: bool
    digest: bytes | None
    article: str | None
    problem: Problem | None = None
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
    revisions: tuple[RevisionWrite, ...] = ()
    changes: tuple[ChangeWrite, ...] = ()
    reread: tuple[SeedPath, ...] = ()


# ---------------------------------------------------------------- store → feed, notify, serve, cli


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What a seed is about. ``id`` is ``urn:uuid:…``, made once; ``updated_at`` from revisions."""

    id: str
    content: Content
    first_seen_at: datetime
    updated_at: datetime
    state: ArticleState = ArticleState.LIVE
    paths: tuple[SeedPath, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A fact worth telling. Sequence numbers are dense and in commit order."""

    sequence: int
    kind: ChangeKind
    at: datetime
    article: Article
    baseline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One change owed to one endpoint from ``due_at`` on."""

    endpoint: str
    sequence: int
    due_at: datetime


class DeliveryState(StrEnum):
    """``held``: waits for the operator (``on_unknown: hold``). ``dead``: a dead letter."""

    PENDING = "pending"
    SENT = "sent"
    HELD = "held"
    DEAD = "dead"


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


class EndpointState(StrEnum):
    ENABLED = "enabled"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointStatus:
    """What the store knows of an endpoint: its health and its backlog."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to send to one endpoint until ``expires_at``; ``token`` fences off late holders."""

    endpoint: str
    owner: str
    token: int
    expires_at: datetime
    consecutive_failures: int
    next_attempt_at: datetime | None


class RootState(StrEnum):
    """``suspicious``: most known seeds vanished at once; nothing is removed until resolved."""

    OK = "ok"
    MISSING = "missing"
    SUSPICIOUS = "suspicious"
    DEGRADED = "degraded"


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
