"""What a reload applies, refuses and keeps: nothing is lost in it, and nobody is turned away."""

import copy
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from tests.support.manager import Manager
from tests.support.receiver import Receiver, late
from tests.support.seeds import write_seed
from tests.support.served import ServedSite
from tests.support.site import Running, Site
from tests.support.waiting import wait_until

RELOADS = 10


@pytest.fixture
def home(tmp_path: Path) -> Site:
    return Site(tmp_path / "site")


def reload(running: Running, *, says: str = "config reloaded") -> None:
    """Have the config on disk loaded, and wait for what the log says of it."""
    done = running.log_text().count(says)
    started = running.log_text().count("daemon: started")
    running.site.write_config()
    running.process.send_signal(signal.SIGHUP)
    running.wait_for_log(says, done + 1)
    if says == "config reloaded":
        running.wait_for_log("daemon: started", started + 1)


def told(receiver: Receiver) -> Counter[str]:
    """How often each title was told."""
    return Counter(
        change["article"]["title"]
        for message in receiver.accepted
        for change in message.json()["data"]["changes"]
    )


def test_the_manager_hears_of_a_bad_config_and_of_its_mending(home: Site) -> None:
    with Manager(watchdog=60) as manager:
        home.environ |= manager.environ
        with home.running() as running:
            good = copy.deepcopy(home.config)
            manager.wait_for(lambda m: "READY" in m, "READY")
            before = len(manager.messages())
            home.config["feeds"] = [{"name": "f", "path": "nowhere.txt"}]
            reload(running, says="config not reloaded")
            manager.wait_for(lambda m: "config refused" in m.get("STATUS", ""), "the refusal")
            other = home.folder / "other.atom"
            home.config = good | {"feeds": [{"name": "other", "path": str(other)}]}
            assert home.config_file.read_text() != ""
            status = home.json("status", check=1)
            reload(running)
            assert "not reloaded" in status["attention"][0]
            assert "nowhere.txt" in status["attention"][0]
            assert home.json("status")["attention"] == []
            write_seed(home.seeds, 1)
            wait_until(lambda: other.exists() and "Article 1" in other.read_text(), "the new feed")
            assert running.stop() == 0
        steps = [m for m in manager.messages()[before:] if set(m) != {"STATUS"}]
        reloading = {"RELOADING", "MONOTONIC_USEC"}
        assert "not reloaded" in steps[1]["STATUS"]
        assert [set(message) for message in steps] == [
            reloading,
            {"READY", "STATUS"},
            reloading,
            {"READY", "STATUS"},
            {"STOPPING", "STATUS"},
        ]
        first = manager.wait_for(lambda m: "RELOADING" in m, "RELOADING")
        assert 0 <= time.monotonic() - int(first["MONOTONIC_USEC"]) / 1e6 < 60


def test_ten_reloads_lose_no_seed_and_turn_no_reader_away(
    tmp_path: Path, receiver: Receiver
) -> None:
    site = ServedSite(tmp_path / "site")
    site.add_endpoint("hook", receiver.url)
    done, written, answers = threading.Event(), [0], list[tuple[float, int]]()

    def write() -> None:
        while not done.wait(0.02):
            written[0] += 1
            write_seed(site.seeds, written[0])

    def read() -> None:
        with requests.Session() as session:
            session.trust_env = False
            while not done.wait(0.01):
                began = time.monotonic()
                answer = session.get(f"{site.base}/healthz", timeout=30, headers=CLOSE)
                answers.append((time.monotonic() - began, answer.status_code))

    with site.running() as running:
        with running_threads(write, read) as failures:
            for _ in range(RELOADS):
                reload(running)
            done.set()
        assert failures == []
        titles = {f"Article {number}" for number in range(1, written[0] + 1)}
        wait_until(lambda: set(told(receiver)) == titles, "all to be told")
        assert set(told(receiver).values()) == {1}
        wait_until(lambda: set(site.entries()) == titles, "all to be in the feed")
        counted = requests.get(f"{site.base}/metrics", timeout=10).text.splitlines()
    assert f'seedwatch_reloads_total{{outcome="applied"}} {RELOADS}.0' in counted
    assert f'seedwatch_changes_total{{kind="new"}} {written[0]}.0' in counted
    assert {code for _, code in answers} == {200}
    assert max(seconds for seconds, _ in answers) < 10
    assert "Traceback" not in running.log_text()


CLOSE = {"Connection": "close"}


class running_threads:  # noqa: N801  # used like a function
    """Runs calls side by side; joined at the end. Gives the list of what they raised."""

    def __init__(self, *calls: Callable[[], None]) -> None:
        self._failures: list[BaseException] = []
        self._threads = [threading.Thread(target=self._run, args=(call,)) for call in calls]

    def __enter__(self) -> list[BaseException]:
        for thread in self._threads:
            thread.start()
        return self._failures

    def __exit__(self, *_: object) -> None:
        for thread in self._threads:
            thread.join(30)

    def _run(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception as error:  # noqa: BLE001  # the test looks at it
            self._failures.append(error)


def test_a_send_under_way_is_not_cut_off_and_other_work_goes_on_meanwhile(home: Site) -> None:
    with Receiver(late(3)) as receiver:
        home.add_endpoint("hook", receiver.url)
        with home.running() as running:
            write_seed(home.seeds, 1)
            receiver.wait_for(1)
            running.process.send_signal(signal.SIGHUP)
            write_seed(home.seeds, 2)
            wait_until(lambda: "Article 2" in home.entries(), "the feed, while the send is on", 2.5)
            running.wait_for_log("daemon: started", 2)
            receiver.wait_for(2, timeout=20)
            assert told(receiver) == {"Article 1": 1, "Article 2": 1}
            ids = [message.id for message in receiver.requests]
            assert len(ids) == len(set(ids))


def test_an_address_that_cannot_be_had_is_refused_and_the_old_one_still_serves(
    tmp_path: Path,
) -> None:
    site = ServedSite(tmp_path / "site")
    own = site.config["http"]["listen"]
    port = own.rpartition(":")[2]
    with site.running() as running, socket.create_server(("127.0.0.1", 0)) as taken:
        site.config["http"]["listen"] = f"127.0.0.1:{taken.getsockname()[1]}"
        reload(running, says="config not reloaded")
        running.wait_for_log("daemon: started", 2)
        assert requests.get(f"{site.base}/healthz", timeout=10).ok
        assert any("cannot serve at" in said for said in site.json("status", check=1)["attention"])
        site.config["http"]["listen"] = f"0.0.0.0:{port}"
        reload(running)
        assert requests.get(f"{site.base}/readyz", timeout=10).status_code in (200, 503)


def test_a_store_can_be_changed_by_a_reload_unless_it_cannot_be_opened(home: Site) -> None:
    home.add_real_seeds()
    with home.running() as running:
        first = home.config["state"]
        home.config["state"] = str(home.config_file)  # a file, and no database
        reload(running, says="config not reloaded")
        assert running.log_text().count("daemon: started") == 1, "nothing was stopped for it"
        home.config["state"] = "../var/other.db"
        reload(running)
        wait_until(lambda: home.json("status")["articles"]["live"] == 5, "the new store")
        home.config["state"] = first
        assert home.command("scan").returncode == 0  # nobody has the old one any more


def test_a_schedule_that_hardly_means_what_it_says_is_logged(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.add_endpoint("hook", "http://127.0.0.1:9/", schedule="*/90 * * * *")
    with site.running() as running:
        (line,) = [each for each in running.log_text().splitlines() if "odd schedule" in each]
    assert f"{site.config_file}:" in line
    assert "endpoint hook: schedule" in line
