"""A PostgreSQL that goes away and comes back, and what it cannot hold."""

import shutil
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_run import told
from tests.support.faults import FaultySite
from tests.support.installation import Installation
from tests.support.manager import Manager
from tests.support.postgresql import running_postgresql
from tests.support.receiver import Receiver
from tests.support.seeds import write_seed
from tests.support.waiting import wait_until
from watcher.model.kinds import RootState
from watcher.scan.wiring import ABANDONED, take_over

REFUSED = 'seedwatch_reloads_total{outcome="refused"}'
LONG = Path(*["folder-" + "x" * 240] * 12)


@pytest.fixture
def server() -> Iterator[Any]:
    with running_postgresql() as server:
        yield server


def make_long_seed(root: Path, number: int) -> None:
    """A seed at a path of more than 2,704 bytes, PostgreSQL's limit."""
    assert len(str(LONG)) > 2704
    write_seed(root / LONG, number)


def test_a_server_that_goes_away_costs_nothing_and_is_used_again_when_it_is_back(
    tmp_path: Path, server: Any, receiver: Receiver
) -> None:
    site = FaultySite(tmp_path / "site", state=server.get_uri())
    site.add_endpoint("hook", receiver.url)
    with site.running() as running:
        make_long_seed(site.seeds, 9)
        write_seed(site.seeds, 1)
        site.wait_for_record("hook")
        server.stop()
        write_seed(site.seeds, 2)
        said = "the store does not answer: see the log"
        wait_until(lambda: site.ready()["store"] == said, "the loss at /readyz")
        running.wait_for_log("ERROR intake: nothing can be taken in")
        assert site.ready()["status"] == 503
        assert site.metric('seedwatch_check_ok{check="store"}') == 0
        assert site.metric("seedwatch_feeds") == 1
        assert {site.get(path).status_code for path in ("/healthz", "/feeds/all.atom")} == {200}
        page = site.get("/", accept="text/html")
        assert (page.status_code, "Not available right now" in page.text) == (503, True)
        assert "seedwatch: error: postgresql://" in site.command("status", check=3).stderr
        server.ensure_postgres_running()
        wait_until(lambda: len(told(receiver)) == 2, "the next message")
        wait_until(lambda: site.ready()["status"] == 200, "readiness")
        assert told(receiver) == [("new", "Article 1"), ("new", "Article 2")]
        wait_until(lambda: len(site.entries()) == 2, "their entries")
        assert sorted(site.entries()) == ["Article 1", "Article 2"]
        log = running.log_text()
        assert log.count("ERROR intake: ") <= 3  # shutting down, gone, starting up
        assert log.count("INFO intake: seeds are taken in again") == 1
        assert "Traceback" not in log


def test_a_config_that_is_to_be_loaded_while_the_server_is_away_is_loaded_when_it_is_back(
    tmp_path: Path, server: Any, receiver: Receiver
) -> None:
    site = FaultySite(tmp_path / "site", state=server.get_uri())
    site.add_endpoint("hook", receiver.url)
    other = site.folder / "other.atom"
    with Manager() as manager:
        site.environ |= manager.environ
        with site.running() as running:
            write_seed(site.seeds, 1)
            site.wait_for_record("hook")
            server.stop()
            write_seed(site.seeds, 2)
            running.wait_for_log("ERROR intake: nothing can be taken in")
            site.config["feeds"].append({"name": "other", "path": str(other)})
            site.write_config()
            running.process.send_signal(signal.SIGHUP)
            running.wait_for_log("ERROR daemon: config not reloaded")
            assert 'action="reloaded once the store answers"' in running.log_text()
            said = "Config not reloaded: its store does not answer; the old one stays"
            manager.wait_for(lambda m: m.get("STATUS") == said, "the word to the manager")
            wait_until(lambda: site.metric(REFUSED) == 1, "the metric")
            assert site.ready()["status"] == 503
            assert {site.get(path).status_code for path in ("/healthz", "/feeds/all.atom")} == {200}
            assert site.metric("seedwatch_feeds") == 1
            server.ensure_postgres_running()
            wait_until(lambda: len(told(receiver)) == 2, "the next message")
            running.wait_for_log("INFO daemon: config reloaded")
            wait_until(lambda: site.get("/feeds/other.atom").status_code == 200, "the new feed")
            wait_until(lambda: site.ready()["status"] == 200, "readiness")
            assert told(receiver) == [("new", "Article 1"), ("new", "Article 2")]
            wait_until(lambda: len(site.entries()) == 2, "their entries")
            assert sorted(site.entries()) == ["Article 1", "Article 2"]
            assert site.status().attention == ()
            log = running.log_text()
            assert log.count("config not reloaded") == 1
            assert "Traceback" not in log


@pytest.fixture
def installed(tmp_path: Path, database_url: str) -> Iterator[Installation]:
    with Installation(tmp_path, database_url) as installed:
        yield installed


def test_a_path_that_is_too_long_for_the_store_is_said_and_harms_no_other(
    installed: Installation,
) -> None:
    make_long_seed(installed.root, 1)
    write_seed(installed.root, 2)
    installed.scan()
    (root,) = installed.store.roots.all()
    if installed.store.database.is_sqlite:
        assert installed.live_titles() == ["Article 1", "Article 2"]
        assert root.state is RootState.OK
    else:
        assert installed.live_titles() == ["Article 2"]
        assert root.state is RootState.OK
        assert root.left_out.too_long == 1
        assert root.left_out.first_too_long.startswith("folder-xxx")
    shutil.rmtree(installed.root / LONG.parts[0])
    write_seed(installed.root, 1)
    installed.scan()
    assert installed.live_titles() == ["Article 1", "Article 2"]
    assert installed.store.roots.all()[0].state is RootState.OK


def test_the_seeds_of_a_dropped_root_are_let_go_once_no_daemon_can_be_watching_it(
    installed: Installation,
) -> None:
    write_seed(installed.root, 1)
    installed.scan()
    root = str(installed.root)
    kept = 0 if installed.store.database.is_sqlite else 1
    installed.watch("other")
    take_over(installed.store, installed.config, lambda: installed.now)
    assert installed.store.files.counts(root).present == kept
    later = installed.now + ABANDONED + timedelta(seconds=1)
    take_over(installed.store, installed.config, lambda: later)
    assert installed.store.files.counts(root).present == 0
    assert installed.live_titles() == ["Article 1"]
    installed.watch("other", "root")
    installed.scan(later)
    assert installed.store.files.counts(root).present == 1
    assert installed.news() == [("new", "Article 1")]
