"""Plans to order for the store's tests: article ``n`` at ``/seeds/n.md``, and its parts."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from watcher.model.article import Change
from watcher.model.kinds import ArticleState, ChangeKind, FileState
from watcher.model.known import ArticleWrite, ChangeWrite, FileWrite, Plan, RevisionWrite
from watcher.model.seed import Content, Image, Problem, Provider, Reason, SeedPath, Signature
from watcher.store.database import Database
from watcher.store.ledger import Ledger

ROOT = "/seeds"
AT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
UNUSABLE = Problem(message="no title", reason=Reason.MISSING_TITLE, key="title", line=2, column=1)


def url(number: int) -> str:
    return f"https://example.org/articles/{number}"


def article_id(number: int) -> str:
    return f"urn:uuid:{uuid5(NAMESPACE_URL, url(number))}"


def seed_path(number: int, root: str = ROOT) -> SeedPath:
    return SeedPath(root=root, path=f"{number}.md")


def signature(number: int = 1) -> Signature:
    return Signature(size=number, mtime_ns=number * 10**9, ctime_ns=number * 10**9, inode=number)


def content(number: int, **changed: Any) -> Content:
    values: dict[str, Any] = {
        "title": f"Article {number}",
        "url": url(number),
        "summary": f"The summary of article {number}.",
        "topics": ("AI",),
        "provider": Provider(name="Example", domain="example.org"),
        "images": (Image(url=f"https://example.org/{number}.jpg", width=640),),
    }
    return Content(**values | changed)


def file_write(number: int, **changed: Any) -> FileWrite:
    values: dict[str, Any] = {
        "at": seed_path(number),
        "state": FileState.PRESENT,
        "signature": signature(number),
        "trusted": True,
        "digest": number.to_bytes(16, "big"),
        "article": article_id(number),
    }
    return FileWrite(**values | changed)


def article_write(number: int, **changed: Any) -> ArticleWrite:
    values: dict[str, Any] = {
        "id": article_id(number),
        "state": ArticleState.LIVE,
        "content": content(number),
        "fingerprint": f"1:{number}",
        "updates": 0,
        "is_new": True,
        "revised": False,
    }
    return ArticleWrite(**values | changed)


def change_write(number: int, kind: ChangeKind = ChangeKind.NEW) -> ChangeWrite:
    return ChangeWrite(kind=kind, article=article_id(number), fingerprint=f"1:{number}")


def new_plan(*numbers: int, **changed: Any) -> Plan:
    """These articles are new, one seed each; ``changed`` is of their contents."""
    return Plan(
        files=tuple(map(file_write, numbers)),
        articles=tuple(article_write(n, content=content(n, **changed)) for n in numbers),
        aliases=tuple((url(n), article_id(n)) for n in numbers),
        revisions=tuple(
            RevisionWrite(article=article_id(n), fingerprint=f"1:{n}") for n in numbers
        ),
        changes=tuple(map(change_write, numbers)),
    )


def write(database: Database, plan: Plan, at: datetime = AT) -> tuple[Change, ...]:
    """Write one plan as one batch."""
    with Ledger(database).batch(at) as batch:
        return batch.write(plan)


def write_new(
    database: Database, *numbers: int, at: datetime = AT, **changed: Any
) -> tuple[Change, ...]:
    """Write these articles as new, in one batch."""
    return write(database, new_plan(*numbers, **changed), at)
