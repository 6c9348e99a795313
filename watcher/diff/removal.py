"""What it means that seeds stayed away for the whole grace (DESIGN §4.5). Decides; does nothing."""

from collections.abc import Sequence
from dataclasses import replace

from watcher.diff.draft import ArticleDraft, Drafts, as_known
from watcher.model.kinds import ArticleState, FileState, Verdict
from watcher.model.known import Decision, Known, KnownFile, Plan
from watcher.model.seed import SeedPath


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
