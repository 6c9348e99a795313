"""A dry run: the real scan, on a copy of the store that is thrown away.

It says what would be announced, to whom, and why all else is no news. The store itself is only
read; a daemon may run meanwhile.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from watcher.config.schema import Config
from watcher.diff.apply import apply_plan
from watcher.diff.reasons import AS_KNOWN, reason_of, say_problem
from watcher.model.article import Change
from watcher.model.batch import Decided
from watcher.model.held_before import HeldBefore
from watcher.model.kinds import RootState, Verdict
from watcher.model.known import Decision, Known, Sought
from watcher.model.seed import Reading, SeedPath, Unchanged
from watcher.notify.route import due_at, why_not
from watcher.scan.once import take_in_roots
from watcher.scan.wiring import held_before, make_pipeline, take_over
from watcher.store.backup import temporary_copy
from watcher.store.columns import ABSENT, QUARANTINED
from watcher.store.store import Store

_AT_ONCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who would be sent a change, and when; who would not, and why."""

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

    ``baselines`` are the roots seen for the first time. ``troubles`` says of a root why nothing
    would be removed from it, or why it cannot be read.
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
    """Return what ``scan`` would do at the time ``now``; nothing is waited for."""
    known = {root.path for root in store.roots.uncounted() if root.baselined_at is not None}
    with temporary_copy(store.database) as database:
        held = held_before(store, config)
        copy = Store(database)
        notes = _Notes(config, now, announce_baseline=announce_baseline, held=held)
        take_over(copy, config, lambda: now)
        pipeline = make_pipeline(
            copy,
            config,
            lambda: now,
            announce_baseline=announce_baseline,
            held=held,
            on_decided=notes.add,
        )
        take_in_roots(
            copy, config, lambda: now, pipeline, removals_confirmed=removals_confirmed, pause=None
        )
        untouched = [one for root in config.watch for one in _untouched(copy, root.path, notes)]
        troubles = dict(_troubles(copy))
    watched = frozenset(str(root.path) for root in config.watch)
    return Rehearsal(
        paths=(*notes.news, *notes.no_news(), *untouched),
        baselines=watched - known,
        troubles={path: why for path, why in troubles.items() if path in watched},
    )


class _Notes:
    """What was decided on the way, with the reason for it."""

    def __init__(
        self, config: Config, now: datetime, *, announce_baseline: bool, held: HeldBefore
    ) -> None:
        self._config = config
        self._now = now
        self._announce_baseline = announce_baseline
        self._held = held
        self.news: list[Rehearsed] = []
        self.by_path: dict[SeedPath, Rehearsed] = {}

    def add(self, decided: Decided) -> None:
        after = apply_plan(decided.known, decided.plan, self._now)
        readings = {reading.at: reading for reading in decided.readings}
        told = {change.article.id: change for change in decided.changes}
        for decision in decided.plan.decisions:
            change = told.get(decision.article or "")
            is_news = change is not None and change.kind.value == decision.verdict.value
            one = self._rehearsed(decision, decided, after, readings, change if is_news else None)
            self.by_path[decision.at] = one
            if is_news:
                self.news.append(one)
                del told[decision.article or ""]
        for change in told.values():  # of articles that lost their file to another one
            at = decided.known.articles[change.article.id].files[0].at
            verdict = Verdict(change.kind.value)
            decision = Decision(at=at, verdict=verdict, article=change.article.id)
            self.news.append(self._rehearsed(decision, decided, after, readings, change))

    def no_news(self) -> Iterator[Rehearsed]:
        return (one for one in self.by_path.values() if one.audience is None)

    def _rehearsed(
        self,
        decision: Decision,
        decided: Decided,
        after: Known,
        readings: dict[SeedPath, Reading],
        change: Change | None,
    ) -> Rehearsed:
        file, reading = decided.known.files.get(decision.at), readings.get(decision.at)
        if file and file.problem and isinstance(reading, Unchanged):
            why = say_problem(file.problem)
            return Rehearsed(at=decision.at, verdict=Verdict.QUARANTINED, reason=why)
        article = after.articles.get(decision.article or "")
        return Rehearsed(
            at=decision.at,
            verdict=decision.verdict,
            reason=reason_of(
                decision,
                reading,
                before=decided.known,
                after=after,
                settings=self._config.articles,
            ),
            article=article.id if article else None,
            title=article.content.title if article else None,
            audience=self._audience(change) if change else None,
        )

    def _audience(self, change: Change) -> Audience:
        told, not_told = [], []
        for endpoint in self._config.endpoints:
            why = why_not(
                change,
                endpoint,
                now=self._now,
                announce_baseline=self._announce_baseline,
                held=self._held,
            )
            if why is None:
                told.append((endpoint.name, due_at(endpoint, change.at)))
            else:
                not_told.append((endpoint.name, why))
        return Audience(told=tuple(told), not_told=tuple(not_told))


def _untouched(store: Store, root: os.PathLike[str], notes: _Notes) -> Iterator[Rehearsed]:
    """Yield the paths that are as known by their signature: nothing was decided about them."""
    for page in store.files.listing(str(root)):
        rest = [row for row in page if not row[2] & ABSENT]
        paths = [SeedPath(root=str(root), path=os.fsdecode(row[0])) for row in rest]
        bad = [at for at, row in zip(paths, rest, strict=True) if row[2] & QUARANTINED]
        problems = _problems(store, [at for at in bad if at not in notes.by_path])
        for at in paths:
            if at in notes.by_path:
                continue
            if at in problems:
                yield Rehearsed(at=at, verdict=Verdict.QUARANTINED, reason=problems[at])
            else:
                yield Rehearsed(at=at, verdict=Verdict.UNCHANGED, reason=AS_KNOWN)


def _problems(store: Store, paths: Sequence[SeedPath]) -> dict[SeedPath, str]:
    """Why these paths cannot be used."""
    found = dict[SeedPath, str]()
    for start in range(0, len(paths), _AT_ONCE):
        sought = Sought(paths=frozenset(paths[start : start + _AT_ONCE]))
        files = store.ledger.known(sought).files
        found |= {at: say_problem(file.problem) for at, file in files.items()}
    return found


def _troubles(store: Store) -> Iterator[tuple[str, str]]:
    for root in store.roots.uncounted():
        if root.state in (RootState.MISSING, RootState.SUSPICIOUS):
            yield root.path, root.detail or root.state.value
