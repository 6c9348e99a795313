"""What one batch of readings means (DESIGN §4.3, §4.4): decides, and does nothing.

What went missing is decided first, so that a path that takes over from it may speak at once; then
known paths, so that a URL which one of them brings is known when a new path brings it too.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from watcher.config.schema import ArticlesConfig
from watcher.diff.draft import ArticleDraft, Drafts, as_known
from watcher.diff.fingerprint import fingerprint, older_marks, same_rule
from watcher.diff.identity import aliases_of, hints_of, make_id, new_id, shared_address, whose
from watcher.model.kinds import ArticleState, ChangeKind, FileState, Verdict
from watcher.model.known import Decision, Draft, FileWrite, Known, Plan, SharedAddress
from watcher.model.seed import (
    Collection,
    Held,
    Missing,
    NotArticle,
    Problem,
    Reading,
    Seed,
    SeedPath,
    Unchanged,
    Unusable,
)


def decide_batch(readings: Sequence[Reading], known: Known, settings: ArticlesConfig) -> Plan:
    """The plan for one batch; ``known`` covers all its paths, its URLs, and their articles."""
    drafts = Drafts.of(known, readings)
    for reading in sorted(readings, key=lambda reading: _turn(reading, known)):
        match reading:
            case Missing():
                _decide_missing(reading, drafts)
            case Collection():
                drafts.write_file(_file_write(reading, None))
            case Unchanged():
                _decide_unchanged(reading, drafts)
            case Unusable():
                _decide_unusable(reading, drafts)
            case Held():
                _decide_no_article(reading, Verdict.HELD, drafts)
            case NotArticle():
                _decide_no_article(reading, Verdict.LEFT_OUT, drafts)
            case Seed():
                _decide_seed(reading, drafts, settings)
    drafts.settle_bereft()
    return drafts.plan()


def _turn(reading: Reading, known: Known) -> int:
    if isinstance(reading, Missing):
        return 0
    return 1 if reading.at in known.files else 2


def _say(
    drafts: Drafts,
    at: SeedPath,
    verdict: Verdict,
    article: str | None = None,
    *,
    problem: Problem | None = None,
    shared: SharedAddress | None = None,
) -> None:
    drafts.decisions.append(
        Decision(at=at, verdict=verdict, article=article, problem=problem, shared=shared)
    )


def _decide_missing(reading: Missing, drafts: Drafts) -> None:
    file = drafts.file(reading.at)
    if file is None or file.state is FileState.GONE:
        _say(drafts, reading.at, Verdict.UNKNOWN_PATH)
        return
    if file.article is None:
        drafts.write_file(replace(as_known(file), forget=True))
    elif file.state is FileState.PRESENT:
        drafts.write_file(replace(as_known(file), state=FileState.MISSING, problem=None))
    _say(drafts, reading.at, Verdict.MISSING, file.article)


def _decide_unchanged(reading: Unchanged, drafts: Drafts) -> None:
    file = drafts.file(reading.at)
    if file is None:  # forgotten while it was being read: the next scan takes it up again
        _say(drafts, reading.at, Verdict.UNKNOWN_PATH)
        return
    write = replace(
        as_known(file),
        state=FileState.PRESENT,
        signature=reading.signature,
        trusted=reading.trusted,
    )
    drafts.write_file(write)
    returned = file.state is not FileState.PRESENT
    if returned and file.article and len(drafts.article(file.article).files) > 1:
        drafts.reread(file.at, file.article)  # another path may have spoken meanwhile
    _say(drafts, reading.at, Verdict.RETURNED if returned else Verdict.UNCHANGED, file.article)


def _decide_unusable(reading: Unusable, drafts: Drafts) -> None:
    file = drafts.file(reading.at)
    article = file.article if file else None
    drafts.write_file(_file_write(reading, article, problem=reading.problem))
    _say(drafts, reading.at, Verdict.QUARANTINED, article, problem=reading.problem)


def _decide_no_article(reading: Held | NotArticle, verdict: Verdict, drafts: Drafts) -> None:
    """A file that is no article, or not yet: if it was one, the next path speaks, or it goes."""
    file = drafts.file(reading.at)
    if isinstance(reading, Held):
        draft = Draft(id=make_id(reading.id_url), content=reading.content, why=reading.why)
        drafts.write_file(_file_write(reading, None, draft=draft, due_at=reading.due_at))
    else:
        drafts.write_file(_file_write(reading, None))
    _say(drafts, reading.at, verdict, file.article if file else None)


def _decide_seed(seed: Seed, drafts: Drafts, settings: ArticlesConfig) -> None:
    mark = fingerprint(seed.content, settings.significant)

    def is_revision_of(draft: ArticleDraft) -> bool:
        return _has_seen(draft, mark, seed, settings)

    identifier = whose(seed, drafts, is_revision_of)
    if identifier is None:
        _add_article(seed, mark, drafts)
        return
    draft = drafts.article(identifier)
    is_known_path = seed.at in draft.files
    shared = _place(seed, draft, drafts)
    verdict = Verdict.UNCHANGED
    if draft.speaker() == seed.at:
        verdict = _speak(seed, mark, draft, drafts, settings)
    if not is_known_path and verdict in (Verdict.UNCHANGED, Verdict.REFRESHED):
        verdict = Verdict.ANOTHER_PATH
    _say(drafts, seed.at, verdict, identifier, shared=shared)


def _place(seed: Seed, draft: ArticleDraft, drafts: Drafts) -> SharedAddress | None:
    """Put a seed's path and addresses to an article. Returns the address that is another's."""
    shared = shared_address(seed, draft, drafts)
    shared_url = shared.url if shared else None
    drafts.write_file(_file_write(seed, draft.id, shared_url=shared_url, due_at=seed.due_at))
    drafts.add_aliases(aliases_of(seed), draft.id)
    drafts.add_similar(hints_of(seed), draft.id)
    return shared


def _has_seen(draft: ArticleDraft, mark: str, seed: Seed, settings: ArticlesConfig) -> bool:
    """True if a seed says what its article has said before, by this rule or an earlier one."""
    if mark in draft.fingerprints:
        return True
    return not draft.fingerprints.isdisjoint(older_marks(seed.content, settings.significant))


def _add_article(seed: Seed, mark: str, drafts: Drafts) -> None:
    draft = ArticleDraft(
        id=new_id(seed, drafts),
        state=ArticleState.LIVE,
        content=seed.content,
        fingerprint=mark,
        fingerprints=set(),
        updates=0,
        files={},
        is_new=True,
    )
    drafts.add(draft)
    shared = _place(seed, draft, drafts)
    drafts.add_revision(draft, mark)
    drafts.add_change(ChangeKind.NEW, draft)
    _say(drafts, seed.at, Verdict.NEW, draft.id, shared=shared)


def _speak(
    seed: Seed, mark: str, draft: ArticleDraft, drafts: Drafts, settings: ArticlesConfig
) -> Verdict:
    """Let a seed set its article's content, and say what that means."""
    if not same_rule(mark, draft.fingerprint):
        _carry_over(draft, drafts, settings)
    returned = draft.state is ArticleState.REMOVED
    verdict = _compare(seed, mark, draft, settings)
    if verdict is Verdict.UPDATED and _says_the_same_bytes(seed, drafts):
        verdict = Verdict.REFRESHED
    draft.is_touched |= returned or verdict is not Verdict.UNCHANGED
    draft.state, draft.content, draft.fingerprint = ArticleState.LIVE, seed.content, mark
    drafts.add_revision(draft, mark)
    if verdict is Verdict.UPDATED:
        draft.updates += 1
        draft.is_revised = True
        drafts.add_change(ChangeKind.UPDATED, draft)
    return Verdict.RETURNED if returned and verdict is not Verdict.UPDATED else verdict


def _compare(seed: Seed, mark: str, draft: ArticleDraft, settings: ArticlesConfig) -> Verdict:
    if mark == draft.fingerprint:
        return Verdict.UNCHANGED if seed.content == draft.content else Verdict.REFRESHED
    if _has_seen(draft, mark, seed, settings):
        return Verdict.SEEN_REVISION
    if draft.updates >= settings.max_updates:
        return Verdict.OVER_MAX_UPDATES
    return Verdict.UPDATED


def _says_the_same_bytes(seed: Seed, drafts: Drafts) -> bool:
    """True if the bytes are as before: then only our way of reading them changed."""
    file = drafts.file(seed.at)
    return file is not None and file.digest == seed.digest


def _carry_over(draft: ArticleDraft, drafts: Drafts, settings: ArticlesConfig) -> None:
    """Bring the present revision under the present rule, so that a new rule is no news."""
    draft.fingerprint = fingerprint(draft.content, settings.significant)
    draft.is_touched = True
    drafts.add_revision(draft, draft.fingerprint)


def _file_write(
    reading: Collection | Unusable | Held | NotArticle | Seed, article: str | None, **more: Any
) -> FileWrite:
    """The row of a path that was read; ``more`` are the fields that not every row has."""
    return FileWrite(
        at=reading.at,
        state=FileState.PRESENT,
        signature=reading.signature,
        trusted=reading.trusted,
        digest=reading.digest,
        article=article,
        **more,
    )
