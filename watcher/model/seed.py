"""A seed as read: where it is, what its file says, and what may be wrong with it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any, TypeVar

_Kind = TypeVar("_Kind")


def _pickled_by_values(kind: type[_Kind]) -> type[_Kind]:
    """Let a frozen dataclass with slots cross to another process in half the time.

    The standard library's own way asks for the fields of each object anew.
    """
    names = [each.name for each in fields(kind)]  # type: ignore[arg-type]
    values_of = attrgetter(*names)
    setters = [getattr(kind, name).__set__ for name in names]

    def get_state(self: _Kind) -> Any:
        return values_of(self)

    def set_state(self: _Kind, state: Sequence[Any]) -> None:
        for put, value in zip(setters, state, strict=True):
            put(self, value)

    kind.__getstate__ = get_state  # type: ignore[assignment]
    kind.__setstate__ = set_state  # type: ignore[attr-defined]
    return kind


@_pickled_by_values
@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class SeedPath:
    """Where a seed is: its root's absolute path, and its own path relative to that root.

    ``is_member``: it is one of many in a file; its path is the file's, ``#``, and its own name, in
    which there is no other ``#``.
    """

    root: str
    path: str
    is_member: bool = field(default=False, compare=False)

    @property
    def file(self) -> "SeedPath":
        """The path of the file that holds the seed."""
        if not self.is_member:
            return self
        return SeedPath(root=self.root, path=self.path.rpartition("#")[0])

    def member(self, name: str) -> "SeedPath":
        """The path of a seed within this file."""
        return SeedPath(root=self.root, path=f"{self.path}#{name}", is_member=True)

    def __str__(self) -> str:
        return f"{self.root}/{self.path}"


@_pickled_by_values
@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What ``lstat`` says of a file: a hint that it changed, never a proof that it did not."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


class Reason(StrEnum):
    """Why a seed is in quarantine."""

    EMPTY = "empty"
    NO_FRONT_MATTER = "no_front_matter"
    UNCLOSED = "unclosed_front_matter"
    NOT_A_MAPPING = "not_a_mapping"
    BAD_YAML = "bad_yaml"
    BAD_DATA = "bad_data"
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
    ENDS_THE_READER = "ends_the_reader"


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


@_pickled_by_values
@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    url: str
    width: int | None = None
    height: int | None = None
    title: str | None = None
    attribution: str | None = None
    is_cached: bool | None = None


@_pickled_by_values
@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    name: str | None = None
    domain: str | None = None
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    name: str
    url: str | None = None


@_pickled_by_values
@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a seed says, normalised: plain NFC text, absolute http(s) URLs, aware UTC times.

    ``url`` is ``webUrl``, or ``originalUrl`` where there is no ``webUrl``, or where its root's
    ``site`` and ``permalink`` put it; empty if the article has no link. ``original_url``
    is set whenever the seed has it. ``body`` is sanitised HTML. ``extra`` keeps unknown keys as
    JSON values; ``secured`` is nowhere in it, at any depth.
    """

    title: str
    url: str = ""
    summary: str | None = None
    body: str | None = None
    original_url: str | None = None
    amp_url: str | None = None
    cdn_amp_url: str | None = None
    category: str | None = None
    type: str | None = None
    published_at: datetime | None = None
    modified_at: datetime | None = None
    quality: float | None = None
    heat: float | None = None
    is_published: bool | None = None
    provider: Provider | None = None
    authors: tuple[Author, ...] = ()
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
    data: bytes = field(repr=False)  # it may hold a secured value


@_pickled_by_values
@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """One file as understood, with what its article may be known by.

    ``urls`` are its own addresses in canonical form, in the order of identity; ``loose_urls`` are
    those without what makes no other page if the text is the same; ``amp_urls`` only confirm. None
    of them is there for an article without a link. ``id_url`` is the text that a new id is made of.
    ``is_open_ended``: nothing marks the end of what is to be read, so somebody may still write it.
    ``is_placed``: its address is made of its path. ``due_at`` is when the same bytes will mean
    something else: it expires then.
    """

    at: SeedPath
    signature: Signature
    trusted: bool
    digest: bytes
    content: Content
    urls: tuple[str, ...]
    id_url: str
    loose_urls: tuple[str, ...] = ()
    amp_urls: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()
    is_open_ended: bool = False
    is_placed: bool = False
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A draft: a file that says it is not out yet, and why; it may be at ``due_at``.

    ``id_url`` is what its article's id is made of, as a :class:`Seed` has it.
    """

    at: SeedPath
    signature: Signature
    trusted: bool
    digest: bytes
    content: Content
    id_url: str
    why: str
    due_at: datetime | None = None
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotArticle:
    """A file that is no article, and why: it is counted, and no more."""

    at: SeedPath
    signature: Signature
    trusted: bool
    digest: bytes
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A file of many seeds, read to its end: known ones that are not read with it are gone.

    If it has only ``grown`` since it was read last, no known one is: what is new stands behind.
    """

    at: SeedPath
    signature: Signature
    trusted: bool
    digest: bytes
    grown: bool = False


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


Reading = Seed | Held | NotArticle | Unusable | Unchanged | Missing | Collection
