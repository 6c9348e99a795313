"""One pass over one root: what differs from the store goes down the pipeline.

By itself sufficient for correctness (DESIGN §4.1): events only make it fast. What a
pass saw and did is counted.
"""

import logging
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING

from watcher.config.schema import RootConfig
from watcher.errors import WatchError
from watcher.log import fields
from watcher.model.kinds import RootState, Verdict
from watcher.model.left_out import LeftOut
from watcher.model.seed import Missing, Reading, SeedPath
from watcher.model.standing import RootStatus
from watcher.model.wording import count
from watcher.pipeline.pipeline import Pipeline
from watcher.pipeline.reading import Piece, Readings, join_readings
from watcher.scan.compare import Compared, Sight, Spool, compare_root
from watcher.scan.publication_order import by_publication
from watcher.scan.read_pool import MANY, PIECE, PIECES, ReadPool, count_helpers
from watcher.store.files import Files
from watcher.store.roots import Roots
from watcher.watch.site_hint import find_site
from watcher.watch.walk import printable

if TYPE_CHECKING:
    from watcher.model.batch import BatchResult
    from watcher.model.known import Decision
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
    incomplete: dict[SeedPath, datetime | None] = field(default_factory=dict)
    """Half-written seeds that are left for later; since when they are a baseline, if they are."""
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
        for decision in result.decisions:
            self.quarantined += decision.verdict is Verdict.QUARANTINED
        if self.keeps_decisions:
            self.decisions += result.decisions
        for kind, number in Counter(change.kind for change in result.changes).items():
            setattr(self, kind, getattr(self, kind) + number)


@dataclass(frozen=True, slots=True, kw_only=True)
class PassResult:
    """What one pass did, and the feeds as they now are."""

    totals: ScanTotals
    feeds: tuple["PublishedFeed", ...]

    @property
    def feeds_written(self) -> int:
        return sum(feed.written for feed in self.feeds)


log = logging.getLogger(__name__)

BATCH = 1000
"""How many seeds are stored in one transaction at most."""
LONGEST_SHOWN = 200
"""How many characters of a path that cannot be stored are shown."""


class RootScan:
    """Compares a root with the store, a step at a time: others have their turn in between.

    ``status`` is the root as the store knows it. ``rules`` stands for all in the config that
    decides which files are seeds, and how they are read. ``trouble`` returns what keeps a root
    from being watched. A seed that looks half-written and is younger than ``patience`` is left for
    later.
    """

    def __init__(
        self,
        root: RootConfig,
        totals: ScanTotals,
        *,
        status: RootStatus,
        rules: str,
        files: Files,
        roots: Roots,
        pipeline: Pipeline,
        clock: Callable[[], datetime],
        patience: timedelta,
        trouble: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        self.root = root
        self.totals = totals
        self._path = str(root.path)
        self._status = status
        self._rules = rules
        self._files = files
        self._roots = roots
        self._pipeline = pipeline
        self._clock = clock
        self._patience = patience
        self._trouble = trouble
        self._since = None if status.baselined_at else status.first_seen_at
        self._known_before: datetime | None = None
        self._blind = dict[str, OSError]()
        self._left_out = LeftOut()
        self._taken = set[SeedPath]()

    def note_taken(self, paths: Iterable[SeedPath]) -> None:
        """Others took these paths in between two steps: what was read of them before is stale."""
        self._taken.update(at for at in paths if at.root == self._path)

    def steps(self) -> Iterator[None]:
        """The pass itself. A root that is not there changes nothing but its state.

        A step stores at most a batch, or walks on to the next thousand files.
        """
        began, status = self._clock(), self._status
        self._find_what_is_no_news()
        seen_before, device = self.totals.seen, _device_of(self._path)
        try:
            yield from self._compare()
        except WatchError as error:
            self._note_state(status, RootState.MISSING, str(error))
            return
        if device is not None and self.totals.seen > seen_before:
            self._roots.note_device(self._path, device)
        if self._since is not None:
            self.totals.baseline = True
            self._roots.finish_baseline(self._path, self._clock())
        self._roots.scanned(self._path, self._clock(), began=began, rules=self._rules)
        self._note_left_out()
        self._note_state(status, *_judge(status, self._blind, self._trouble(self._path)))

    @property
    def is_first(self) -> bool:
        """True if no pass over this root was complete before."""
        return self._since is not None

    def _find_what_is_no_news(self) -> None:
        """What other rules bring in is no news if it was there before the last pass began."""
        rules, began = self._roots.last_rules(self._path)
        if rules != self._rules and not self.is_first:
            self._known_before = began or self._status.last_scan_at

    def _compare(self) -> Iterator[None]:
        """Take in what differs from what the store knows, and drafts whose time has come."""
        due = self._files.due(self._path, self._clock())
        for start in range(0, len(due), PIECE):
            some = due[start : start + PIECE]
            self._take_in(self._pipeline.read(self._pipeline.piece(some, known=some)))
            yield
        found_ones = self._read(self._pieces())
        for found in by_publication(found_ones) if self.is_first else found_ones:
            if found is not None:
                self._take_in(found)
            yield

    def _note_left_out(self) -> None:
        """Note what the walk passed by, and whose site it looks like if nothing was found."""
        if self.root.like is None and not self._roots.has_articles(self._path):
            site = find_site(self._path)
            self._left_out.looks_like = site.words() if site else ""
        self._roots.note_left_out(self._path, self._left_out)

    # ------------------------------------------------------------ what differs

    def _pieces(self) -> Iterator[Piece | None]:
        """Yield the paths to read, in pieces; None where another root may take its turn."""
        paths, known = list[SeedPath](), list[SeedPath]()
        for one in self._differing():
            if one is None:
                yield None
                continue
            at = SeedPath(root=self._path, path=one.path)
            paths.append(at)
            if one.sight is not Sight.UNKNOWN:
                known.append(at)
            if len(paths) == PIECE:
                yield self._pipeline.piece(paths, known=known)
                paths, known = [], []
        if paths:
            yield self._pipeline.piece(paths, known=known)

    def _differing(self) -> Iterator[Compared | None]:
        """Yield the paths that differ: those that vanished first, then changed ones, then new ones.

        What is known may have moved from one path to another: the old one is best decided first.
        A root seen for the first time is read as it is walked: nothing of it can have vanished.
        """
        if self._since is not None:
            yield from self._walk()
            return
        with Spool() as vanished, Spool() as changed, Spool() as new:
            spools = {Sight.VANISHED: vanished, Sight.DIFFERS: changed, Sight.UNKNOWN: new}
            for one in self._walk():
                if one is None:
                    yield None
                else:
                    spools[one.sight].put(one.path)
            for sight, spool in spools.items():
                for path in spool:
                    yield Compared(path, sight, quarantined=False)

    def _walk(self) -> Iterator[Compared | None]:
        """Walk the root and count it. Yields what differs, and None after each stretch."""
        totals = self.totals
        for stretch in compare_root(self.root, self._files, self._blind, self._left_out):
            totals.seen += len(stretch.known)
            totals.unchanged += len(stretch.known)
            for one in stretch.others:
                totals.seen += one.sight is not Sight.VANISHED
                if one.sight is not Sight.AS_KNOWN:
                    yield one
                    continue
                totals.unchanged += 1
                totals.quarantined += one.quarantined
            yield None

    # ------------------------------------------------------------ reading and storing

    def _read(self, pieces: Iterator[Piece | None]) -> Iterator[Readings | None]:
        """Yield the readings of these paths, in batches; None where another root may take its turn.

        If there are many, helpers read ahead.
        """
        first = list[Piece]()
        for piece in pieces:
            if piece is None:
                yield None
                continue
            first.append(piece)
            if len(first) * PIECE >= MANY:
                break
        helpers = count_helpers() if len(first) * PIECE >= MANY else 0
        if not helpers:
            yield from self._read_here(chain(first, pieces))
            return
        with ReadPool(self._pipeline.read, helpers=helpers) as pool:
            rest = (piece for piece in pieces if piece is not None)
            found = pool.read(chain(first, rest), together=PIECES)
            yield from map(join_readings, found)

    def _read_here(self, pieces: Iterator[Piece | None]) -> Iterator[Readings | None]:
        batch = list[Readings]()
        for piece in pieces:
            if piece is None:
                yield None
                continue
            batch.append(self._pipeline.read(piece))
            if len(batch) == PIECES:
                yield join_readings(batch)
                batch = []
            else:
                yield None
        if batch:
            yield join_readings(batch)

    def _take_in(self, found: Readings) -> None:
        for part, since in self._split(self._refresh(found)):
            result = self._pipeline.take_in(part, baseline_since=since, patience=self._patience)
            self.totals.add(result)
            self.totals.incomplete |= dict.fromkeys(result.incomplete, since)
            if result.reread:
                self._taken.update(result.reread)
                again = self._pipeline.piece(result.reread, known=result.reread)
                self._take_in(self._pipeline.read(again))

    def _refresh(self, found: Readings) -> Readings:
        """Read again what others took in after it was read ahead."""
        files = dict.fromkeys(reading.at.file for reading in found.readings)
        stale = [at for at in files if at in self._taken]
        if not stale:
            return found
        again = self._pipeline.read(self._pipeline.piece(stale, known=stale))
        fresh = [reading for reading in found.readings if reading.at.file not in stale]
        return replace(found, readings=(*fresh, *again.readings))

    def _split(self, found: Readings) -> Iterator[tuple[Readings, datetime | None]]:
        """Yield readings with the time since which they are a baseline, or None if they are news.

        After a change of the rules, what was there untouched before the last scan is a baseline.
        """
        before = self._known_before
        if before is None:
            yield found, self._since
            return
        known = tuple(reading for reading in found.readings if _is_older(reading, before))
        if known:
            yield Readings(readings=known, read=0, parsed=0), before
        new = tuple(reading for reading in found.readings if not _is_older(reading, before))
        yield replace(found, readings=new), None

    # ------------------------------------------------------------ the root's state

    def _note_state(self, before: RootStatus, state: RootState, detail: str | None) -> None:
        if (before.state, before.detail) == (state, detail):
            return
        self._roots.set_state(before.path, state, detail)
        level = logging.INFO if state is RootState.OK else logging.WARNING
        log.log(level, "root %s", state.value, extra=fields(root=before.path, why=detail or ""))


def _is_older(reading: Reading, moment: datetime) -> bool:
    """True if a file was last touched before ``moment``, by its ctime, which nobody can set."""
    signature = None if isinstance(reading, Missing) else reading.signature
    return signature is not None and signature.ctime_ns / 1e9 < moment.timestamp()


def _judge(
    before: RootStatus, blind: dict[str, OSError], trouble: str | None
) -> tuple[RootState, str | None]:
    """The state of a root after a pass. A suspicious one stays so until that is resolved."""
    if before.state is RootState.SUSPICIOUS:
        return before.state, before.detail
    if blind:
        return RootState.DEGRADED, _describe_blind(blind)
    return (RootState.DEGRADED, trouble) if trouble else (RootState.OK, None)


def _describe_blind(blind: dict[str, OSError]) -> str:
    path, error = next(iter(blind.items()))
    paths = count(len(blind), "path")
    return f"{paths} cannot be read; the first is {_shortened(path)}: {error.strerror}"


def _shortened(path: str) -> str:
    text = printable(path)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _device_of(path: str) -> int | None:
    """The number of the disk that a folder is on; None if it is not there."""
    with suppress(OSError):
        return os.stat(path).st_dev  # noqa: PTH116  # a path, not a Path: as the walk takes it
    return None
