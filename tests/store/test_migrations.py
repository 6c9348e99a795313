"""From every released version to the newest, once, or not at all."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, inspect, text

from tests.store.plans import write_new
from tests.store.released import RELEASED
from watcher.errors import StoreTooNew, StoreUnavailable
from watcher.model.known import Sought
from watcher.store import versions as subject
from watcher.store.catalogue import Catalogue
from watcher.store.columns import key_of
from watcher.store.database import Database, parse_url
from watcher.store.housekeeping import Upkeep
from watcher.store.ledger import Ledger
from watcher.store.places import Places
from watcher.store.roots import Roots
from watcher.store.schema import metadata


def shape(database: Database) -> dict[str, Any]:
    """All tables with their columns, keys and indexes, as the engine knows them."""
    with database.read() as connection:
        looker = inspect(connection)
        return {
            table: (
                [(c["name"], str(c["type"]), c["nullable"]) for c in looker.get_columns(table)],
                looker.get_pk_constraint(table)["constrained_columns"],
                sorted(str(key["constrained_columns"]) for key in looker.get_foreign_keys(table)),
                sorted((str(i["name"]), i["column_names"]) for i in looker.get_indexes(table)),
            )
            for table in looker.get_table_names()
        }


def make_released(url: str, version: int) -> None:
    """A store as the release with this schema version made it, with one article in it."""
    database = Database.open(url)
    with database.write() as connection:
        metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE IF EXISTS article_search")
        for statement in RELEASED[version, connection.dialect.name]:
            connection.exec_driver_sql(statement)
    database.close()


@pytest.mark.parametrize("version", sorted({version for version, _ in RELEASED}))
def test_a_store_of_a_released_version_becomes_one_like_new(
    database_url: str, version: int
) -> None:
    new = Database.open(database_url)
    wanted = shape(new)
    new.close()
    make_released(database_url, version)
    database = Database.open(database_url)
    assert shape(database) == wanted
    assert Upkeep(database).fact("schema_version") == str(subject.newest_version())
    (article,) = Catalogue(database).window(10)
    assert article.content.title == "Released 👍"
    assert [str(path) for path in article.paths] == ["/seeds/caf\udce9.md"]
    assert [change.sequence for change in write_new(database, 2)] == [2]
    database.close()


def test_addresses_of_0_1_follow_the_rules_of_identity_of_0_2(database_url: str) -> None:
    """Of either scheme one page, with tracking that 0.1 did not know; AMP addresses only hint."""
    make_released(database_url, 1)
    database = Database(parse_url(database_url))  # as it is: not migrated
    page, amp = "http://www.example.org/a//b?at_medium=x&id=1", "https://amp.example.org/a"
    with database.write() as connection:
        of = connection.exec_driver_sql("SELECT id, content FROM articles").one()
        content = json.dumps(json.loads(of.content) | {"amp_url": amp, "url": page})
        connection.execute(text("UPDATE articles SET content = :content"), {"content": content})
        for url in (page, amp):
            values = {"key": key_of(url), "url": url, "article": of.id}
            connection.execute(text("INSERT INTO aliases VALUES (:key, :url, :article)"), values)
    database.close()
    database = Database.open(database_url)
    new, loose = "https://www.example.org/a//b?id=1", "~https://example.org/a/b?id=1"
    sought = Sought(
        paths=frozenset(),
        aliases=frozenset({page, new, amp}),
        similar=frozenset({new, amp, loose}),
    )
    known = Ledger(database).known(sought)
    (article,) = known.articles
    assert known.aliases == {page: article, new: article}
    assert known.similar == {amp: (article,), loose: (article,)}
    database.close()


@pytest.mark.parametrize("version", sorted({version for version, _ in RELEASED}))
@pytest.mark.parametrize("name", [None, "wire"])
def test_roots_of_a_released_version_stay_what_they_are(
    database_url: str, version: int, name: str | None
) -> None:
    """On a shared store a root is known by node and path, or by its name; it was by path alone."""
    make_released(database_url, version)
    names = {"/seeds": name} if name else {}
    database = Database.open(database_url, Places("news-1", names, is_shared=True))
    Roots(database).adopt(["/seeds"])
    assert [root.path for root in Roots(database).uncounted()] == ["/seeds"]
    (article,) = Catalogue(database).window(10)
    assert [str(path) for path in article.paths] == ["/seeds/caf\udce9.md"]
    database.close()
    other = Database.open(database_url, Places("news-2", is_shared=True))
    Roots(other).adopt(["/seeds"])
    assert [root.path for root in Roots(other).uncounted()] == [name or "news-1:/seeds"]
    other.close()


def test_every_version_is_kept_as_it_was_released() -> None:
    """0.1 has version 1, 0.2 has version 2."""
    versions = range(1, subject.newest_version() + 1)
    assert set(RELEASED) == {(v, engine) for v in versions for engine in ("sqlite", "postgresql")}


@pytest.mark.parametrize("newer_by", [1, 97])
def test_a_newer_store_is_refused_and_left_alone(database_url: str, newer_by: int) -> None:
    version = str(subject.newest_version() + newer_by)
    database = Database.open(database_url)
    Upkeep(database).note("schema_version", version)
    database.close()
    with pytest.raises(StoreTooNew, match=f"schema version {version}, this Seedwatch knows"):
        Database.open(database_url)
    untouched = Database(database.url)
    assert Upkeep(untouched).fact("schema_version") == version
    untouched.close()


def add_column(table: str) -> Callable[[Connection], None]:
    def step(connection: Connection) -> None:
        connection.execute(text(f"ALTER TABLE {table} ADD COLUMN added INTEGER"))

    return step


def test_steps_run_in_order_from_the_stores_version_on(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Database.open(database_url).close()
    before = subject.STEPS
    monkeypatch.setattr(subject, "STEPS", (*before, add_column("roots")))
    Database.open(database_url).close()
    monkeypatch.setattr(subject, "STEPS", (*before, add_column("roots"), add_column("files")))
    database = Database.open(database_url)
    assert shape(database)["roots"][0][-1][0] == "added"
    assert shape(database)["files"][0][-1][0] == "added"
    assert Upkeep(database).fact("schema_version") == str(len(before) + 3)
    database.close()


def test_a_new_store_needs_no_steps(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "STEPS", (add_column("no_such_table"),))
    database = Database.open(database_url)
    assert Upkeep(database).fact("schema_version") == "2"
    database.close()


def test_a_step_that_fails_leaves_the_store_as_it_was(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database.open(database_url)
    before, version = shape(database), str(subject.newest_version())
    failing = (*subject.STEPS, add_column("roots"), add_column("no_such_table"))
    monkeypatch.setattr(subject, "STEPS", failing)
    with pytest.raises(StoreUnavailable, match="no_such_table"):
        Database.open(database_url)
    assert shape(database) == before
    assert Upkeep(database).fact("schema_version") == version
    database.close()


def test_notes_of_the_scan_at_rest_are_dropped(database_url: str) -> None:
    make_released(database_url, 1)
    database = Database(parse_url(database_url))
    for key in ("rest", "known parts"):
        Upkeep(database).note(key, "{}")
    database.close()
    database = Database.open(database_url)
    assert Upkeep(database).facts(["rest", "known parts"]) == {}
    database.close()


def test_indexes_over_few_rows_are_partial_on_both_engines(database_url: str) -> None:
    database = Database.open(database_url)
    with database.read() as connection:
        looker, engine = inspect(connection), connection.dialect.name
        partial = {
            str(index["name"])
            for table in looker.get_table_names()
            for index in looker.get_indexes(table)
            if index.get("dialect_options", {}).get(f"{engine}_where") is not None
        }
    database.close()
    owing = {"owed_by_delivery", "owed_due"}
    of_files = {"files_absent", "files_in_quarantine", "files_sharing_an_address"}
    of_files |= {"files_due", "files_held", "files_of_many"}
    assert partial == of_files | owing
