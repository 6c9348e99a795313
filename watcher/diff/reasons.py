"""Why a path is news or is not, in words for an operator. Decides nothing, and reads nothing."""

from collections.abc import Iterable
from dataclasses import fields

from watcher.config.schema import ArticlesConfig
from watcher.model.kinds import FileState, Verdict
from watcher.model.known import Decision, Known, KnownArticle, KnownFile
from watcher.model.seed import Content, Held, NotArticle, Problem, Reading, SeedPath, Unchanged

AS_KNOWN = "size, times and inode are as they were when it was last read"
_ALWAYS = {
    Verdict.NEW: "no article has this path or one of its URLs",
    Verdict.RETURNED: "it is back, and says nothing that it did not say before",
    Verdict.UNKNOWN_PATH: "nothing is there, and nothing is known of it",
}


def reason_of(
    decision: Decision,
    reading: Reading | None,
    *,
    before: Known,
    after: Known,
    settings: ArticlesConfig,
) -> str:
    """One clause. ``before`` and ``after`` are what is known around all that was decided.

    There is no ``reading`` where nothing was read, as when a grace is over.
    """
    article = after.articles.get(decision.article or "")
    match decision.verdict:
        case Verdict.UPDATED | Verdict.SEEN_REVISION | Verdict.OVER_MAX_UPDATES:
            return _of_a_revision(decision, _changed(decision, before, after), settings)
        case Verdict.REFRESHED:
            return _of_a_refresh(_changed(decision, before, after), settings)
        case Verdict.UNCHANGED:
            return _of_nothing(decision.at, reading, article)
        case Verdict.ANOTHER_PATH:
            return _of_another_path(decision.at, article)
        case Verdict.QUARANTINED:
            return say_problem(decision.problem)
        case Verdict.REMOVED:
            return _of_a_removal(after.files.get(decision.at), settings)
        case Verdict.HELD | Verdict.LEFT_OUT:
            return reading.why if isinstance(reading, Held | NotArticle) else "it is no article"
        case Verdict.MISSING:
            return _of_an_absence(decision.at, article, settings)
    return _ALWAYS[decision.verdict]


def say_problem(problem: Problem | None) -> str:
    """Why a file cannot be used, with its line."""
    if problem is None:
        return "it cannot be used"
    return f"line {problem.line}: {problem.message}" if problem.line else problem.message


def _changed(decision: Decision, before: Known, after: Known) -> list[str]:
    """The fields in which the article differs from what was known of it."""
    name = decision.article or ""
    if name not in before.articles or name not in after.articles:
        return []
    old, new = before.articles[name].content, after.articles[name].content
    names = (field.name for field in fields(Content))
    return [name for name in names if getattr(old, name) != getattr(new, name)]


def _of_a_revision(decision: Decision, changed: list[str], settings: ArticlesConfig) -> str:
    what = _listed(name for name in changed if name in settings.significant)
    if decision.verdict is Verdict.SEEN_REVISION:
        return f"{what} flipped back to a revision seen before"
    if decision.verdict is Verdict.OVER_MAX_UPDATES:
        return f"{what} changed, but {settings.max_updates} updates were announced already"
    return f"{what} changed to what was never seen before"


def _of_a_refresh(changed: list[str], settings: ArticlesConfig) -> str:
    if not changed:
        return "what was stored of it is brought up to date; it says the same"
    significant = [name for name in changed if name in settings.significant]
    if not significant:
        return f"only {_listed(changed)} changed, which is not significant"
    return f"{_listed(changed)} changed, but in no word of {_listed(significant)}"


def _of_nothing(at: SeedPath, reading: Reading | None, article: KnownArticle | None) -> str:
    if isinstance(reading, Unchanged):
        return "the same bytes as before"
    speaker = _present(article)[:1]
    if speaker and speaker[0] != at:
        return f"its article is spoken for by {speaker[0]}"
    return "the same content, written anew"


def _of_another_path(at: SeedPath, article: KnownArticle | None) -> str:
    others = [other for other in _present(article) if other != at]
    if others:
        return f"duplicate of {others[0]}"
    known = [file.at for file in article.files if file.at != at] if article else []
    return f"another path of the article from {known[0]}" if known else "its article is known"


def _of_a_removal(file: KnownFile | None, settings: ArticlesConfig) -> str:
    if file and file.state is FileState.GONE:
        return f"it stayed away for {_seconds(settings)}"
    return "its only file is another article's now"


def _of_an_absence(at: SeedPath, article: KnownArticle | None, settings: ArticlesConfig) -> str:
    if article is None:
        return "it is gone, and never was an article"
    others = [other for other in _present(article) if other != at]
    if others:
        return f"it is gone; its article is at {others[0]}"
    return f"it is gone: removed if it stays away for {_seconds(settings)}"


def _present(article: KnownArticle | None) -> list[SeedPath]:
    files = article.files if article else ()
    return [file.at for file in files if file.state is FileState.PRESENT]


def _seconds(settings: ArticlesConfig) -> str:
    return f"{settings.removal_grace.total_seconds():g} s"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "its text"
