"""The watchdog is fed by progress: a loop that hangs is not, one that waits or is slow is."""

import sqlite3
import time
from itertools import pairwise
from pathlib import Path

import pytest
import requests

from tests.support.manager import Manager
from tests.support.receiver import Receiver, late
from tests.support.seeds import write_seed
from tests.support.served import ServedSite
from tests.support.waiting import wait_until

WATCHDOG = 2.0


@pytest.fixture
def home(tmp_path: Path) -> ServedSite:
    return ServedSite(tmp_path / "site")


def test_an_idle_daemon_and_one_that_waits_for_a_slow_endpoint_are_alive(home: ServedSite) -> None:
    with Receiver(late(2.5 * WATCHDOG)) as receiver, Manager(watchdog=WATCHDOG) as it:
        home.environ |= it.environ
        home.add_endpoint("hook", receiver.url)
        with home.running():
            write_seed(home.seeds, 1)
            receiver.wait_for(1)
            began = time.monotonic()
            wait_until(lambda: time.monotonic() - began > 4 * WATCHDOG, "a while, with the send")
            pings = it.pings(since=began)
    gaps = [later - earlier for earlier, later in pairwise(pings)]
    assert len(pings) > 4
    assert max(gaps) < WATCHDOG


def test_a_loop_that_hangs_starves_the_watchdog_until_it_gets_on(home: ServedSite) -> None:
    with Manager(watchdog=WATCHDOG) as manager:
        home.environ |= manager.environ
        with home.running() as running:
            wait_until(manager.pings, "a first ping")
            store = sqlite3.connect(home.folder / "var" / "seedwatch.db", isolation_level=None)
            store.execute("BEGIN IMMEDIATE")  # now no batch can be stored
            write_seed(home.seeds, 1)
            running.wait_for_log("ERROR watchdog: stuck")
            stuck_at = time.monotonic()
            wait_until(lambda: time.monotonic() - stuck_at > 2 * WATCHDOG, "pings to stay away")
            assert not manager.pings(since=stuck_at)
            alive = requests.get(f"{home.base}/healthz", timeout=10)
            assert alive.status_code == 503
            assert "intake has not got on for" in alive.text
            store.execute("ROLLBACK")
            store.close()
            wait_until(lambda: manager.pings(since=stuck_at), "pings to come back")
            wait_until(lambda: "Article 1" in home.entries(), "the article, after all")
            assert requests.get(f"{home.base}/healthz", timeout=10).text == "ok\n"
        assert "intake: " in running.log_text().partition("threads=")[2]
