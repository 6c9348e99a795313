"""Feeds, messages and roots wait for nobody else: a flood of one delays no other one."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.receiver import Receiver
from tests.support.seeds import write_seed
from tests.support.site import Site
from tests.support.waiting import wait_until

FEEDS = 400
SEEDS = 3000
BATCH = 1000
"""So many files at most are decided and stored in one transaction."""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def titles(receiver: Receiver) -> list[str]:
    return [str(change["article"]["title"]) for change in changes(receiver)]


def changes(receiver: Receiver) -> list[Any]:
    return [change for request in receiver.requests for change in request.json()["data"]["changes"]]


def last_sequence(site: Site) -> int:
    """The sequence number of the newest change stored by now."""
    with closing(sqlite3.connect(site.folder / "var" / "seedwatch.db")) as store:
        (sequence,) = store.execute("SELECT coalesce(max(sequence), 0) FROM changes").fetchone()
        return int(sequence)


def sequence_of(receiver: Receiver, title: str) -> int:
    (change,) = [c for c in changes(receiver) if c["article"]["title"] == title]
    return int(change["sequence"])


def test_a_flood_of_feeds_delays_no_message(site: Site, receiver: Receiver) -> None:
    """The next article is told while hundreds of feed files are still to be written."""
    topics = site.folder / "var" / "feeds" / "topics"
    site.config["feeds"].append(
        {"name": "topics", "per": "topic", "path": f"{topics}/{{slug}}.atom"}
    )
    site.add_endpoint("hook", receiver.url)
    with site.running() as daemon:
        daemon.wait_for_log("rescan done")
        for number in range(FEEDS // 50):
            first = 50 * number
            write_seed(site.seeds, number, topics=[f"Topic {n}" for n in range(first, first + 50)])
        wait_until(lambda: topics.exists() and len(list(topics.iterdir())) > 5, "feeds are written")
        write_seed(site.seeds, 9999, title="Next", topics=["Topic 1"])
        wait_until(lambda: "Next" in titles(receiver), "the next article is told")
        assert len(list(topics.glob("*.atom"))) < FEEDS
        wait_until(lambda: len(list(topics.glob("*.atom"))) == FEEDS, "each feed is written", 60)


def test_a_per_feed_has_at_most_max_feeds_files(site: Site) -> None:
    topics = site.folder / "var" / "feeds" / "topics"
    feed = {"name": "topics", "per": "topic", "path": f"{topics}/{{slug}}.atom", "max_feeds": 3}
    site.config["feeds"].append(feed)
    write_seed(site.seeds, 1, topics=["B", "C"])
    site.write_config()
    site.command("scan")
    write_seed(site.seeds, 2, topics=["A", "D", "E"])
    log = site.command("scan").stderr
    assert "topics without a feed" in log
    assert "max_feeds=3" in log
    files = {path.name for path in topics.iterdir()}
    assert len(files) == 3
    assert {"b.atom", "c.atom"} < files, "what has a feed keeps it"
    shutil.rmtree(topics)
    site.command("feeds")
    assert {path.name for path in topics.iterdir()} == files, "made again, they are the same"


def test_a_flood_into_one_root_delays_another_by_no_more_than_a_batch(
    site: Site, receiver: Receiver
) -> None:
    other = site.folder / "other"
    other.mkdir()
    site.config["watch"].append({"path": str(other)})
    site.add_endpoint("hook", receiver.url)
    flood = site.folder / "flood"
    flood.mkdir()
    for number in range(SEEDS):
        write_seed(flood, number)
    with site.running() as daemon:
        daemon.wait_for_log("rescan done", count=2)
        flood.rename(site.seeds / "flood")
        wait_until(lambda: receiver.requests, "the flood is being told")
        write_seed(other, 9999, title="Other")
        stored = last_sequence(site)
        wait_until(lambda: "Other" in titles(receiver), "the other root is told")
        ahead = sequence_of(receiver, "Other") - stored
        assert ahead <= 2 * BATCH + 1, "it came after the batch in hand, and at most one more"
        wait_until(lambda: len(set(titles(receiver))) == SEEDS + 1, "all are told", 60)


def test_a_root_that_is_scanned_for_long_delays_the_rescan_of_no_other_one(
    site: Site, receiver: Receiver
) -> None:
    """Rescans take turns: of two roots that are asked for at once, the small one is done first."""
    other = site.folder / "other"
    other.mkdir()
    site.config["watch"].append({"path": str(other)})
    site.add_endpoint("hook", receiver.url, first_run="announce")
    for number in range(SEEDS):
        write_seed(site.seeds, number)
    write_seed(other, 9999, title="Other")
    with site.running():
        wait_until(lambda: "Other" in titles(receiver), "the small root is told")
        assert sequence_of(receiver, "Other") <= 2 * BATCH + 1
