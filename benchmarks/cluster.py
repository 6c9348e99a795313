"""Nodes on one PostgreSQL that divide endpoints by NATS: what a message costs, and who takes over.

Run from the project's folder: ``python -m benchmarks.cluster``. First one, two and three nodes over
one folder: articles are written, and each endpoint is sent every one of them. Processor time is the
nodes', PostgreSQL's and NATS' together. Then rounds in which a node of two is killed or frozen, and
an article is written at once: how long until every endpoint has it, and what came twice.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.deliveries import parent_of, receiving, tree_seconds
from tests.support.nats import NatsServer, serving_nats
from tests.support.postgresql import fresh_database, serving_postgresql
from tests.support.receiver import Receiver
from tests.support.seeds import write_seed
from tests.support.site import Running, Site
from tests.support.waiting import wait_until

PATIENCE = 120.0
HEADING = "     by nodes messages       /s  ms each   writes    twice"


def node(
    folder: Path, *, seeds: Path, state: str, nats: str | None, url: str, endpoints: int
) -> Site:
    site = Site(folder, state=state)
    site.config["watch"] = [{"path": str(seeds), "name": "wire", "settle": "20ms"}]
    site.config["feeds"] = []
    site.config["cluster"] = {"node": folder.name} | ({"nats": nats} if nats else {})
    for number in range(endpoints):
        site.add_endpoint(f"hook-{number}", url, max_items=1, rate="1000000/s")
    return site


@contextmanager
def folders() -> Iterator[tuple[Path, Path]]:
    """A folder for everything, and one in it for seeds."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "seeds").mkdir()
        yield folder, folder / "seeds"


# ---------------------------------------------------------------- what a message costs


def measure(server: str, nodes: int, endpoints: int, articles: int, *, has_nats: bool) -> str:
    with folders() as (folder, seeds), fresh_database(server) as state, ExitStack() as stack:
        nats = stack.enter_context(serving_nats(folder / "nats"))
        url, end = stack.enter_context(receiving())
        address = nats.url if has_nats else None
        running: list[Running] = []
        for number in range(nodes):
            site = node(
                folder / f"n{number}",
                seeds=seeds,
                state=state,
                nats=address,
                url=url,
                endpoints=endpoints,
            )
            running.append(stack.enter_context(site.running()))
        connection = stack.enter_context(psycopg.connect(state, autocommit=True))
        time.sleep(6)  # until their beats know of each other
        pids = [each.process.pid for each in running]
        pids += [parent_of(connection.info.backend_pid), nats.pid]
        used, written, began = spent(pids), transactions(connection), time.monotonic()
        for number in range(articles):
            write_seed(seeds, number)
        wanted = endpoints * articles
        wait_until(lambda: sent(connection) == wanted, f"{wanted} messages", PATIENCE)
        seconds, used = time.monotonic() - began, spent(pids) - used
        written = transactions(connection) - written
        ids, messages = end()
        assert ids == wanted
        return (
            f"{'NATS' if has_nats else 'leases':>7}{nodes:>6}{wanted:>9,}{wanted / seconds:>9,.0f}"
            f"{used / wanted * 1000:>9.2f}{written / wanted:>9.3f}{messages - ids:>9}"
        )


def spent(pids: list[int]) -> float:
    return sum(map(tree_seconds, pids))


def sent(connection: psycopg.Connection[Any]) -> int:
    return count(connection, "SELECT count(*) FROM deliveries WHERE state = 'sent'")


def transactions(connection: psycopg.Connection[Any]) -> int:
    """How many transactions ever wrote something."""
    return count(connection, "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")


def count(connection: psycopg.Connection[Any], question: Any) -> int:
    (row,) = connection.execute(question).fetchall()
    return int(row[0])


# ---------------------------------------------------------------- taking over


class Pair:
    """Two nodes; one of them at a time is killed or frozen."""

    def __init__(self, folder: Path, seeds: Path, state: str, nats: NatsServer, url: str) -> None:
        self.seeds = seeds
        names = ("n0", "n1")
        self.sites = [
            node(folder / n, seeds=seeds, state=state, nats=nats.url, url=f"{url}/x", endpoints=20)
            for n in names
        ]
        for site in self.sites:
            for number, endpoint in enumerate(site.config["endpoints"]):
                endpoint["url"] = f"{url}/{number}"

    def takeover(self, receiver: Receiver, number: int, *, frozen: bool) -> float:
        """One round. Returns the seconds until every endpoint had what was written in it."""
        first, second = self.sites if number % 2 else self.sites[::-1]
        with first.running() as victim, second.running():  # who asked first is given hints first
            before, article = len(ids_of(receiver)), 2 * number
            write_seed(self.seeds, article)  # so that both have partitions in hand
            wait_until(lambda: len(ids_of(receiver)) >= before + 20, "the first", PATIENCE)
            victim.process.send_signal(19 if frozen else 9)
            write_seed(self.seeds, article + 1)
            began = time.monotonic()
            wait_until(lambda: len(ids_of(receiver)) >= before + 40, "all messages", PATIENCE)
            seconds = time.monotonic() - began
            victim.kill()
        return seconds


def ids_of(receiver: Receiver) -> set[str]:
    return {str(message.id) for message in list(receiver.accepted)}


def in_order(receiver: Receiver) -> bool:
    """True if every endpoint had every change in order, what came twice left out."""
    last: dict[str, int] = {}
    seen: set[str] = set()
    for message in receiver.accepted:
        if str(message.id) in seen:
            continue
        seen.add(str(message.id))
        sequence = message.json()["data"]["changes"][0]["sequence"]
        if sequence <= last.get(message.path, 0):
            return False
        last[message.path] = sequence
    return True


def takeovers(server: str, rounds: int) -> tuple[list[float], int, bool]:
    """So many rounds: seconds of each, messages that came twice, and if all were in order."""
    with folders() as (folder, seeds), fresh_database(server) as state, Receiver() as receiver:
        with serving_nats(folder / "nats") as nats:
            pair = Pair(folder, seeds, state, nats, receiver.url)
            took = [pair.takeover(receiver, n, frozen=n % 2 == 0) for n in range(rounds)]
        repeats = len(receiver.accepted) - len(ids_of(receiver))
        return took, repeats, in_order(receiver)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoints", type=int, default=200)
    parser.add_argument("--articles", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--at-once", type=int, default=4)
    parser.add_argument("--only", choices=["cost", "takeover"])
    arguments = parser.parse_args()
    with serving_postgresql() as server:
        if arguments.only != "takeover":
            print(HEADING)
            for has_nats in (False, True):
                for nodes in (1, 2, 3):
                    given = (server, nodes, arguments.endpoints, arguments.articles)
                    print(measure(*given, has_nats=has_nats), flush=True)
        if arguments.only != "cost":
            lanes = arguments.at_once
            with ThreadPoolExecutor(lanes) as pool:
                each = [arguments.rounds // lanes] * lanes
                found = list(pool.map(lambda n: takeovers(server, n), each))
            took = sorted(seconds for seen, _, _ in found for seconds in seen)
            repeats = sum(twice for _, twice, _ in found)
            print(
                f"{len(took)} takeovers: median {took[len(took) // 2]:.1f} s,"
                f" longest {took[-1]:.1f} s,"
                f" 0 lost, {repeats} of {len(took) * 40} messages twice,"
                f" {'all' if all(ok for *_, ok in found) else 'NOT all'} in order"
            )


if __name__ == "__main__":
    main()
