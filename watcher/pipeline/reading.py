"""Reads and parses paths. One whose bytes are known already is not parsed. Decides nothing."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatch
from pathlib import Path

from watcher.config.schema import Config
from watcher.ingest.read import read_seed
from watcher.model.seed import (
    NotArticle,
    RawSeed,
    Reading,
    Reason,
    Seed,
    SeedPath,
    Unchanged,
    Unusable,
)
from watcher.pipeline.reading_marker import ReadingMarker

_HALF_WRITTEN = (Reason.EMPTY, Reason.UNCLOSED)
_HTML = (".html", ".htm", ".xhtml")
_MARKDOWN = (".md", ".markdown", ".mdx", ".mkd", ".mdown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Paths to be read together, with the digests that are known of them and of their members.

    ``extents`` are the size and digest that files of lines had which have grown since: of their
    members no digest is needed.
    """

    paths: Sequence[SeedPath]
    digests: Mapping[SeedPath, bytes]
    extents: Mapping[SeedPath, tuple[int, bytes]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What was at some paths; how many were read, how many of those parsed, in how many seconds."""

    readings: tuple[Reading, ...]
    read: int
    parsed: int
    seconds: float = 0.0


def load_parser() -> None:
    """Load what parses seeds: before helpers are forked, each of which would load it by itself."""
    import watcher.ingest.parse  # noqa: F401, PLC0415


def read_piece(
    piece: Piece,
    config: Config,
    clock: Callable[[], datetime],
    *,
    marker: ReadingMarker,
    on_seed: Callable[[], None] = lambda: None,
) -> Readings:
    """Read the file at each path; ``marker`` notes it, and ``on_seed`` is called before it."""
    try:
        return _read_piece(piece, config, clock, marker, on_seed)
    finally:
        marker.clear()


def _read_piece(
    piece: Piece,
    config: Config,
    clock: Callable[[], datetime],
    marker: ReadingMarker,
    on_seed: Callable[[], None],
) -> Readings:
    # A scan that finds nothing new reads nothing, and saves 0.1 s by not loading this.
    from watcher.ingest.many import largest  # noqa: PLC0415
    from watcher.ingest.parse import parse_file  # noqa: PLC0415
    from watcher.ingest.rules import rules_of  # noqa: PLC0415

    sizes = {str(root.path): root.largest_file for root in config.watch}
    rules = {str(root.path): rules_of(root, config.articles) for root in config.watch}
    includes = {str(root.path): root.include for root in config.watch}
    readings: list[Reading] = []
    began = clock()
    read = parsed = 0
    for at in piece.paths:
        on_seed()
        marker.set(at)
        now = clock()  # of this very read: a piece may take long
        reading = read_seed(at, max_size=largest(at.path, sizes[at.root]), now_ns=_nanoseconds(now))
        if isinstance(reading, RawSeed):
            read += 1
            if piece.digests.get(at) == reading.digest:
                readings.append(_unchanged(reading))
                continue
            parsed += 1
            if source := _markdown_beside(at, includes[at.root]):
                readings.append(_made_from(source, reading))
                continue
            readings += parse_file(
                reading,
                rules=rules[at.root],
                now=now,
                known=piece.digests,
                extent=piece.extents.get(at),
            )
        else:
            readings.append(reading)
    readings.sort(key=is_page)  # where a page was made from a seed, the seed is to speak
    return Readings(
        readings=tuple(readings),
        read=read,
        parsed=parsed,
        seconds=(clock() - began).total_seconds(),
    )


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000) * 1000


def is_page(reading: Reading) -> bool:
    """True if a reading is of an HTML file."""
    return reading.at.path.lower().endswith(_HTML)


def _markdown_beside(at: SeedPath, include: Sequence[str]) -> str | None:
    """The Markdown seed that an HTML file was made from: beside it, or beside its folder."""
    if not at.path.lower().endswith(_HTML):
        return None
    stem = at.path.rpartition(".")[0]
    stems = [stem]
    if stem.endswith("/index"):
        stems.append(stem.removesuffix("/index"))
    suffixes = [suffix for suffix in _MARKDOWN if any(fnmatch(f"x{suffix}", it) for it in include)]
    names = (f"{one}{suffix}" for one in stems for suffix in suffixes)
    return next((name for name in names if Path(at.root, name).is_file()), None)


def _made_from(source: str, raw: RawSeed) -> NotArticle:
    return NotArticle(
        at=raw.at,
        signature=raw.signature,
        trusted=raw.trusted,
        digest=raw.digest,
        why=f"it was made from {source.rpartition('/')[2]}",
    )


def _unchanged(raw: RawSeed) -> Unchanged:
    return Unchanged(at=raw.at, signature=raw.signature, trusted=raw.trusted)


def has_only_grown(at: SeedPath, extent: tuple[int, bytes], config: Config, now: datetime) -> bool:
    """Whether a file of lines begins as it was, so that what is behind is all that is new."""
    from watcher.ingest.many import largest  # noqa: PLC0415  # not if nothing is new
    from watcher.ingest.parse import has_grown  # noqa: PLC0415

    size = next(root.largest_file for root in config.watch if str(root.path) == at.root)
    raw = read_seed(at, max_size=largest(at.path, size), now_ns=_nanoseconds(now))
    return isinstance(raw, RawSeed) and has_grown(raw.data, at.path, extent)


def join_readings(parts: Sequence[Readings]) -> Readings:
    """Several in one, in their order."""
    return Readings(
        readings=tuple(reading for part in parts for reading in part.readings),
        read=sum(part.read for part in parts),
        parsed=sum(part.parsed for part in parts),
        seconds=sum(part.seconds for part in parts),
    )


def is_incomplete(
    reading: Reading, now: datetime, patience: timedelta, closed: Collection[SeedPath] | None
) -> bool:
    """True if a reading looks like a file that somebody is still writing.

    That is one that is empty or lacks a closing mark; one that has no mark at its end, if its
    writer may still have it open; and one that cannot be used, if its writer surely has.
    """
    if isinstance(reading, Unusable) and reading.signature is not None:
        is_open = closed is not None and reading.at.file not in closed
        looks_half = is_open or reading.problem.reason in _HALF_WRITTEN
        touched_ns = reading.signature.mtime_ns
    elif isinstance(reading, Seed):
        looks_half = reading.is_open_ended and (closed is None or reading.at.file not in closed)
        touched_ns = reading.signature.mtime_ns
    else:
        return False
    return looks_half and abs(now.timestamp() - touched_ns / 1e9) < patience.total_seconds()
