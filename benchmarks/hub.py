"""How soon one new article reaches 20,000 subscribers of our own WebSub hub, and what it costs.

    python -m benchmarks.hub [--subscribers 20000] [--hosts 1] [--hanging 0]

A real daemon with one feed of 100 entries, one webhook endpoint, and that many subscribers, as if
verified. Their callbacks are in a process of its own, each host an address of the loopback network;
hanging ones take the request and never answer. First one article; then, while all are sent to again
and again, one a second, for what the endpoint feels of it.
"""

import argparse
import asyncio
import multiprocessing
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.listeners import resident
from tests.support.ports import kept_address
from tests.support.receiver import Receiver
from tests.support.seeds import write_seed
from tests.support.site import Site
from watcher.store.database import Database
from watcher.store.schema import subscribers

BESIDE = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subscribers", type=int, default=20_000)
    parser.add_argument("--hosts", type=int, default=1)
    parser.add_argument("--hanging", type=int, default=0, help="so many of them never answer")
    given = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=receive, args=(theirs, given.hosts))
    process.start()
    try:
        port = ours.recv()
        with tempfile.TemporaryDirectory() as folder, Receiver() as receiver:
            measure(Path(folder), receiver, ours, port, given)
        ours.send("end")
        process.join(20)
    finally:
        if process.is_alive():
            process.kill()


def measure(folder: Path, receiver: Receiver, told: Connection, port: int, given: Any) -> None:
    site = Site(folder / "site")
    site.config["http"] = {"listen": kept_address(), "hub": "on"}
    site.config["feeds"][0].pop("url")
    site.add_endpoint("hook", receiver.url, rate="1000/s")
    topic = f"http://{site.config['http']['listen']}/feeds/all.atom"
    for number in range(100):  # as many as a feed has entries
        write_seed(site.seeds, number)
    site.command("scan")
    answering = [
        f"http://{address(number % given.hosts)}:{port}/callback/{number}"
        for number in range(given.subscribers - given.hanging)
    ]
    hanging = [
        f"http://{address(number % given.hosts)}:{port}/hang/{number}"
        for number in range(given.hanging)
    ]
    numbers = iter(range(1000, 2000))
    with site.running():
        alone = hear_some(site, receiver, numbers)
    subscribe(site, topic, [*answering, *hanging])
    with site.running() as running:
        pid = running.process.pid
        hear(site, receiver, next(numbers))  # the first message loads what it needs
        calls = -1
        while (found := told_all(told))[2] != calls or found[0] < len(answering):
            calls = found[2]
            time.sleep(3)  # until nobody lacks anything
        told.send("forget")
        told.recv()
        before, used = resident(pid), seconds_of(pid)
        began = time.time()
        heard = hear(site, receiver, next(numbers))
        while (found := told_all(told))[0] < len(answering):
            assert time.time() - began < 300, found
            time.sleep(0.2)
        total, last, _ = found
        used = seconds_of(pid) - used
        print(
            f"{given.subscribers:,} subscribers on {given.hosts:,} hosts, {given.hanging} hanging: "
            f"{total:,} reached in {last - began:.1f} s, {used / total * 1000:.2f} ms of the "
            f"processor each; {before / 1e6:.0f} MB before, {peak(pid) / 1e6:.0f} MB at most"
        )
        beside = hear_some(site, receiver, numbers)
        print(
            f"the endpoint heard of that article after {heard * 1000:.0f} ms; of {BESIDE} more, "
            f"one a second, after {in_words(beside)}; without any, after {in_words(alone)}"
        )


def hear(site: Site, receiver: Receiver, number: int) -> float:
    """Seconds from a seed's rename to the endpoint's request."""
    known = len(receiver.accepted)
    began = time.time()
    write_seed(site.seeds, number)
    receiver.wait_for(known + 1, timeout=20)
    return receiver.accepted[known].at - began


def hear_some(site: Site, receiver: Receiver, numbers: Iterator[int]) -> list[float]:
    """The same for one seed a second."""
    found = []
    for _ in range(BESIDE):
        time.sleep(1)
        found.append(hear(site, receiver, next(numbers)))
    return found


def in_words(seconds: list[float]) -> str:
    middle, most = statistics.median(seconds) * 1000, max(seconds) * 1000
    return f"{middle:.0f} ms in the median, {most:.0f} ms at most"


def subscribe(site: Site, topic: str, callbacks: list[str]) -> None:
    """As if all of them had asked, and said yes."""
    now = datetime.now(UTC)
    rows = [
        {
            "topic": topic,
            "callback": callback,
            "secret": None,
            "since": now,
            "expires_at": now + timedelta(days=10),
            "failures": 0,
        }
        for callback in callbacks
    ]
    database = Database.open(str(site.folder / "var" / "seedwatch.db"))
    with closing(database), database.write() as connection:
        connection.execute(subscribers.insert(), rows)


def address(number: int) -> str:
    """An address of this machine's own network: 127.0.0.1, and what follows."""
    return f"127.0.{(number + 1) // 250}.{(number + 1) % 250 or 250}"


def seconds_of(pid: int) -> float:
    words = Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / 100


def peak(pid: int) -> int:
    text = Path(f"/proc/{pid}/status").read_text("utf-8")
    return next(int(line.split()[1]) for line in text.splitlines() if "VmHWM" in line) * 1024


def told_all(told: Connection) -> tuple[int, float, int]:
    """How many callbacks were called since they forgot, when the last one first was, how often."""
    told.send("how many")
    found: tuple[int, float, int] = told.recv()
    return found


def receive(told: Connection, hosts: int) -> None:
    """Answer every callback at once, but for those that hang."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, hosts + 5000), hard))
    asyncio.run(_receive(told, hosts))


async def _receive(told: Connection, hosts: int) -> None:
    called: dict[bytes, list[float]] = {}
    loop = asyncio.get_running_loop()
    answering = partial(_Answering, called)
    first = await loop.create_server(answering, "127.0.0.1")
    port = first.sockets[0].getsockname()[1]
    for number in range(1, hosts):
        await loop.create_server(answering, address(number), port)
    told.send(port)
    while True:
        word = await asyncio.to_thread(told.recv)
        if word == "end":
            return
        if word == "forget":
            called.clear()
        last = max((times[0] for times in called.values()), default=0.0)
        told.send((len(called), last, sum(map(len, called.values()))))


class _Answering(asyncio.Protocol):
    """Reads requests with a content-length, and answers each with 204, or never."""

    def __init__(self, called: dict[bytes, list[float]]) -> None:
        self._called = called
        self._parts: list[bytes] = []
        self._missing = 0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parts.append(data)
        self._missing -= len(data)
        if self._missing > 0:
            return
        pending = b"".join(self._parts)
        head, blank, body = pending.partition(b"\r\n\r\n")
        self._parts, self._missing = [pending], 0
        if not blank:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        if len(body) < length:
            self._missing = length - len(body)
            return
        self._parts = []
        path = head.split(b" ", 2)[1]
        if path.startswith(b"/callback"):
            self._called.setdefault(path, []).append(time.time())
            self._transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")


if __name__ == "__main__":
    main()
