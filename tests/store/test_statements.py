"""That prepared statements give what SQLAlchemy's own way gives, however many values they take."""

import pytest
from sqlalchemy import Select, bindparam, select

from tests.store.plans import AT, MINUTE, write_new
from watcher.store.database import Database
from watcher.store.schema import articles
from watcher.store.statements import Prepared

IDS = articles.c.id.in_(bindparam("ids", expanding=True))


def statement() -> Select[*tuple[object, ...]]:
    return select(articles).where(IDS).order_by(articles.c.id)


@pytest.fixture
def eight(database: Database) -> Database:
    for number in range(1, 9):
        write_new(database, number, at=AT + number * MINUTE)
    return database


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8])
def test_rows_are_the_same_for_any_number_of_values(eight: Database, count: int) -> None:
    ids = list(range(1, count + 1))
    with eight.read() as connection:
        mine = Prepared(statement).rows(connection, ids=ids)
        theirs = connection.execute(statement(), {"ids": ids}).all()
    assert [tuple(row) for row in mine] == [tuple(row) for row in theirs]
    assert [row.content for row in mine] == [row.content for row in theirs]
    assert len(mine) == count


def test_one_statement_is_asked_again_with_other_values(eight: Database) -> None:
    prepared = Prepared(statement)
    with eight.read() as connection:
        found = [[r.id for r in prepared.rows(connection, ids=ids)] for ids in ([3], [1, 2], [8])]
    assert found == [[3], [1, 2], [8]]


def test_what_finds_nothing_gives_nothing(database: Database) -> None:
    prepared = Prepared(statement)
    with database.read() as connection:
        assert prepared.read(connection, []) == []
        assert prepared.rows(connection, ids=[1]) == []
        assert prepared.first(connection, ids=[1]) is None
        assert prepared.value(connection, ids=[1]) is None


def test_writing_says_how_many_rows_it_concerned(eight: Database) -> None:
    retitle = Prepared(
        lambda: articles.update().where(IDS).values(updated_at=bindparam("updated_at_"))
    )
    with eight.write() as connection:
        (row,) = Prepared(statement).rows(connection, ids=[5])
        assert retitle.run(connection, ids=[1, 2, 99], updated_at_=row.updated_at) == 2
        found = Prepared(statement).rows(connection, ids=[1, 2, 3])
    assert [each.updated_at == row.updated_at for each in found] == [True, True, False]
