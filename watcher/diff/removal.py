"""What it means that seeds are missing (DESIGN §4.1, §4.5). Decides; does nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from watcher.diff.draft import ArticleDraft, Drafts, as_known
from watcher.model.kinds import ArticleState, FileState, Verdict
from watcher.model.known import Decision, Known, KnownFile, Plan
from watcher.model.seed import SeedPath

VANISHED_AT_LEAST = 10
VANISHED_SHARE = 0.5
YOUNG = timedelta(days=1)
"""Losing seeds that are younger than this does not suggest a lost disk: they were a trial."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """The missing seeds of a root.

    ``vanished`` counts the missing files that are no :data:`YOUNG` ones and whose article is
    nowhere else; ``present`` the files that are there. ``was_suspicious``: the root is already.
    ``is_on_another_disk``: its folder is not on the disk that its seeds were last seen on.
    """

    missing: Sequence[KnownFile]
    vanished: int
    present: int
    was_suspicious: bool
    is_on_another_disk: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """``expired`` paths stayed away for the whole grace: removed, unless they are back by now.

    ``restarts_grace``: the root was suspicious and is so no more; what is still missing may be on
    its way back, too.
    """

    is_suspicious: bool
    restarts_grace: bool
    expired: tuple[SeedPath, ...]


def judge_losses(losses: Losses, *, now: datetime, grace: timedelta, confirmed: bool) -> Verdicts:
    """Decide if a root lost its disk, and otherwise which seeds are past their grace.

    It is the disk if more than half of the root's seeds vanished, and at least ten; of a root that
    is suspicious already, still ten; and all, however few, of one that is on another disk. The
    operator may have ``confirmed`` that they are really gone.
    """
    suspicious = not confirmed and _looks_unmounted(losses)
    restarts = losses.was_suspicious and not suspicious and not confirmed
    expired = () if suspicious or restarts else _expired(losses.missing, now - grace)
    return Verdicts(is_suspicious=suspicious, restarts_grace=restarts, expired=expired)


def _looks_unmounted(losses: Losses) -> bool:
    if losses.is_on_another_disk and losses.missing and not losses.present:
        return True
    share = (losses.present + losses.vanished) * VANISHED_SHARE
    is_most = losses.vanished > share
    return losses.vanished >= VANISHED_AT_LEAST and (losses.was_suspicious or is_most)


def _expired(missing: Sequence[KnownFile], before: datetime) -> tuple[SeedPath, ...]:
    return tuple(f.at for f in missing if f.missing_since and f.missing_since <= before)


def decide_removals(expired: Sequence[SeedPath], known: Known) -> Plan:
    """The plan for paths whose grace is over; those that are no longer missing are passed over.

    An article that is also somewhere else only loses a path: that path is forgotten, so that a new
    file there is a new article. One that is nowhere else is removed, and its path keeps its name.
    """
    drafts = Drafts.of(known)
    files = [f for at in expired if (f := known.files.get(at)) and f.state is FileState.MISSING]
    for file in files:
        if file.article:
            drafts.article(file.article).files[file.at] = FileState.GONE
    for file in files:
        _let_go(file, drafts)
    return drafts.plan()


def _let_go(file: KnownFile, drafts: Drafts) -> None:
    if file.article is None:
        drafts.write_file(replace(as_known(file), forget=True))
        return
    draft = drafts.article(file.article)
    if any(state is not FileState.GONE for state in draft.files.values()):
        _forget_path(file, draft, drafts)
        return
    drafts.write_file(replace(as_known(file), state=FileState.GONE))
    removed = draft.state is ArticleState.LIVE
    if removed:
        drafts.remove(draft)
    verdict = Verdict.REMOVED if removed else Verdict.MISSING
    drafts.decisions.append(Decision(at=file.at, verdict=verdict, article=draft.id))


def _forget_path(file: KnownFile, draft: ArticleDraft, drafts: Drafts) -> None:
    drafts.write_file(replace(as_known(file), forget=True))
    drafts.decisions.append(Decision(at=file.at, verdict=Verdict.MISSING, article=draft.id))
    drafts.hand_over(draft, file.at)
