"""The rescan: compares a root with the store and sends what differs down the pipeline.

By itself sufficient for correctness (DESIGN §4.1): events only make it fast.
"""

import errno
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice

from watcher.config import RootConfig
from watcher.errors import WatchError
from watcher.log import fields
from watcher.model import Decision, FileState, RootState, RootStatus, SeedPath, Verdict
from watcher.pipeline import BatchResult, Pipeline
from watcher.store import Files, Roots, ScanRow
from watcher.watch import Found, printable, walk_root

log = logging.getLogger(__name__)

BATCH = 1000
LONGEST_SHOWN = 200


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
    incomplete: list[SeedPath] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    keeps_decisions: bool = False

    def add(self, result: BatchResult) -> None:
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
        for change in result.changes:
            setattr(self, change.kind, getattr(self, change.kind) + 1)


class Rescan:
    """Walks roots against the store.

    ``between`` is called after each batch; ``trouble`` says what keeps a root from being watched.
    """

    def __init__(
        self,
        *,
        files: Files,
        roots: Roots,
        pipeline: Pipeline,
        clock: Callable[[], datetime],
        between: Callable[[], None] = lambda: None,
        trouble: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        self._files = files
        self._roots = roots
        self._pipeline = pipeline
        self._clock = clock
        self._between = between
        self._trouble = trouble

    def scan(self, root: RootConfig, totals: ScanTotals, *, patience: timedelta) -> None:
        """One pass over a root. A root that is not there changes nothing but its state."""
        path = str(root.path)
        status = self._roots.see(path, self._clock())
        since = status.first_seen_at if status.baselined_at is None else None
        blind: dict[str, OSError] = {}
        seen_before, device = totals.seen, _device_of(path)
        try:
            for batch in self._batches(root, totals, blind, streaming=since is not None):
                self._process(batch, totals, since, patience)
        except WatchError as error:
            self._say(status, RootState.MISSING, str(error))
            return
        if device is not None and totals.seen > seen_before:
            self._roots.note_device(path, device)
        if since is not None:
            totals.baseline = True
            self._roots.finish_baseline(path, self._clock())
        self._roots.scanned(path, self._clock())
        self._say(status, *_sight(status, blind, self._trouble(path)))

    def _process(
        self,
        batch: list[SeedPath],
        totals: ScanTotals,
        since: datetime | None,
        patience: timedelta,
    ) -> None:
        result = self._pipeline.process(batch, baseline_since=since, patience=patience)
        totals.add(result)
        if result.reread:
            self._process(list(result.reread), totals, since, patience)
        self._between()

    def _batches(
        self,
        root: RootConfig,
        totals: ScanTotals,
        blind: dict[str, OSError],
        *,
        streaming: bool,
    ) -> Iterator[list[SeedPath]]:
        """The paths that differ, in batches: what vanished first, the rest in byte order.

        A root seen for the first time is read as it is walked: nothing of it can have vanished,
        and its paths need not all be held at once.
        """
        compared = compare_root(root, self._files, blind)
        differing = self._differing(compared, totals)
        paths = (SeedPath(root=str(root.path), path=path) for path, _ in differing)
        if not streaming:
            ordered = sorted(differing, key=lambda item: not item[1])
            paths = (SeedPath(root=str(root.path), path=path) for path, _ in ordered)
        while batch := list(islice(paths, BATCH)):
            yield batch

    def _differing(
        self, compared: Iterable["Compared"], totals: ScanTotals
    ) -> Iterator[tuple[str, bool]]:
        """Each path that differs between disk and store, and whether it vanished."""
        for one in compared:
            totals.seen += one.sight is not Sight.VANISHED
            if one.sight is not Sight.AS_KNOWN:
                yield one.path, one.sight is Sight.VANISHED
                continue
            totals.unchanged += 1
            totals.quarantined += one.quarantined

    def _say(self, before: RootStatus, state: RootState, detail: str | None) -> None:
        if (before.state, before.detail) == (state, detail):
            return
        self._roots.set_state(before.path, state, detail)
        level = logging.INFO if state is RootState.OK else logging.WARNING
        log.log(level, "root %s", state.value, extra=fields(root=before.path, why=detail or ""))


def _sight(
    before: RootStatus, blind: dict[str, OSError], trouble: str | None
) -> tuple[RootState, str | None]:
    """How a root stands after it was walked. A suspicious one stays so until it is resolved."""
    if before.state is RootState.SUSPICIOUS:
        return before.state, before.detail
    if blind:
        return RootState.DEGRADED, _say_blind(blind)
    return (RootState.DEGRADED, trouble) if trouble else (RootState.OK, None)


def _say_blind(blind: dict[str, OSError]) -> str:
    path, error = next(iter(blind.items()))
    paths = "1 path" if len(blind) == 1 else f"{len(blind)} paths"
    return f"{paths} cannot be read; the first is {_shortened(path)}: {error.strerror}"


def _shortened(path: str) -> str:
    text = printable(path)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _device_of(path: str) -> int | None:
    """The number of the disk that a folder is on; None if it is not there."""
    with suppress(OSError):
        return os.stat(path).st_dev  # noqa: PTH116  # a path, not a Path: as the walk takes it
    return None


class Sight(StrEnum):
    """How a path on disk and the store's row of it stand to each other."""

    AS_KNOWN = "as known"
    DIFFERS = "differs"
    VANISHED = "vanished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A path as a scan sees it; ``quarantined`` if it is known to be unusable."""

    path: str
    sight: Sight
    quarantined: bool


def compare_root(root: RootConfig, files: Files, blind: dict[str, OSError]) -> Iterator[Compared]:
    """All that is on disk or should be, in byte order, by signatures alone.

    What cannot be looked at, or not be stored, is told to ``blind``: it is unknown, not gone.
    Raises WatchError if the root itself is not there.
    """
    walk = walk_root(root, unreadable=blind.__setitem__)
    for found, row in _merge(walk, files.listing(str(root.path))):
        quarantined = row is not None and row.quarantined
        if found is None:
            if row and row.state is FileState.PRESENT and not _is_beneath(row.path, blind):
                yield Compared(path=row.path, sight=Sight.VANISHED, quarantined=quarantined)
            continue
        if not files.can_hold(found.path):
            blind[found.path] = OSError(errno.ENAMETOOLONG, "its path is too long for the store")
            continue
        known = row is not None and _is_as_known(found, row)
        sight = Sight.AS_KNOWN if known else Sight.DIFFERS
        yield Compared(path=found.path, sight=sight, quarantined=quarantined)


def _is_as_known(found: Found, row: ScanRow) -> bool:
    return row.trusted and row.state is FileState.PRESENT and row.signature == found.signature


def _is_beneath(path: str, folders: Iterable[str]) -> bool:
    return any(path.startswith(f"{folder}/") for folder in folders)


def _merge(
    walk: Iterable[Found], rows: Iterable[ScanRow]
) -> Iterator[tuple[Found | None, ScanRow | None]]:
    """Join two streams that are both in byte order of their paths."""
    left, right = iter(walk), iter(rows)
    found, row = next(left, None), next(right, None)
    while found is not None or row is not None:
        order = _order(found, row)
        yield found if order <= 0 else None, row if order >= 0 else None
        found = next(left, None) if order <= 0 else found
        row = next(right, None) if order >= 0 else row


def _order(found: Found | None, row: ScanRow | None) -> int:
    if found is None or row is None:
        return 1 if found is None else -1
    if found.path == row.path:
        return 0
    return -1 if os.fsencode(found.path) < os.fsencode(row.path) else 1
