"""Nodes that divide endpoints by NATS: nothing lost, whoever dies, freezes or forgets."""

import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import pytest

from tests.support.nats import NatsServer, serving_nats
from tests.support.postgresql import fresh_database
from tests.support.receiver import Receiver
from tests.support.seeds import write_seed
from tests.support.site import Running, Site
from tests.support.waiting import wait_until

TAKEN_OVER = 12.0
"""Seconds: NATS waits nine for a sign of life; the rest is for a busy machine."""


@pytest.fixture
def shared_url(postgresql_server: str) -> Iterator[str]:
    with fresh_database(postgresql_server) as url:
        yield url


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[NatsServer]:
    with serving_nats(tmp_path / "nats") as server:
        yield server


class Nodes:
    """Nodes over one folder, which all of them mount; ``hooks`` endpoints, all at one receiver."""

    def __init__(self, folder: Path, url: str, nats: NatsServer, to: str, hooks: int) -> None:
        self.seeds = folder / "seeds"
        self.seeds.mkdir()
        self.running: dict[str, Running] = {}
        self._stack = ExitStack()
        self.sites = [self._site(folder / f"n{n}", url, nats) for n in range(1, 3)]
        for site in self.sites:
            for number in range(hooks):
                site.add_endpoint(f"hook-{number}", f"{to}/{number}")

    def _site(self, folder: Path, url: str, nats: NatsServer) -> Site:
        site = Site(folder, state=url)
        site.config["cluster"] = {"node": folder.name, "nats": nats.url}
        site.config["watch"] = [{"path": str(self.seeds), "name": "wire", "settle": "20ms"}]
        return site

    def __enter__(self) -> Self:
        for site in self.sites:
            self.running[site.folder.name] = self._stack.enter_context(site.running())
        return self

    def __exit__(self, *about: object) -> None:
        for running in self.running.values():
            running.process.send_signal(signal.SIGCONT)
        self._stack.close()

    def owned(self) -> Mapping[str, list[int]]:
        return {each["node"]: each["partitions"] for each in self.sites[0].json_lines("nodes")}


def test_nats_divides_work_only_on_a_store_that_nodes_can_share(tmp_path: Path) -> None:
    site = Site(tmp_path / "one")
    site.add_endpoint("hook", "http://127.0.0.1:9/")
    site.config["cluster"] = {"nats": "nats://127.0.0.1:4222"}
    said = site.command("run", check=2).stderr
    assert "cluster.nats needs a state on PostgreSQL" in said


def told(receiver: Receiver) -> dict[str, list[int]]:
    """By path of the receiver: the sequence numbers that arrived, each id once, in order."""
    found: dict[str, dict[str, list[int]]] = {}
    for message in receiver.accepted:
        sequences = [change["sequence"] for change in message.json()["data"]["changes"]]
        found.setdefault(message.path, {}).setdefault(str(message.id), sequences)
    return {path: [n for each in ids.values() for n in each] for path, ids in found.items()}


def wait_for(receiver: Receiver, hooks: int, articles: int, timeout: float = 10) -> None:
    wanted = list(range(1, articles + 1))

    def have_all() -> bool:
        found = told(receiver)
        return len(found) == hooks and all(sorted(each) == wanted for each in found.values())

    wait_until(have_all, f"{articles} articles at {hooks} endpoints", timeout)
    assert all(each == wanted for each in told(receiver).values()), "out of order"


def test_nodes_divide_the_work_and_none_is_needed(
    tmp_path: Path, shared_url: str, nats: NatsServer, receiver: Receiver
) -> None:
    """One is frozen, and goes on later; then NATS is stopped, and loses everything."""
    hooks = 20
    with Nodes(tmp_path, shared_url, nats, receiver.url, hooks) as nodes:
        wait_until(lambda: nodes.owned().keys() == {"n1", "n2"}, "both nodes")
        write_seed(nodes.seeds, 1)
        wait_for(receiver, hooks, 1)
        first, second = nodes.running["n1"], nodes.running["n2"]

        first.process.send_signal(signal.SIGSTOP)
        write_seed(nodes.seeds, 2)
        wait_for(receiver, hooks, 2, TAKEN_OVER)
        first.process.send_signal(signal.SIGCONT)
        write_seed(nodes.seeds, 3)
        wait_for(receiver, hooks, 3, TAKEN_OVER)

        nats.stop()
        nats.forget()
        second.wait_for_log("no deliveries: NATS")
        write_seed(nodes.seeds, 4)
        wait_until(lambda: len(nodes.sites[1].entries()) == 4, "the feed")
        wait_for(receiver, hooks, 3)
        nats.start()
        wait_for(receiver, hooks, 4, TAKEN_OVER)
        assert len({message.id for message in receiver.accepted}) == hooks * 4
