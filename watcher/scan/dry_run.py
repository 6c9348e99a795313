"""A scan that is only thought through: what would be announced, to whom, and why all else is not.

It reads the store and the seeds, and writes nothing at all; a daemon may run meanwhile.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from watcher.config.schema import Config, RootConfig
from watcher.diff.apply import apply_plan
from watcher.diff.decide import decide_batch
from watcher.diff.identity import sought_by
from watcher.diff.reasons import AS_KNOWN, reason_of, say_problem
from watcher.diff.removal import decide_removals
from watcher.errors import WatchError
from watcher.model.article import Article, Change
from watcher.model.kinds import FileState, RootState, Verdict
from watcher.model.known import ChangeWrite, Decision, KnownFile, Plan
from watcher.model.seed import Reading, SeedPath
from watcher.notify.route import route_changes, why_not
from watcher.pipeline.reading import Piece, read_piece
from watcher.scan.compare import Compared, Sight, compare_root
from watcher.scan.removals import is_on_another_disk, is_suspicious
from watcher.scan.wiring import is_read_by_rules
from watcher.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who would hear of a change, and from when on; who would not, and why."""

    told: tuple[tuple[str, datetime], ...] = ()
    not_told: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """What would become of one path; it has an audience if it is news."""

    at: SeedPath
    verdict: Verdict
    reason: str
    article: str | None = None
    title: str | None = None
    audience: Audience | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """All paths, those that are news first and those with a known signature last.

    ``baselines`` are the roots of which this is the first sight. ``troubles`` says of a root why
    nothing would be removed from it, or why it cannot be read.
    """

    paths: tuple[Rehearsed, ...]
    baselines: frozenset[str]
    troubles: dict[str, str]


def rehearse_scan(
    store: Store,
    config: Config,
    now: datetime,
    *,
    announce_baseline: bool = False,
    removals_confirmed: bool = False,
) -> Rehearsal:
    """What ``scan`` would do at the time ``now``, all roots taken as one batch.

    What a daemon stores while this looks may or may not be seen as known.
    """
    sights = _Sights()
    for root in config.watch:
        sights.look(root, store, is_trusted=is_read_by_rules(store, config))
    scene = _Scene(store, config, now, sights)
    for root in config.watch:
        if str(root.path) not in sights.troubles:
            scene.expire(root, confirmed=removals_confirmed)
    seen = {root.path for root in store.roots.all() if root.baselined_at is not None}
    baselines = frozenset(str(root.path) for root in config.watch) - seen
    silent = () if announce_baseline else baselines
    return Rehearsal(
        paths=(*scene.told(silent), *scene.untold(), *sights.untouched()),
        baselines=baselines,
        troubles=sights.troubles,
    )


@dataclass(slots=True)
class _Sights:
    """What the walks over all roots found."""

    differing: list[SeedPath] = field(default_factory=list)
    unchanged: list[SeedPath] = field(default_factory=list)
    quarantined: list[SeedPath] = field(default_factory=list)
    on_disk: Counter[str] = field(default_factory=Counter)
    troubles: dict[str, str] = field(default_factory=dict)

    def look(self, root: RootConfig, store: Store, *, is_trusted: bool) -> None:
        path, blind = str(root.path), dict[str, OSError]()
        try:
            compared = list(compare_root(root, store.files, blind))
        except WatchError as error:
            self.troubles[path] = str(error)
            return
        for stretch in compared:
            known = self.unchanged if is_trusted else self.differing
            known += (SeedPath(root=path, path=os.fsdecode(row[0])) for row in stretch.known)
            self.on_disk[path] += len(stretch.known)
            for one in stretch.others:
                self._look_at(one, SeedPath(root=path, path=one.path), is_trusted=is_trusted)

    def _look_at(self, one: Compared, at: SeedPath, *, is_trusted: bool) -> None:
        self.on_disk[at.root] += one.sight is not Sight.VANISHED
        kind = self.quarantined if one.quarantined else self.unchanged
        if one.sight is not Sight.AS_KNOWN or not is_trusted:
            kind = self.differing
        kind.append(at)

    def untouched(self) -> Iterator[Rehearsed]:
        for at in self.unchanged:
            yield Rehearsed(at=at, verdict=Verdict.UNCHANGED, reason=AS_KNOWN)


class _Scene:
    """What the store would know, plan by plan, and what was decided on the way."""

    def __init__(self, store: Store, config: Config, now: datetime, sights: _Sights) -> None:
        self._config = config
        self._now = now
        self._sights = sights
        self._roots = store.roots
        self._suspicious = {r.path for r in store.roots.all() if r.state is RootState.SUSPICIOUS}
        self._readings: dict[SeedPath, Reading] = {}
        self._decisions: dict[SeedPath, Decision] = {}
        self._changes: list[ChangeWrite] = []
        is_trusted = is_read_by_rules(store, config)
        digests = store.files.digests(sights.differing) if is_trusted else {}
        piece = Piece(paths=sights.differing, digests=digests)
        readings = read_piece(piece, config, lambda: now).readings
        missing = [file.at for root in config.watch for file in store.files.missing(str(root.path))]
        paths = {*sights.differing, *sights.quarantined, *missing}
        sought = sought_by(readings)
        self._before = self._known = store.ledger.known(replace(sought, paths=sought.paths | paths))
        self._take_in(readings)

    def _take_in(self, readings: Sequence[Reading]) -> None:
        self._readings.update((reading.at, reading) for reading in readings)
        self._apply(decide_batch(readings, self._known, self._config.articles))

    def _apply(self, plan: Plan) -> None:
        self._known = apply_plan(self._known, plan, self._now)
        self._decisions.update((decision.at, decision) for decision in plan.decisions)
        self._changes += plan.changes
        if plan.reread:
            self._read_again(plan.reread)

    def _read_again(self, paths: Iterable[SeedPath]) -> None:
        piece = Piece(paths=tuple(paths), digests={})
        self._take_in(read_piece(piece, self._config, lambda: self._now).readings)

    def expire(self, root: RootConfig, *, confirmed: bool) -> None:
        """Let the grace of what is missing from a root run out, as the scan would."""
        path = str(root.path)
        missing = [
            file
            for file in self._known.files.values()
            if file.at.root == path and file.state is FileState.MISSING
        ]
        vanished = sum(self._is_nowhere(file) for file in missing)
        present = self._sights.on_disk[path]
        known = path in self._suspicious
        moved = bool(vanished) and is_on_another_disk(root, self._roots)
        if not confirmed and is_suspicious(
            vanished=vanished, present=present, known=known, moved=moved
        ):
            self._sights.troubles[path] = f"{vanished} seeds vanished at once: nothing is removed"
            return
        expired = [file.at for file in missing if self._is_over(file)]
        back = [at for at in expired if os.path.lexists(str(at))]
        self._read_again(back)
        away = [at for at in expired if at not in set(back)]
        self._apply(decide_removals(away, self._known))

    def _is_nowhere(self, file: KnownFile) -> bool:
        article = self._known.articles.get(file.article or "")
        return not article or all(f.state is not FileState.PRESENT for f in article.files)

    def _is_over(self, file: KnownFile) -> bool:
        grace = self._config.articles.removal_grace
        return file.missing_since is not None and self._now - file.missing_since >= grace

    def told(self, silent: Iterable[str]) -> Iterator[Rehearsed]:
        """What would be logged as a change, in order; ``silent`` roots are a baseline."""
        made_at = {(d.article, d.verdict.value): at for at, d in self._decisions.items()}
        for write in self._changes:
            at = made_at.get((write.article, write.kind.value)) or self._path_of(write)
            decision = Decision(at=at, verdict=Verdict(write.kind.value), article=write.article)
            audience = self._audience(self._change(write, at, silent))
            yield self._rehearsed(decision, audience)

    def untold(self) -> Iterator[Rehearsed]:
        """What was looked at and is no news."""
        told = {(write.article, write.kind.value) for write in self._changes}
        for decision in self._decisions.values():
            if (decision.article, decision.verdict.value) not in told:
                yield self._rehearsed(decision)
        for at in self._sights.quarantined:
            file = self._before.files.get(at)
            why = say_problem(file.problem if file else None)
            yield Rehearsed(at=at, verdict=Verdict.QUARANTINED, reason=why)

    def _path_of(self, write: ChangeWrite) -> SeedPath:
        """Where an article was that lost its file to another one."""
        return self._before.articles[write.article].files[0].at

    def _rehearsed(self, decision: Decision, audience: Audience | None = None) -> Rehearsed:
        article = self._known.articles.get(decision.article or "")
        return Rehearsed(
            at=decision.at,
            verdict=decision.verdict,
            reason=reason_of(
                decision,
                self._readings.get(decision.at),
                before=self._before,
                after=self._known,
                settings=self._config.articles,
            ),
            article=article.id if article else None,
            title=article.content.title if article else None,
            audience=audience,
        )

    def _change(self, write: ChangeWrite, at: SeedPath, silent: Iterable[str]) -> Change:
        known = self._known.articles[write.article]
        article = Article(
            id=known.id,
            content=known.content,
            first_seen_at=self._now,
            updated_at=self._now,
            state=known.state,
        )
        return Change(
            sequence=0, kind=write.kind, at=self._now, article=article, baseline=at.root in silent
        )

    def _audience(self, change: Change) -> Audience:
        endpoints = self._config.endpoints
        owed = route_changes([change], endpoints, now=self._now, announce_baseline=False)
        told = {item.endpoint: item.due_at for item in owed}
        rest = (endpoint for endpoint in endpoints if endpoint.name not in told)
        reasons = ((e, why_not(change, e, now=self._now, announce_baseline=False)) for e in rest)
        return Audience(
            told=tuple(told.items()), not_told=tuple((e.name, why or "") for e, why in reasons)
        )
