"""What goes into a column comes out the same, on both engines."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Column, MetaData, Table, select
from sqlalchemy.types import TypeEngine

from tests.store.plans import UNUSABLE, content, signature
from watcher.errors import StoreUnavailable
from watcher.model.kinds import ArticleState
from watcher.model.seed import Content, Signature
from watcher.store.columns import (
    FilePath,
    Members,
    Moment,
    Prose,
    StoredContent,
    StoredProblem,
    StoredSignature,
    Word,
    key_of,
)
from watcher.store.database import Database


def there_and_back(database: Database, kind: TypeEngine[Any], value: Any) -> Any:
    table = Table("sample", MetaData(), Column("value", kind))
    with database.write() as connection:
        table.create(connection)
        connection.execute(table.insert().values(value=value))
        found = connection.scalar(select(table.c.value))
        table.drop(connection)
    return found


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
        datetime(1901, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
    ],
)
def test_times_are_exact(database: Database, moment: datetime) -> None:
    found = there_and_back(database, Moment(), moment)
    assert found == moment
    assert found.tzinfo is UTC


def test_times_come_back_in_utc(database: Database) -> None:
    there = datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=2)))
    assert there_and_back(database, Moment(), there).isoformat() == "2026-01-02T01:00:00+00:00"


def test_naive_times_are_refused(database: Database) -> None:
    with pytest.raises(StoreUnavailable, match="offset-naive"):
        there_and_back(database, Moment(), datetime(2026, 1, 2))  # noqa: DTZ001  (the point)


def test_file_names_need_not_be_text(database: Database) -> None:
    name = b"caf\xe9 \xff\xfe.md".decode("utf-8", "surrogateescape")
    assert there_and_back(database, FilePath(), name) == name


def test_signatures_may_be_larger_than_an_integer_column(database: Database) -> None:
    large = Signature(size=2**40, mtime_ns=2**64, ctime_ns=-1, inode=2**64 - 1)
    assert there_and_back(database, StoredSignature(), large) == large
    assert there_and_back(database, StoredSignature(), signature()) == signature()


def test_content_keeps_emoji_and_escapes(database: Database) -> None:
    said = content(1, title="Ünïcödé 👩‍🚀 \\ \" ' %s :name", extra={"key": [1, None, {"a": "€"}]})
    assert there_and_back(database, StoredContent(), said) == said


def test_content_that_is_no_text_does_not_stop_a_batch(database: Database) -> None:
    found = there_and_back(database, StoredContent(), content(1, title="half \ud83d\0 of it"))
    assert isinstance(found, Content)
    assert found.title == "half ?\0 of it"


def test_prose_loses_only_what_cannot_be_stored(database: Database) -> None:
    assert there_and_back(database, Prose(), "naïve \0 👍 \udcff.") == "naïve \ufffd 👍 ?."


def test_problems_may_name_any_file(database: Database) -> None:
    problem = replace(UNUSABLE, message="cannot read \udcff\0.md")
    assert there_and_back(database, StoredProblem(), problem) == problem
    warning = replace(UNUSABLE, reason=None)
    assert there_and_back(database, StoredProblem(), warning) == warning


def test_words_come_back_as_their_enum(database: Database) -> None:
    assert there_and_back(database, Word(ArticleState), ArticleState.LIVE) is ArticleState.LIVE


def test_members_keep_their_order(database: Database) -> None:
    assert there_and_back(database, Members(), (3, 1, 2**40)) == (3, 1, 2**40)
    assert there_and_back(database, Members(), ()) == ()


@pytest.mark.parametrize(
    "kind",
    [
        Moment(),
        FilePath(),
        Prose(),
        Word(ArticleState),
        StoredContent(),
        StoredSignature(),
        StoredProblem(),
        Members(),
    ],
)
def test_nothing_comes_back_as_nothing(database: Database, kind: TypeEngine[Any]) -> None:
    assert there_and_back(database, kind, None) is None


def test_a_key_is_short_and_its_own() -> None:
    assert len(key_of("x" * 5000)) == 16
    assert key_of("https://example.org/a") != key_of("https://example.org/b")
    assert key_of("\udcff")
