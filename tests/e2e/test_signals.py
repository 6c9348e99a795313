"""What signals do to the daemon, and what the service manager hears of it."""

import signal
from pathlib import Path

import pytest
import requests

from tests.support.manager import Manager
from tests.support.ports import kept_port
from tests.support.receiver import Receiver, hang
from tests.support.seeds import write_seed
from tests.support.site import Site
from tests.support.waiting import wait_until


@pytest.fixture
def home(tmp_path: Path) -> Site:
    return Site(tmp_path / "site")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_is_in_order_in_time_and_told(home: Site, number: signal.Signals) -> None:
    with Manager() as manager:
        home.environ |= manager.environ
        with home.started() as running:
            manager.wait_for(lambda m: "READY" in m, "READY")
            assert running.stop(number) == 0
            log = running.log_text()
        assert "STOPPING" in manager.messages()[-1]
        assert not manager.pings()  # nobody asked for them
    assert log.index("stopping") < log.index("daemon: stopped")
    assert "Traceback" not in log


def test_a_stop_gives_back_what_hangs_and_it_is_sent_after_the_start(home: Site) -> None:
    with Receiver(hang()) as receiver:
        home.add_endpoint("hook", receiver.url, timeout="2s")
        with home.running() as running:
            write_seed(home.seeds, 1)
            wait_until(lambda: home.json_lines("deliveries"), "an attempt")
            assert running.stop() == 0
        with Receiver() as healthy:
            home.config["endpoints"][0]["url"] = healthy.url
            home.config["endpoints"][0]["retry"] = ["100ms"]
            with home.running():
                healthy.wait_for(1, timeout=20)


def test_a_rescan_finds_what_no_event_told_of(home: Site) -> None:
    home.config["watch"][0]["mode"] = "polling"
    with home.running() as running:
        running.process.send_signal(signal.SIGUSR1)
        running.wait_for_log("reason=signal")


def test_a_second_signal_ends_it_at_once(home: Site) -> None:
    with Receiver(hang()) as receiver:
        home.add_endpoint("hook", receiver.url)
        with home.started() as running:
            running.wait_for_log("rescan done")
            write_seed(home.seeds, 1)
            wait_until(lambda: home.json_lines("deliveries"), "an attempt")
            running.process.send_signal(signal.SIGTERM)
            running.wait_for_log("stopping")
            assert running.stop() == -signal.SIGTERM


def test_it_serves_what_it_publishes(home: Site) -> None:
    port = kept_port()
    home.config["http"] = {"listen": f"127.0.0.1:{port}"}
    home.add_real_seeds()
    with home.running():
        base = f"http://127.0.0.1:{port}"
        feed = wait_until(lambda: requests.get(f"{base}/feeds/all.atom", timeout=5), "the feed")
        assert feed.content == home.feed.read_bytes()
        again = requests.get(
            f"{base}/feeds/all.atom", headers={"if-none-match": feed.headers["etag"]}, timeout=5
        )
        assert (again.status_code, again.content) == (304, b"")
        assert requests.get(f"{base}/readyz", timeout=5).json()["ready"]
        page = requests.get(f"{base}/", headers={"accept": "text/html"}, timeout=5).text
        assert "Can AI Identify Race From Medical X-Rays?" in page
        assert str(home.folder) not in page
