"""The rescan: compares a root with the store and sends what differs down the pipeline.

By itself sufficient for correctness (DESIGN §4.1): events only make it fast.
"""

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain, islice

from watcher.config.schema import RootConfig
from watcher.errors import WatchError
from watcher.log import fields
from watcher.model.kinds import RootState
from watcher.model.left_out import LeftOut
from watcher.model.seed import SeedPath
from watcher.model.standing import RootStatus
from watcher.pipeline.pipeline import Pipeline
from watcher.pipeline.reading import Piece, Readings, join_readings
from watcher.scan.compare import Compared, Sight, Spool, Stretch, compare_root
from watcher.scan.read_pool import MANY, PIECE, ReadPool, count_helpers
from watcher.scan.result import ScanTotals
from watcher.store.files import Files
from watcher.store.roots import Roots
from watcher.watch.site_hint import find_site
from watcher.watch.walk import printable

log = logging.getLogger(__name__)

BATCH = 1000
"""How many seeds are stored in one transaction."""
LONGEST_SHOWN = 200
"""How many characters of a path that cannot be stored are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """One pass over one root: what it counts, when a baseline began, and what it comes across."""

    root: RootConfig
    totals: ScanTotals
    since: datetime | None
    patience: timedelta
    blind: dict[str, OSError] = field(default_factory=dict)
    left_out: LeftOut = field(default_factory=LeftOut)


class Rescan:
    """Walks roots against the store.

    ``between`` is called between batches and now and then during a walk; it returns the paths that
    were taken in meanwhile. ``trouble`` returns what keeps a root from being watched.
    """

    def __init__(
        self,
        *,
        files: Files,
        roots: Roots,
        pipeline: Pipeline,
        clock: Callable[[], datetime],
        between: Callable[[], Iterable[SeedPath]] = lambda: (),
        trouble: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        self._files = files
        self._roots = roots
        self._pipeline = pipeline
        self._clock = clock
        self._between = between
        self._trouble = trouble
        self._taken: set[SeedPath] = set()

    def scan(self, root: RootConfig, totals: ScanTotals, *, patience: timedelta) -> None:
        """One pass over a root. A root that is not there changes nothing but its state."""
        path = str(root.path)
        status = self._roots.see(path, self._clock())
        since = status.first_seen_at if status.baselined_at is None else None
        turn = _Turn(root=root, totals=totals, since=since, patience=patience)
        seen_before, device = totals.seen, _device_of(path)
        self._taken.clear()
        try:
            self._compare(turn)
        except WatchError as error:
            self._say(status, RootState.MISSING, str(error))
            return
        if device is not None and totals.seen > seen_before:
            self._roots.note_device(path, device)
        if since is not None:
            totals.baseline = True
            self._roots.finish_baseline(path, self._clock())
        self._roots.scanned(path, self._clock())
        if root.like is None and not self._roots.has_articles(path):
            site = find_site(path)
            turn.left_out.looks_like = site.words() if site else ""
        self._roots.note_left_out(path, turn.left_out)
        self._say(status, *_sight(status, turn.blind, self._trouble(path)))

    def _compare(self, turn: _Turn) -> None:
        """Take in what differs from what the store knows."""
        for found in self._read(self._paths(turn), streaming=turn.since is not None):
            self._take_in(found, turn)

    def _pass_by(self) -> None:
        self._taken.update(self._between())

    def _take_in(self, found: Readings, turn: _Turn) -> None:
        result = self._pipeline.take_in(
            self._refresh(found), baseline_since=turn.since, patience=turn.patience
        )
        turn.totals.add(result)
        if result.reread:
            self._taken.update(result.reread)
            again = self._pipeline.piece(result.reread, known=result.reread)
            self._take_in(self._pipeline.read(again), turn)
        self._pass_by()

    def _refresh(self, found: Readings) -> Readings:
        """What was read ahead, but read again where somebody took a path in since then."""
        stale = [reading.at for reading in found.readings if reading.at in self._taken]
        if not stale:
            return found
        again = self._pipeline.read(self._pipeline.piece(stale, known=stale))
        fresh = {reading.at: reading for reading in again.readings}
        readings = tuple(fresh.get(reading.at, reading) for reading in found.readings)
        return replace(found, readings=readings)

    def _read(
        self, differing: Iterator[tuple[SeedPath, bool]], *, streaming: bool
    ) -> Iterator[Readings]:
        """What is at the paths that differ, in batches. If they are many, helpers read ahead.

        What is known may have moved from one path to another: then it is best decided together. Of
        a root that is seen for the first time nothing is, and its last batches may be small.
        """
        first = list(islice(differing, MANY))
        helpers = count_helpers() if len(first) == MANY else 0
        with ReadPool(self._pipeline.read, helpers=helpers) as pool:
            pieces, most = self._pieces(chain(first, differing)), BATCH // PIECE
            least = 1 if streaming else most
            yield from map(join_readings, pool.read(pieces, most=most, least=least))

    def _pieces(self, differing: Iterator[tuple[SeedPath, bool]]) -> Iterator[Piece]:
        while some := list(islice(differing, PIECE)):
            paths = [at for at, _ in some]
            yield self._pipeline.piece(paths, known=[at for at, is_known in some if is_known])

    def _paths(self, turn: _Turn) -> Iterator[tuple[SeedPath, bool]]:
        """The paths that differ, and whether they are known: those that vanished, then the rest.

        A root seen for the first time is read as it is walked: nothing of it can have vanished.
        """
        path = str(turn.root.path)
        compared = compare_root(turn.root, self._files, turn.blind, turn.left_out)
        differing = self._differing(compared, turn.totals)
        if turn.since is not None:
            for one in differing:
                yield SeedPath(root=path, path=one.path), one.sight is not Sight.UNKNOWN
            return
        with Spool() as vanished, Spool() as changed, Spool() as new:
            spools = {Sight.VANISHED: vanished, Sight.DIFFERS: changed, Sight.UNKNOWN: new}
            for one in differing:
                spools[one.sight].put(one.path)
            for spool in spools.values():
                for name in spool:
                    yield SeedPath(root=path, path=name), spool is not new

    def _differing(self, compared: Iterable[Stretch], totals: ScanTotals) -> Iterator[Compared]:
        for stretch in compared:
            totals.seen += len(stretch.known)
            totals.unchanged += len(stretch.known)
            for one in stretch.others:
                totals.seen += one.sight is not Sight.VANISHED
                if one.sight is not Sight.AS_KNOWN:
                    yield one
                    continue
                totals.unchanged += 1
                totals.quarantined += one.quarantined
            self._pass_by()

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
