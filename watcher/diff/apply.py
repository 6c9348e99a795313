"""What the store will know once a plan is written: for dry runs, and for tests of diff alone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from watcher.model.kinds import FileState
from watcher.model.known import FileWrite, Known, KnownArticle, KnownFile, Plan
from watcher.model.seed import SeedPath


def apply_plan(known: Known, plan: Plan, at: datetime) -> Known:
    """``known`` after ``plan`` was written at the time ``at``, with all files of its articles."""
    files = _apply_files(known, plan.files, at)
    return Known(
        files=files,
        aliases={**known.aliases, **dict(plan.aliases)},
        articles=_apply_articles(known.articles, plan, files.values()),
        similar=_apply_similar(known.similar, plan),
        ids=known.ids,
    )


def _apply_similar(
    known: Mapping[str, tuple[str, ...]], plan: Plan
) -> Mapping[str, tuple[str, ...]]:
    similar = dict(known)
    for text, article in plan.similar:
        similar[text] = (*similar.get(text, ()), article)
    return similar


def _apply_files(
    known: Known, writes: Iterable[FileWrite], at: datetime
) -> dict[SeedPath, KnownFile]:
    files = {file.at: file for article in known.articles.values() for file in article.files}
    files.update(known.files)
    order = max((file.order for file in files.values()), default=0)
    for write in writes:
        before = files.get(write.at)
        if write.forget:
            files.pop(write.at, None)
            continue
        order += 1
        files[write.at] = _file(write, before, order, at)
    return files


def _file(write: FileWrite, before: KnownFile | None, last: int, at: datetime) -> KnownFile:
    """A path keeps its place, until it comes to another article: there it is the last to speak."""
    since = (before and before.missing_since) or at
    stays = before is not None and write.article in (None, before.article)
    return KnownFile(
        at=write.at,
        order=before.order if before and stays else last,
        state=write.state,
        signature=write.signature,
        trusted=write.trusted,
        digest=write.digest,
        article=write.article,
        problem=write.problem,
        draft=write.draft,
        due_at=write.due_at,
        shared_url=write.shared_url,
        missing_since=None if write.state is FileState.PRESENT else since,
    )


def _apply_articles(
    known: Mapping[str, KnownArticle], plan: Plan, files: Iterable[KnownFile]
) -> dict[str, KnownArticle]:
    held = defaultdict[str | None, list[KnownFile]](list)
    for file in sorted(files, key=lambda file: file.order):
        held[file.article].append(file)
    fingerprints = {name: article.fingerprints for name, article in known.items()}
    for revision in plan.revisions:
        before = fingerprints.get(revision.article, frozenset())
        fingerprints[revision.article] = before | {revision.fingerprint}
    articles = dict(known)
    for write in plan.articles:
        articles[write.id] = KnownArticle(
            id=write.id,
            state=write.state,
            content=write.content,
            fingerprint=write.fingerprint,
            fingerprints=frozenset(),
            updates=write.updates,
            files=(),
        )
    return {
        name: replace(article, fingerprints=fingerprints[name], files=tuple(held[name]))
        for name, article in articles.items()
    }
