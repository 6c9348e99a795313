"""Disks that fill up, turn read-only or go away under the daemon, and stores that are broken."""

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.test_run import told
from tests.support.faults import FaultySite, fill_disk, free_disk, require_namespaces
from tests.support.receiver import Receiver
from tests.support.seeds import write_seed
from tests.support.site import Running
from tests.support.waiting import wait_until

FULL = "database or disk is full: free some space; nothing that was stored is lost"
READ_ONLY = "attempt to write a readonly database: make its disk, its folder and the file writable"
RETRIES = 3
ROOMY = "24m"
"""Room for a store and all that its log may hold before it is copied, 16 MB: with less, a disk that
was freed may fill up again while messages are sent."""


@pytest.fixture
def site(tmp_path: Path) -> FaultySite:
    site = FaultySite(tmp_path / "site")
    site.config["log"] = {"level": "debug"}
    return site


@contextmanager
def trouble(
    site: FaultySite, running: Running, *, check: str, words: str, line: str, over: str
) -> Iterator[None]:
    """A fault that is there now, and is mended in the block: who says so, and who says it is over.

    It is logged once however often it is met, and again when it is over.
    """
    wait_until(lambda: words in str(site.ready().get(check)), f"{words!r} at /readyz")
    assert site.ready()["status"] == 503
    assert site.metric(f'seedwatch_check_ok{{check="{check}"}}') == 0
    running.wait_for_log(f": {line} ", count=RETRIES)
    yield
    running.wait_for_log(f": {over}")
    wait_until(lambda: site.ready()["status"] == 200, "readiness")
    assert site.metric(f'seedwatch_check_ok{{check="{check}"}}') == 1
    levels = [text.split()[1] for text in running.log_text().splitlines() if f": {line} " in text]
    assert levels == ["ERROR"] + ["DEBUG"] * (len(levels) - 1)


def test_feeds_that_cannot_be_written_are_written_as_soon_as_they_can(
    site: FaultySite, receiver: Receiver
) -> None:
    require_namespaces()
    feeds = site.folder / "disk"
    feeds.mkdir()
    site.disks = {feeds: "200k"}
    site.feed = feeds / "all.atom"
    site.config["feeds"][0]["path"] = str(site.feed)
    site.add_endpoint("hook", receiver.url)
    faults: list[tuple[str, Callable[[], object], Callable[[], object]]] = [
        (
            "No space left on device",
            lambda: fill_disk(site.inside(feeds)),
            lambda: free_disk(site.inside(feeds)),
        ),
        (
            "Read-only file system",
            partial(site.inside_do, "mount", "-o", "remount,ro", feeds),
            partial(site.inside_do, "mount", "-o", "remount,rw", feeds),
        ),
    ]
    with site.running() as running:
        for number, (words, cause, mend) in enumerate(faults, 1):
            old = site.inside(site.feed).read_bytes()
            cause()
            running.forget_log()
            write_seed(site.seeds, number)
            wait_until(lambda: len(told(receiver)) == number, "the message")  # noqa: B023
            said = f"1 feed cannot be written, first all: {words}"
            lines = {"line": "feeds not written", "over": "feeds are written again"}
            with trouble(site, running, check="feeds", words=said, **lines):
                assert site.inside(site.feed).read_bytes() == old
                assert not site.status().is_healthy
                assert site.status().attention == (f"feeds: {said}",)
                mend()
            assert site.status().attention == ()
            assert f"Article {number}" in site.inside(site.feed).read_text("utf-8")


def test_a_store_whose_disk_is_full_loses_nothing_and_goes_on(
    site: FaultySite, receiver: Receiver
) -> None:
    require_namespaces()
    disk = site.folder / "disk"
    disk.mkdir()
    site.disks = {disk: ROOMY}
    site.config["state"] = str(disk / "seedwatch.db")
    site.add_endpoint("hook", receiver.url)
    with site.running() as running:
        write_seed(site.seeds, 0)
        site.wait_for_record("hook")
        fill_disk(site.inside(disk))
        for number in range(1, 60):
            write_seed(site.seeds, number)
        with trouble(
            site,
            running,
            check="store",
            words=f"nothing can be taken in: {FULL}",
            line="nothing can be taken in",
            over="seeds are taken in again",
        ):
            assert FULL in site.command("status", check=1).stdout
            assert told(receiver) == [("new", "Article 0")]
            assert site.entries() == ["Article 0"]
            free_disk(site.inside(disk))
        wait_until(lambda: len(told(receiver)) >= 60, "all messages")
        assert sorted(told(receiver)) == sorted(("new", f"Article {n}") for n in range(60))
        wait_until(lambda: len(site.entries()) == 60, "their entries")


def test_a_root_whose_disk_is_unmounted_keeps_its_articles_until_it_is_back(
    site: FaultySite, receiver: Receiver
) -> None:
    require_namespaces()
    site.disks = {site.seeds: "4m"}
    site.config["articles"] = {"removal_grace": "0s"}
    site.add_endpoint("hook", receiver.url, on=["new", "removed"])
    with site.running() as running:
        for number in range(12):
            write_seed(site.inside(site.seeds), number)
        wait_until(lambda: len(site.entries()) == 12, "the entries")
        copy = Path(shutil.copytree(site.inside(site.seeds), site.folder / "copy"))
        site.inside_do("umount", site.seeds)
        said = "is suspicious: 12 seeds vanished at once; nothing is removed until they are back"
        wait_until(lambda: said in str(site.ready().get("roots")), "the suspicion at /readyz")
        assert site.ready()["status"] == 503
        assert site.metric('seedwatch_root_state{root="seeds",state="suspicious"}') == 1
        assert said in site.status().attention[0]
        site.inside_do("mount", "-t", "tmpfs", "none", site.seeds)
        for seed in copy.iterdir():
            shutil.copy(seed, site.inside(site.seeds))
        write_seed(site.inside(site.seeds), 12)
        running.wait_for_log("removals: root ok again")
        wait_until(lambda: len(site.entries()) == 13, "the next entry")
        wait_until(lambda: site.ready()["status"] == 200, "readiness")
        assert running.log_text().count("root suspicious") == 1
        assert {kind for kind, _ in told(receiver)} == {"new"}
        wait_until(lambda: len(told(receiver)) == 13, "all messages")


def test_a_read_only_state_is_refused_with_words(site: FaultySite) -> None:
    require_namespaces()
    disk = site.folder / "disk"
    disk.mkdir()
    site.config["state"] = str(disk / "seedwatch.db")
    site.status()
    site.before = f"mount --bind {disk} {disk} && mount -o remount,bind,ro {disk}"
    refused = site.command("run", check=3)
    assert "seedwatch.db" in refused.stderr
    assert "is its disk read-only, or not mounted?" in refused.stderr


def test_a_state_that_turns_read_only_loses_nothing_and_goes_on(
    site: FaultySite, receiver: Receiver
) -> None:
    """What the daemon has open keeps the kernel from making a disk read-only under it.

    So a read-only view is mounted over it: what was open can still be written to, what is opened
    from now on cannot.
    """
    require_namespaces()
    disk = site.folder / "disk"
    disk.mkdir()
    site.disks = {disk: ROOMY}
    site.config["state"] = str(disk / "seedwatch.db")
    site.add_endpoint("hook", receiver.url)
    numbers = iter(range(1, 1000))
    with site.running() as running:
        write_seed(site.seeds, 0)
        site.wait_for_record("hook")
        view = f"mount --bind {disk} {disk} && mount -o remount,bind,ro {disk}"
        site.inside_do("sh", "-c", view)

        def has_no_open_file_left() -> bool:
            write_seed(site.seeds, next(numbers))
            with ThreadPoolExecutor() as pool:
                list(pool.map(site.get, ["/"] * 16))
            return READ_ONLY in str(site.ready().get("store"))

        wait_until(has_no_open_file_left, "the store to be read-only")
        with trouble(
            site,
            running,
            check="store",
            words=f"nothing can be taken in: {READ_ONLY}",
            line="nothing can be taken in",
            over="seeds are taken in again",
        ):
            assert READ_ONLY in site.command("status", check=1).stdout
            assert site.get("/feeds/all.atom").status_code == 200
            known = set(site.entries())
            site.inside_do("umount", "--lazy", disk)
        last = next(numbers)
        write_seed(site.seeds, last)
        wait_until(lambda: ("new", f"Article {last}") in told(receiver), "the last message")
        assert set(told(receiver)) == {("new", f"Article {n}") for n in range(last + 1)}
        wait_until(lambda: f"Article {last}" in site.entries(), "its entry")
        assert known < set(site.entries()) == {f"Article {n}" for n in range(last + 1)}


def test_a_store_that_is_corrupted_is_used_no_more_and_feeds_are_served(
    site: FaultySite, receiver: Receiver
) -> None:
    site.add_endpoint("hook", receiver.url)
    store = site.folder / "var" / "seedwatch.db"
    write_seed(site.seeds, 1)
    with site.running() as running:
        wait_until(lambda: site.entries() == ["Article 1"], "the entry")
        shutil.copytree(store.parent, site.folder / "backup")
        for file in (store, store.with_name("seedwatch.db-wal")):
            file.write_bytes(os.urandom(file.stat().st_size))
        write_seed(site.seeds, 2)
        advice = "stop Seedwatch; seedwatch restore puts a backup in its place"
        wait_until(lambda: advice in str(site.ready().get("store")), "advice at /readyz")
        assert site.metric('seedwatch_check_ok{check="store"}') == 0
        running.wait_for_log(advice, count=RETRIES)
        assert advice in site.command("status", check=3).stderr
        assert site.get("/feeds/all.atom").status_code == 200
        assert site.get("/healthz").status_code == 200
        page = site.get("/", accept="text/html")
        assert (page.status_code, "Not available right now" in page.text) == (503, True)
        assert running.log_text().count("ERROR intake: ") <= 2
        assert "Traceback" not in running.log_text()
        assert running.stop() == 0
    assert advice in site.command("run", check=3).stderr
    shutil.rmtree(store.parent)
    shutil.copytree(site.folder / "backup", store.parent)
    with site.running():
        wait_until(lambda: told(receiver) == [("new", "Article 2")], "what came meanwhile")


def test_a_store_that_is_moved_away_is_missed_at_once_and_taken_up_where_it_was(
    site: FaultySite, receiver: Receiver
) -> None:
    site.add_endpoint("hook", receiver.url)
    store = site.folder / "var" / "seedwatch.db"
    with site.running() as running:
        store.rename(site.folder / "away")
        write_seed(site.seeds, 1)
        said = "was deleted or replaced while in use"
        wait_until(lambda: said in str(site.ready().get("store")), "the loss at /readyz")
        running.wait_for_log(said, count=RETRIES)
        assert site.metric('seedwatch_check_ok{check="store"}') == 0
        assert said in site.command("status", check=3).stderr
        assert not store.exists()
        (site.folder / "away").rename(store)
        wait_until(lambda: told(receiver) == [("new", "Article 1")], "the message")
        wait_until(lambda: site.ready()["status"] == 200, "readiness")
        wait_until(lambda: site.entries() == ["Article 1"], "the entry")


def test_a_second_daemon_is_refused_and_told_what_to_do(site: FaultySite) -> None:
    with site.running() as running:
        refused = site.command("run", check=3)
        assert f"in use by another Seedwatch, process {running.process.pid}: " in refused.stderr
        assert f"`kill -USR1 {running.process.pid}` makes it rescan" in refused.stderr
        assert "Traceback" not in refused.stderr


def test_a_dry_run_without_room_for_its_copy_says_where_that_is(site: FaultySite) -> None:
    require_namespaces()
    site.command("scan")
    small = site.folder / "small"
    small.mkdir()
    site.disks = {small: "64k"}
    site.environ["TMPDIR"] = str(small)
    said = site.command("scan", "--dry-run", check=2).stderr
    assert f"cannot be copied to {small}/seedwatch-" in said
    assert "TMPDIR says in which folder it is made" in said
    site.disks = {small: "640k"}
    for number in range(100):
        write_seed(site.seeds, number, excerpt="x" * 5000)
    said = site.command("scan", "--dry-run", check=2).stderr
    assert f"{small}/seedwatch-" in said
    assert FULL in said
    assert "TMPDIR says in which folder it is made" in said
