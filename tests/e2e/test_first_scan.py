"""While the daemon scans a big root for the first time it answers, and takes new events first."""

import time
from pathlib import Path

import pytest
import requests

from tests.e2e.test_run import told
from tests.support.faults import FaultySite
from tests.support.manager import Manager
from tests.support.receiver import Receiver
from tests.support.seeds import seed_text, write_seed
from tests.support.site import Running

MANY = 8000
QUICK = 3.0
"""Seconds; the scan takes several times as long."""


@pytest.fixture
def site(tmp_path: Path, receiver: Receiver) -> FaultySite:
    """A root that is known, and one with thousands of files that is not."""
    site = FaultySite(tmp_path / "site")
    site.add_endpoint("hook", receiver.url)
    site.command("scan")
    big = site.folder / "big"
    big.mkdir()
    text = seed_text(0)
    for number in range(MANY):
        (big / f"{number}.md").write_text(text.replace("/0", f"/{number}"), "utf-8")
    site.config["watch"].append({"path": str(big), "settle": "20ms"})
    return site


def scanned(running: Running, root: Path) -> bool:
    return f"rescan done root={root} " in running.log_text()


def test_events_are_taken_first_and_it_answers_and_says_how_far_it_is(
    site: FaultySite, receiver: Receiver
) -> None:
    big = site.folder / "big"
    with Manager() as manager:
        site.environ |= manager.environ
        with site.started() as running:
            running.wait_for_log(f"rescan done root={site.seeds} ")
            running.wait_for_log("rescan goes on")
            write_seed(site.seeds, 1_000_001)
            write_seed(big, 1_000_002)
            while not (told(receiver) and "Article 1000002" in site.entries()):
                asked = time.monotonic()
                assert requests.get(f"{site.base}/healthz", timeout=QUICK).text == "ok\n"
                assert time.monotonic() - asked < QUICK
                assert not scanned(running, big)
            assert told(receiver) == [("new", "Article 1000001")]
            said = str(site.ready()["rescan"])
            assert "1 root never rescanned yet; big is being scanned: " in said
            assert "rescan: 1 root never rescanned yet; big is" in site.status().attention[0]
            running.wait_for_log(f" of={MANY // 1000}00")
            manager.wait_for(lambda m: f"scanning {big}: " in m.get("STATUS", ""), "the status")
            assert not scanned(running, big)
            asked = time.monotonic()
            assert running.stop() == 0
            assert time.monotonic() - asked < 5 * QUICK
            assert not scanned(running, big)
    assert "Traceback" not in running.log_text()
    with site.running() as running:
        running.wait_for_log(f"rescan done root={big} reason=start seen={MANY + 1} ", timeout=90)
        assert told(receiver) == [("new", "Article 1000001")]
