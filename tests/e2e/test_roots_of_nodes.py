"""Whose root is whose, where several machines share one PostgreSQL store."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.support.postgresql import fresh_database
from tests.support.seeds import write_seed
from tests.support.site import Site


@pytest.fixture
def shared_url(postgresql_server: str) -> Iterator[str]:
    with fresh_database(postgresql_server) as url:
        yield url


class Machine(Site):
    """A node with a disk of its own, which it has at ``mount`` while it does something."""

    def __init__(self, folder: Path, node: str, mount: Path, url: str, **root: Any) -> None:
        super().__init__(folder, state=url)
        self.mount = mount
        self.config["cluster"] = {"node": node}
        self.config["articles"] = {"removal_grace": "0s"}
        self.config["watch"] = [{"path": str(mount), **root}]

    @contextmanager
    def mounted(self) -> Iterator[None]:
        self.seeds.rename(self.mount)
        try:
            yield
        finally:
            self.mount.rename(self.seeds)

    def scan(self) -> dict[str, int]:
        with self.mounted():
            changes: dict[str, int] = self.json("scan")["changes"]
            return changes


NONE = {"new": 0, "updated": 0, "removed": 0}


def test_different_disks_at_one_path_are_two_roots(tmp_path: Path, shared_url: str) -> None:
    mount = tmp_path / "mnt"
    one, two = (Machine(tmp_path / n, n, mount, shared_url) for n in ("one", "two"))
    for number in range(4):
        write_seed((one if number % 2 else two).seeds, number)
    assert [one.scan(), two.scan()] == [NONE | {"new": 2}] * 2  # each a first sight
    assert [one.scan(), two.scan()] == [NONE, NONE]
    write_seed(one.seeds, 5)
    assert [one.scan(), two.scan()] == [NONE | {"new": 1}, NONE]
    (two.seeds / "article-0.md").unlink()
    assert [one.scan(), two.scan()] == [NONE, NONE | {"removed": 1}]
    (article,) = two.json_lines("articles", "--search", "Article 5")
    assert article["paths"] == [f"one:{mount}/article-5.md"]
    shown = two.json("explain", f"one:{mount}/article-5.md")
    assert shown["article"]["title"] == "Article 5"
    (status,) = two.json("status")["roots"]
    assert (status["path"], status["present"]) == (str(mount), 1)


def test_a_disk_with_a_name_is_one_root_wherever_it_is_mounted(
    tmp_path: Path, shared_url: str
) -> None:
    one = Machine(tmp_path / "one", "one", tmp_path / "mnt", shared_url, name="wire")
    two = Machine(tmp_path / "two", "two", tmp_path / "data", shared_url, name="wire")
    two.seeds = one.seeds
    write_seed(one.seeds, 1)
    write_seed(one.seeds, 2)
    assert [one.scan(), two.scan()] == [NONE | {"new": 2}, NONE]
    write_seed(one.seeds, 3)
    assert [two.scan(), one.scan()] == [NONE | {"new": 1}, NONE]
    (one.seeds / "article-1.md").unlink()
    assert [one.scan(), two.scan()] == [NONE | {"removed": 1}, NONE]
    (article,) = two.json_lines("articles", "--search", "Article 3")
    assert article["paths"] == [f"{two.mount}/article-3.md"]


def identities(url: str) -> list[bytes]:
    with psycopg.connect(url) as connection:
        return [bytes(path) for (path,) in connection.execute("SELECT path FROM roots ORDER BY id")]


def test_a_root_stays_the_same_when_it_gets_an_identity(tmp_path: Path, shared_url: str) -> None:
    """One in a store from before nodes were told apart, and then one that is given a name."""
    mount = tmp_path / "mnt"
    site = Machine(tmp_path / "one", "one", mount, shared_url)
    write_seed(site.seeds, 1)
    site.scan()
    with psycopg.connect(shared_url) as connection:
        connection.execute("UPDATE roots SET path = %s", [os.fsencode(mount)])
    for number, name in ((2, None), (3, "wire")):
        if name:
            site.config["watch"][0]["name"] = name
        write_seed(site.seeds, number)
        assert site.scan() == NONE | {"new": 1}
        assert identities(shared_url) == [name.encode() if name else b"one:" + os.fsencode(mount)]


def test_a_root_goes_with_its_store_from_one_engine_to_the_other(
    tmp_path: Path, shared_url: str
) -> None:
    mount, file = tmp_path / "mnt", str(tmp_path / "export")
    site = Machine(tmp_path / "one", "one", mount, "../var/seedwatch.db")
    write_seed(site.seeds, 1)
    site.scan()
    for number, state in ((2, shared_url), (3, "../var/other.db")):
        site.command("export", "--force", file)
        site.config["state"] = state
        site.command("import", file)
        write_seed(site.seeds, number)
        assert site.scan() == NONE | {"new": 1}
    assert identities(shared_url) == [b"one:" + os.fsencode(mount)]
