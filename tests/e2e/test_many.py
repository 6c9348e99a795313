"""A scan with much to read has help, and gives what it gives without."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.seeds import write_seed
from tests.support.site import Site
from tests.support.waiting import wait_until
from watcher.scan.read_pool import MANY

COUNT = MANY + 100


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    for number in range(COUNT):
        write_seed(made.seeds / f"{number % 7}", number)
    made.age_seeds()
    return made


@contextmanager
def one_core() -> Iterator[None]:
    """With one core there is nobody to help."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    yield
    os.sched_setaffinity(0, cores)


def test_with_help_and_without_the_same_is_stored_in_the_same_order(site: Site) -> None:
    helped = scanned(site)
    (site.folder / "var").rename(site.folder / "var-helped")
    with one_core():
        assert scanned(site) == helped
    assert site.json("scan")["files"]["unchanged"] == COUNT


def scanned(site: Site) -> list[tuple[int, str]]:
    """All changes after a first scan: their numbers and what they are about."""
    assert site.json("scan")["changes"]["new"] == COUNT
    changes = site.json_lines("changes", "--limit", str(COUNT))
    return [(change["sequence"], change["article"]["id"]) for change in changes]


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="with one core nobody helps")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_scan_that_is_ended_leaves_no_helper_and_loses_nothing(site: Site, number: int) -> None:
    site.write_config()
    process = subprocess.Popen(
        site._words("scan"), cwd=site.folder, env=site._environ(), start_new_session=True
    )
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    wait_until(children.read_text, "a helper")
    process.send_signal(number)
    process.wait(30)
    assert site.json("scan")["files"]["seen"] == COUNT  # the lock is free at once
    wait_until(lambda: is_over(process.pid), "the helper's end")
    assert len(site.json_lines("articles", "--limit", str(2 * COUNT))) == COUNT


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="with one core nobody helps")
def test_a_scan_without_a_store_to_open_says_so_and_leaves_no_helper(site: Site) -> None:
    """They begin to read before there is a store."""
    site.config["state"] = "../config/seedwatch.yaml/seedwatch.db"
    site.write_config()
    process = subprocess.Popen(
        site._words("scan"),
        cwd=site.folder,
        env=site._environ(),
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    _, said = process.communicate(timeout=30)
    assert (process.returncode, b"is not a directory" in said) == (3, True), said
    assert is_over(process.pid)


def is_over(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False
