"""Who shares a store: each node is seen by all, and switches nothing of another's off."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests

from tests.support.ports import kept_port
from tests.support.postgresql import fresh_database
from tests.support.receiver import Receiver
from tests.support.seeds import write_seed
from tests.support.site import Site
from tests.support.waiting import wait_until


@pytest.fixture
def shared_url(postgresql_server: str) -> Iterator[str]:
    with fresh_database(postgresql_server) as url:
        yield url


def node(folder: Path, url: str) -> Site:
    site = Site(folder, state=url)
    site.config["cluster"] = {"node": folder.name}
    return site


def by_name(site: Site) -> dict[str, dict[str, Any]]:
    return {found["node"]: found for found in site.json_lines("nodes")}


def is_configured(url: str) -> bool:
    with psycopg.connect(url) as connection:
        (found,) = connection.execute("SELECT configured FROM endpoints").fetchall()
        return bool(found[0])


def state_of(site: Site, endpoint: str) -> str:
    found = site.json("status", check=None)["endpoints"]
    return next(str(each["state"]) for each in found if each["name"] == endpoint)


def test_nodes_see_each_other_and_switch_nothing_of_each_other_off(
    tmp_path: Path, shared_url: str, receiver: Receiver
) -> None:
    one, two = (node(tmp_path / name, shared_url) for name in ("one", "two"))
    one.config["http"]["listen"] = f"127.0.0.1:{kept_port()}"
    one.add_endpoint("hook", receiver.url)
    with one.running() as first, two.running() as second:
        found = by_name(two)
        assert found.keys() == {"one", "two"}
        assert found["one"]["pid"] == first.process.pid
        assert found["one"]["roots"] == [f"one:{one.seeds}"]
        assert found["one"]["config"] != found["two"]["config"]
        assert not found["one"]["silent"]
        assert [each["node"] for each in two.json("status")["nodes"]] == ["one", "two"]
        (difference,) = one.json("status")["attention"]
        assert difference.startswith("nodes differ in their config: one has")

        second.process.send_signal(signal.SIGHUP)
        second.wait_for_log("config reloaded")
        two.command("scan")  # its config does not name the endpoint, either
        assert state_of(one, "hook") == "enabled"
        write_seed(one.seeds, 1)
        receiver.wait_for(1)

        base = f"http://{one.config['http']['listen']}"
        metrics = requests.get(f"{base}/metrics", timeout=20).text
        assert metrics.count("seedwatch_node_info{") == 2
        assert "nodes-title" in requests.get(f"{base}/operations", timeout=20).text

        second.kill()
        assert by_name(one).keys() == {"one", "two"}
        with two.running():
            assert [each["node"] for each in one.json_lines("nodes")] == ["one", "two"]
    assert by_name(one) == {}


def test_what_a_node_that_left_had_named_is_switched_off(
    tmp_path: Path, shared_url: str, receiver: Receiver
) -> None:
    one, two = (node(tmp_path / name, shared_url) for name in ("one", "two"))
    one.add_endpoint("hook", receiver.url)
    with two.running():
        with one.running():
            assert is_configured(shared_url)
        wait_until(lambda: not is_configured(shared_url), "the end of it", timeout=15)


def test_a_sqlite_store_has_one_node(tmp_path: Path) -> None:
    site = Site(tmp_path / "one")
    with site.running() as running:
        (found,) = site.json_lines("nodes")
        assert (found["roots"], found["silent"]) == ([str(site.seeds)], False)
        assert site.json("status")["nodes"] == []
        running.kill()
    assert site.json_lines("nodes") == []
