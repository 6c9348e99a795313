"""One batch's way: ingest → diff → store and what is owed. It joins the stages, decides nothing."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Collection as Paths
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

from watcher.config.schema import Config
from watcher.diff.decide import decide_batch
from watcher.diff.identity import sought_by
from watcher.diff.removal import decide_removals
from watcher.model.article import Change
from watcher.model.batch import BatchResult, Decided, Touched
from watcher.model.delivery import Owed
from watcher.model.held_before import NOTHING_HELD, HeldBefore
from watcher.model.known import Known, Plan, Sought
from watcher.model.seed import (
    Collection,
    Held,
    Missing,
    Reading,
    Seed,
    SeedPath,
    Unchanged,
    Unusable,
)
from watcher.notify.mutes import split_muted
from watcher.notify.route import late_matches, route_changes, route_late
from watcher.notify.story_rules import apply_story_rules, are_needed
from watcher.pipeline.batch_log import log_batch, log_changes
from watcher.pipeline.reading import Piece, Readings, has_only_grown, is_incomplete, read_piece
from watcher.pipeline.reading_marker import ReadingMarker
from watcher.store.files import Files
from watcher.store.ledger import Batch, Ledger

if TYPE_CHECKING:
    from watcher.pipeline.stories import Stories

_LINES = (".jsonl", ".ndjson")


class Pipeline:
    """Takes batches of paths all the way into the store, each in one transaction.

    ``marker`` notes which seed is being read, in case that the process dies of it.
    ``on_batch`` is called with every batch once it is in the store; ``on_seed`` for each file that
    is about to be read; ``on_decided`` with the reasons of every batch, for who wants to show them.
    """

    def __init__(
        self,
        *,
        config: Config,
        files: Files,
        ledger: Ledger,
        clock: Callable[[], datetime],
        marker: ReadingMarker | None = None,
        announce_baseline: bool = False,
        held: HeldBefore = NOTHING_HELD,
        on_batch: Callable[[BatchResult], None] = lambda _: None,
        on_seed: Callable[[], None] = lambda: None,
        on_decided: Callable[[Decided], None] | None = None,
    ) -> None:
        self._on_decided = on_decided
        self._on_batch = on_batch
        self._on_seed = on_seed
        self._marker = marker or ReadingMarker()
        self._config = config
        self._files = files
        self._ledger = ledger
        self._clock = clock
        self._announce_baseline = announce_baseline
        self._loading = Lock()
        self._found: Stories | None = None
        self._held = held

    def piece(self, paths: Sequence[SeedPath], *, known: Iterable[SeedPath]) -> Piece:
        """Paths to be read, with what those of them that are ``known`` should have in them.

        Of a seed in a file of many, the whole file is read. Those that the store cannot hold are
        for the rescan to tell of.
        """
        whole = dict.fromkeys(at.file for at in paths)
        held = [at for at in whole if self._files.can_hold(at.path)]
        known = tuple(known)
        extents = self._extents(known)
        members = self._members(dict.fromkeys(at.file for at in known if at.file not in extents))
        digests = {at: digest for at, digest in members.items() if digest is not None}
        return Piece(paths=held, digests=digests | self._files.digests(known), extents=extents)

    def _extents(self, known: Sequence[SeedPath]) -> dict[SeedPath, tuple[int, bytes]]:
        """The old size and digest of those files of lines that have only grown."""
        within = {at.file for at in known if at.is_member}
        some = [at for at in known if at.path.lower().endswith(_LINES) and at not in within]
        found = self._files.extents(some) if some else {}
        now = self._clock()
        return {
            at: extent
            for at, extent in found.items()
            if has_only_grown(at, extent, self._config, now)
        }

    def _members(self, files: Iterable[SeedPath]) -> dict[SeedPath, bytes | None]:
        """The seeds that are known in files of many; no others are asked for."""
        from watcher.ingest.many import may_hold_many  # noqa: PLC0415  # not if nothing is new

        some = [at for at in files if may_hold_many(at.path)]
        return self._files.members(some) if some else {}

    def due(self, root: str) -> list[SeedPath]:
        """The seeds of a root that mean something else by now, though their bytes are the same."""
        return self._files.due(root, self._clock())

    def read(self, piece: Piece, marker: ReadingMarker | None = None) -> Readings:
        """Read the files of a piece; each helper process has a ``marker`` of its own."""
        return read_piece(
            piece,
            self._config,
            self._clock,
            marker=marker or self._marker,
            on_seed=self._on_seed,
        )

    def process(
        self,
        paths: Sequence[SeedPath],
        *,
        baseline_since: datetime | None = None,
        patience: timedelta = timedelta(0),
        closed: Paths[SeedPath] | None = None,
    ) -> BatchResult:
        """Read paths now, and take in what was there; see :meth:`take_in`."""
        found = self.read(self.piece(paths, known=paths))
        return self.take_in(found, baseline_since=baseline_since, patience=patience, closed=closed)

    def take_in(
        self,
        found: Readings,
        *,
        baseline_since: datetime | None,
        patience: timedelta,
        closed: Paths[SeedPath] | None = None,
    ) -> BatchResult:
        """Store what readings mean.

        ``baseline_since`` is set while their root is seen for the first time: all its articles
        then became known at that moment. A seed that looks half-written and was touched less than
        ``patience`` ago is left for later. ``closed`` are the paths that their writers have closed,
        None if that is unknown.
        """
        now = self._clock()
        incomplete = frozenset(
            r.at for r in found.readings if is_incomplete(r, now, patience, closed)
        )
        result = self._take_in(found, now, baseline_since, incomplete)
        result = replace(result, seconds=found.seconds + (self._clock() - now).total_seconds())
        self._on_batch(result)
        return result

    def _take_in(
        self,
        found: Readings,
        now: datetime,
        baseline_since: datetime | None,
        left: frozenset[SeedPath],
    ) -> BatchResult:
        readings, read, parsed = self._with_gone_members(found.readings), found.read, found.parsed
        incomplete = tuple(dict.fromkeys(at.file for at in left))
        kept = [reading for reading in readings if reading.at not in left]
        if not kept:
            return BatchResult(read=read, parsed=parsed, incomplete=incomplete)
        if not self._on_decided and all(isinstance(reading, Unchanged) for reading in kept):
            self._files.touch([reading for reading in kept if isinstance(reading, Unchanged)])
            return BatchResult(read=read, incomplete=incomplete)
        plan, touched, changes, owed = self._store(kept, now=now, baseline_since=baseline_since)
        return BatchResult(
            read=read,
            parsed=parsed,
            decisions=plan.decisions,
            changes=changes,
            owed=len(owed),
            due=_due(owed),
            refreshed=len(plan.articles),
            incomplete=incomplete,
            reread=plan.reread,
            touched=touched,
        )

    def _with_gone_members(self, readings: Sequence[Reading]) -> Sequence[Reading]:
        """Add the members that files of many lost, and leave out those that did not change.

        A file that cannot be used, or was not read, says nothing about its members.
        """
        grown = {r.at for r in readings if isinstance(r, Collection) and r.grown}
        readings = self._without_seconds(readings, grown) if grown else readings
        files = [r.at for r in readings if not isinstance(r, Unchanged | Unusable)]
        known = self._members(at for at in files if not at.is_member and at not in grown)
        if not known and not any(at.is_member for at in files):
            return readings
        gone = known.keys() - {reading.at for reading in readings}
        news = [r for r in readings if not (r.at.is_member and isinstance(r, Unchanged))]
        return [*news, *(Missing(at=at) for at in sorted(gone))]

    def _without_seconds(
        self, readings: Sequence[Reading], grown: AbstractSet[SeedPath]
    ) -> Sequence[Reading]:
        """The same, but for new members of grown files that have the name of a known one."""
        from watcher.ingest.many import name_of_second, second_of  # noqa: PLC0415  # as above

        news = {r.at for r in readings if isinstance(r, Seed | Held) and r.at.file in grown}
        known = self._files.digests(at for at in news if at.is_member)
        kept: list[Reading] = []
        for r in readings:
            digest = known.get(r.at) if isinstance(r, Seed | Held) else None
            if digest is None or not isinstance(r, Seed | Held):
                kept.append(r)
            elif digest != r.digest:
                name = r.at.path.rpartition("#")[2]
                at = r.at.file.member(name_of_second(name, r.digest))
                kept.append(
                    Unusable(
                        at=at,
                        problem=second_of(name, None),
                        signature=r.signature,
                        trusted=r.trusted,
                        digest=r.digest,
                    )
                )
        return kept

    def remove(self, expired: Iterable[SeedPath]) -> BatchResult:
        """Store what it means that these paths stayed away for the whole grace."""
        now = self._clock()
        paths = tuple(expired)
        with self._ledger.batch(at=now, baseline=False) as batch:
            known = batch.known(Sought(paths=frozenset(paths)))
            plan = decide_removals(paths, known)
            changes = batch.write(plan)
            owed = self._owe(batch, plan, known, changes, now=now)
        log_changes(changes)
        self._report((), known, plan, changes)
        result = BatchResult(
            decisions=plan.decisions,
            changes=changes,
            owed=len(owed),
            due=_due(owed),
            refreshed=len(plan.articles),
            reread=plan.reread,
            touched=_touched(plan, known),
        )
        self._on_batch(result)
        return result

    @property
    def _stories(self) -> "Stories | None":
        """What finds stories: loaded with the first batch that says something new, if at all."""
        if self._config.stories is None:
            return None
        from watcher.pipeline.stories import Stories  # noqa: PLC0415

        with self._loading:
            self._found = self._found or Stories(self._config.stories)
        return self._found

    def warm_stories(self, may_go_on: Callable[[], bool]) -> None:
        """Read what the next articles will be compared with; for a thread of its own."""
        with self._ledger.places() as places:
            number, _ = places.newest()
        if number and self._stories:
            self._stories.warm(self._ledger, self._clock(), may_go_on=may_go_on)

    @contextmanager
    def _finding_stories(
        self, readings: Sequence[Reading], at: datetime
    ) -> "Iterator[Stories | None]":
        """What places the new articles among these readings, with what it needs read already."""
        if self._stories is None:
            yield None
            return
        times = [
            min(reading.content.published_at or at, at)
            for reading in readings
            if isinstance(reading, Seed)
        ]
        with self._stories.batch():
            if times:
                self._stories.prepare(self._ledger, times)
            yield self._stories

    def _store(
        self, readings: Sequence[Reading], *, now: datetime, baseline_since: datetime | None
    ) -> tuple[Plan, tuple[Touched, ...], tuple[Change, ...], Sequence[Owed]]:
        baseline = baseline_since is not None
        at = baseline_since or now
        with (
            self._finding_stories(readings, at) as stories,
            self._ledger.batch(at=at, baseline=baseline) as batch,
        ):
            known = batch.known(sought_by(readings))
            plan = decide_batch(readings, known, self._config.articles)
            changes = batch.write(plan, stories.place if stories else None)
            if stories:
                stories.update(_rewritten(plan), batch.places)
            owed = self._owe(batch, plan, known, changes, now=now)
        log_batch(readings, known, plan, changes)
        self._report(readings, known, plan, changes)
        return plan, _touched(plan, known), changes, owed

    def _owe(
        self, batch: Batch, plan: Plan, known: Known, changes: Sequence[Change], *, now: datetime
    ) -> list[Owed]:
        """Owe the endpoints what the batch means to them. Returns that."""
        endpoints = self._config.endpoints
        articles = {change.sequence: change.article for change in changes}
        owed = route_changes(
            changes,
            endpoints,
            now=now,
            announce_baseline=self._announce_baseline,
            held=self._held,
        )
        late: dict[tuple[str, str], Owed] = {}
        if matches := late_matches(plan.articles, known.articles, endpoints, now=now):
            late = route_late(matches, batch.first_changes({a for _, a in matches}), now=now)
            # An endpoint that gets an article as new does not get its update as well.
            owed = [o for o in owed if (o.endpoint, articles[o.sequence].id) not in late]
            articles |= batch.articles(item.sequence for item in late.values())
        if mutes := batch.mutes(now) if owed or late else ():
            owed, muted = split_muted(owed, articles, mutes, now=now)
            told_late, muted_late = split_muted(late.values(), articles, mutes, now=now)
            batch.withhold([*muted, *muted_late])
        else:
            told_late = list(late.values())
        owed = [*self._apply_stories(batch, changes, owed), *told_late]
        batch.owe(owed)
        return owed

    def _report(
        self, readings: Sequence[Reading], known: Known, plan: Plan, changes: tuple[Change, ...]
    ) -> None:
        if self._on_decided:
            self._on_decided(
                Decided(readings=tuple(readings), known=known, plan=plan, changes=changes)
            )

    def _apply_stories(
        self, batch: Batch, changes: Sequence[Change], owed: list[Owed]
    ) -> list[Owed]:
        """The changes still owed once people are spared repeats of one story."""
        stories = {change.article.story for change in changes if change.article.story}
        if not stories or not are_needed(owed, self._config.endpoints):
            return owed
        members = batch.story_members(stories)
        ruled = apply_story_rules(changes, owed, self._config.endpoints, members)
        batch.withhold(ruled.withheld)
        return ruled.owed


def _rewritten(plan: Plan) -> list[str]:
    """The articles that say something else than before."""
    return [write.id for write in plan.articles if not write.is_new]


def _due(owed: Iterable[Owed]) -> dict[str, datetime]:
    """When each endpoint first has something to be sent."""
    due: dict[str, datetime] = {}
    for each in owed:
        due[each.endpoint] = min(each.due_at, due.get(each.endpoint, each.due_at))
    return due


def _touched(plan: Plan, known: Known) -> tuple[Touched, ...]:
    before = known.articles
    return tuple(
        Touched(
            id=write.id,
            state=write.state,
            content=write.content,
            old_topics=before[write.id].content.topics if write.id in before else (),
        )
        for write in plan.articles
    )
