"""Backups, restoring, moving to another engine, pruning: the real commands on a real store."""

import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.receiver import Receiver, answer
from tests.support.seeds import write_seed
from tests.support.site import Site

SCANNED = {"new": 0, "updated": 0, "removed": 0}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def site(tmp_path: Path, database_url: str, receiver: Receiver) -> Site:
    """Five real articles, one more that is owed, and one that was told."""
    site = Site(tmp_path / "site", state=database_url)
    site.add_endpoint("hook", receiver.url)
    site.add_real_seeds()
    site.command("scan")
    write_seed(site.seeds, 1)
    site.command("scan", "--drain")
    write_seed(site.seeds, 2)
    site.command("scan")
    return site


def beside(site: Site, name: str, state: str) -> Site:
    """Another installation over the same seeds and feeds."""
    other = Site(site.folder.parent / name, state=state)
    other.seeds, other.feed = site.seeds, site.feed
    other.config |= {key: site.config[key] for key in ("endpoints", "feeds")}
    other.config["watch"] = [{"path": str(site.seeds)}]
    other.config["feeds"][0]["path"] = str(site.feed)
    return other


def known(site: Site) -> list[Any]:
    return [site.json_lines(command) for command in ("articles", "changes", "deliveries")]


def test_a_backup_comes_back(site: Site, receiver: Receiver) -> None:
    file = site.folder / "backup"
    before, feed = known(site), site.feed.read_bytes()
    site.command("backup", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    refused = site.command("backup", str(file), check=2)
    assert "--force" in refused.stderr
    site.command("backup", str(file), "--force")
    write_seed(site.seeds, 3)
    site.command("scan", "--drain")
    assert known(site) != before
    done = site.command("restore", str(file))
    assert known(site) == before
    kept = list(site.folder.glob("var/seedwatch.db.before-*"))
    assert [str(each) in done.stdout for each in kept] == [True] * len(kept)
    assert "what was sent after the backup was made may be sent again" in done.stdout
    (site.seeds / "article-3.md").unlink()
    assert site.json("scan")["changes"] == SCANNED
    assert site.feed.read_bytes() == feed
    site.command("drain")
    told = [
        change["article"]["title"]
        for message in receiver.accepted
        for change in message.json()["data"]["changes"]
    ]
    assert told.count("Article 1") == 1
    assert told.count("Article 2") == 2, "once before, and again after what was told is forgotten"


def test_after_a_restore_nothing_is_told_again_to_whom_that_is_to_be_spared(
    site: Site, receiver: Receiver
) -> None:
    """By the way that ``restore`` names."""
    file = site.folder / "backup"
    site.command("backup", str(file))
    write_seed(site.seeds, 3)
    site.command("scan", "--drain")
    told = len(receiver.accepted)
    site.command("restore", str(file))
    endpoints, site.config["endpoints"] = site.config["endpoints"], []
    assert "sent again" not in site.command("restore", str(file)).stdout
    assert site.json("scan")["changes"]["new"] == 1
    site.config["endpoints"] = [endpoint | {"name": "another"} for endpoint in endpoints]
    site.command("scan", "--drain")
    assert len(receiver.accepted) == told
    write_seed(site.seeds, 4)
    site.command("scan", "--drain")
    assert len(receiver.accepted) == told + 1


def test_a_store_moves_to_the_other_engine(site: Site, tmp_path: Path, receiver: Receiver) -> None:
    receiver.default = answer(500)
    site.command("drain", check=None)
    before, feed = known(site), site.feed.read_bytes()
    pending = [each["id"] for each in before[2] if each["state"] == "pending"]
    assert len(pending) == 1
    file = tmp_path / "export.jsonl"
    site.command("export", str(file))
    other = beside(site, "other", str(tmp_path / "other.db"))
    other.command("import", str(file))
    assert known(other) == before
    assert other.command("export").stdout == file.read_text("utf-8")
    assert other.json("scan")["changes"] == SCANNED
    other.command("feeds")
    assert other.feed.read_bytes() == feed
    receiver.default = answer()
    other.command("enable", "hook")  # which also ends the wait after a failure
    other.command("drain")
    assert receiver.accepted[-1].id == pending[0]
    twice = other.command("import", str(file), check=2)
    assert "not empty" in twice.stderr


def test_a_restored_store_does_not_take_its_daemon_for_a_dead_one(site: Site) -> None:
    file = site.folder / "backup"
    with site.running():
        site.command("backup", str(file))
    site.command("restore", str(file))
    with site.running() as running:
        assert "the last run was not stopped" not in running.log_text()


def test_a_backup_is_whole_while_the_daemon_writes(site: Site) -> None:
    with site.running() as daemon:
        for number in range(10, 16):
            write_seed(site.seeds, number)
            file = site.folder / f"backup-{number}"
            site.command("backup", str(file))
        daemon.wait_for_log("Article 15")
        if (site.folder / "var" / "seedwatch.db").exists():
            refused = site.command("restore", str(file), check=3)
            assert str(daemon.process.pid) in refused.stderr
    site.command("restore", str(site.folder / "backup-12"))
    site.command("scan")
    titles = {article["title"] for article in site.json_lines("articles")}
    assert {f"Article {number}" for number in range(10, 16)} <= titles


def test_pruning_says_what_goes(site: Site) -> None:
    site.config["retention"] = dict.fromkeys(("attempts", "deliveries", "changes", "removed"), "0s")
    planned = site.json("prune", "--dry-run")
    assert planned["attempts"] == 1
    assert site.json("prune") == planned
    assert not any(site.json("prune").values())
    assert "0 attempts" in site.command("prune").stdout
    assert site.json("scan")["changes"] == SCANNED
    explained = site.json("explain", site.json_lines("articles")[-1]["id"])
    assert explained["changes"] == []
    assert explained["pruned"]
    shown = site.command("explain", explained["article"]["id"]).stdout
    assert "changes: none\n  older ones, and who was sent them, were pruned" in shown
    assert explained["revisions"]


@pytest.fixture
def on_disk(tmp_path: Path) -> Site:
    site = Site(tmp_path / "site")
    site.add_real_seeds()
    for number in range(40):
        write_seed(site.seeds, number)
    site.command("scan")
    return site


def damage(file: Path, how: str) -> bytes:
    content = file.read_bytes()
    harmed = {
        "header": b"\xff" * 100 + content[100:],
        "middle": content[:4096] + b"\xaa" * (len(content) - 8192) + content[-4096:],
        "cut off": content[: len(content) // 3],
        "emptied": b"",
    }[how]
    file.write_bytes(harmed)
    return harmed


@pytest.mark.parametrize("how", ["header", "middle", "cut off", "emptied"])
def test_a_damaged_store_is_said_and_left_alone(on_disk: Site, how: str) -> None:
    file, backup = on_disk.folder / "var" / "seedwatch.db", on_disk.folder / "backup"
    on_disk.command("backup", str(backup))
    harmed = damage(file, how)
    feed = on_disk.feed.read_bytes()
    for command in (["scan"], ["status"], ["run"]):
        failed = on_disk.command(*command, check=3)
        assert "seedwatch restore" in failed.stderr, failed.stderr
        assert "Traceback" not in failed.stderr
    assert file.read_bytes() == harmed
    assert on_disk.feed.read_bytes() == feed
    refused = on_disk.command("backup", str(on_disk.folder / "other"), check=None)
    assert refused.returncode in (2, 3)
    assert not (on_disk.folder / "other").exists()
    on_disk.command("restore", str(backup))
    kept = next(on_disk.folder.glob("var/seedwatch.db.before-*Z"))
    assert kept.read_bytes() == harmed
    assert on_disk.json("scan")["changes"] == SCANNED


def test_what_is_no_backup_changes_nothing(on_disk: Site) -> None:
    file = on_disk.folder / "var" / "seedwatch.db"
    before = known(on_disk)
    wrong = on_disk.folder / "wrong"
    for content, said in (
        (b"", "no export"),
        (b"text", "line 1 is not JSON"),
        (b"\xff\xfe", "neither"),
        (file.read_bytes()[:9000], "cannot be copied|damaged"),
    ):
        wrong.write_bytes(content)
        refused = on_disk.command("restore", str(wrong), check=2)
        assert any(word in refused.stderr for word in said.split("|")), refused.stderr
    wrong.unlink()
    with sqlite3.connect(wrong) as connection:
        connection.execute("CREATE TABLE other (id)")
    assert "no store of Seedwatch" in on_disk.command("restore", str(wrong), check=2).stderr
    assert known(on_disk) == before
    assert not list(on_disk.folder.glob("var/*restoring*"))
