"""Deliveries per second to a local receiver, for one endpoint and for thousands.

Run from the project's folder: ``python -m benchmarks.deliveries``. Each message is one article,
stored, sent and recorded. Its processor time is ours and the database's, without the receiver's:
that is a process of its own, and counts what it gets twice. Some minutes for both stores.
"""

import argparse
import asyncio
import gc
import json
import multiprocessing
import os
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.support.postgresql import fresh_database, serving_postgresql
from tests.support.seeds import write_seed
from watcher.cli import GARBAGE_EVERY
from watcher.clock import utc_now
from watcher.config.load import load_config
from watcher.config.schema import Config
from watcher.daemon.drain import Drain
from watcher.notify import http  # noqa: F401 - a daemon has it loaded after its first message
from watcher.scan.once import scan_once
from watcher.store.store import Store, open_store


class Counted:
    """An outbox that counts what it writes: each call that writes is one commit."""

    def __init__(self, outbox: object) -> None:
        self.commits = 0
        self._outbox = outbox

    def __getattr__(self, name: str) -> Any:
        self.commits += name in {"write", "extend", "store_alerts"}
        return getattr(self._outbox, name)


def measure(folder: Path, state: str, url: str, endpoints: int, each: int) -> str:
    """One row: so many endpoints, and as many messages for each of them."""
    config = load(folder, state, url, endpoints)
    with open_store(config.state) as store:
        scan_once(store, config, utc_now)
        for number in range(each):
            write_seed(folder / "seeds", number)
        scan_once(store, config, utc_now)
        counted: Any = Counted(store.outbox)
        watched = Store(store.database)
        watched.outbox = counted
        server = postmaster_of(store) if state.startswith("postgresql") else None
        database = tree_seconds(server)
        gc.collect()
        gc.freeze()  # as the daemon does with what lasts
        gc.set_threshold(GARBAGE_EVERY)
        began, used = time.perf_counter(), time.process_time()
        Drain(config, watched, utc_now, until_empty=False).run()
        seconds, used = time.perf_counter() - began, time.process_time() - used
        database = tree_seconds(server) - database
        sent = sum(not status.owed + status.pending for status in store.outbox.statuses())
    assert sent == endpoints, "something was not sent"
    made = endpoints * each
    return (
        f"{endpoints:>9,}{each:>7,}{seconds:>9.1f}{made / seconds:>12,.0f}"
        f"{used / made * 1000:>9.2f}{database / made * 1000:>9.2f}{counted.commits / made:>10.3f}"
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:>7.0f}"
    )


def alone() -> ProcessPoolExecutor:
    """A process for one row: what it holds at most is not what an earlier one held."""
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))


def postmaster_of(store: Store) -> int:
    """The process id of the server behind a store on PostgreSQL, which is on this machine."""
    with store.database.session() as session:
        return parent_of(session.info.backend_pid)


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()[1])


def tree_seconds(pid: int | None) -> float:
    """What a process and its children, living and dead, have used of the processors."""
    if pid is None:
        return 0.0
    spent = 0
    for each in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            ticks = each.read_text("utf-8", "replace").rsplit(")", 1)[1].split()
            if int(each.parent.name) == pid:
                spent += sum(map(int, ticks[11:15]))
            elif int(ticks[1]) == pid:
                spent += sum(map(int, ticks[11:13]))
    return spent / os.sysconf("SC_CLK_TCK")


def load(folder: Path, state: str, url: str, endpoints: int) -> Config:
    (folder / "seeds").mkdir()
    hook = {"type": "webhook", "url": url, "max_items": 1, "rate": "1000000/s"}
    config = {
        "state": state,
        "watch": [{"path": str(folder / "seeds")}],
        "http": {"listen": "off"},
        "endpoints": [{"name": f"hook-{number}", **hook} for number in range(endpoints)],
    }
    file = folder / "seedwatch.yaml"
    file.write_text(json.dumps(config), encoding="utf-8")
    return load_config(file, environ={})


@contextmanager
def receiving() -> Iterator[tuple[str, Callable[[], tuple[int, int]]]]:
    """The URL of a receiver in a process of its own, and what ends it.

    That returns how many ids it was sent, and how many messages.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=receive, args=(theirs,))
    process.start()

    def end() -> tuple[int, int]:
        ours.send("end")
        counts: tuple[int, int] = ours.recv()
        process.join(20)
        return counts

    try:
        yield ours.recv(), end
    finally:
        if process.is_alive():
            process.kill()


def receive(told: Connection) -> None:
    """Answer every POST at once, and keep the connections; say the URL, and in the end how many.

    It takes a tenth of the processor that the tests' receiver takes: that can misbehave.
    """
    asyncio.run(_receive(told))


async def _receive(told: Connection) -> None:
    ids: Counter[str] = Counter()
    server = await asyncio.get_running_loop().create_server(partial(_Answering, ids), "127.0.0.1")
    told.send(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook")
    while not await asyncio.to_thread(told.poll, 3600):
        pass
    told.recv()
    told.send((len(ids), sum(ids.values())))


class _Answering(asyncio.Protocol):
    """Reads requests with a content-length, and answers each with 200."""

    def __init__(self, ids: "Counter[str]") -> None:
        self._ids = ids
        self._pending = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._pending += data
        while (end := self._pending.find(b"\r\n\r\n")) >= 0:
            head = self._pending[:end].lower()
            length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
            if len(self._pending) < end + 4 + length:
                return
            self._pending = self._pending[end + 4 + length :]
            self._ids[head.partition(b"webhook-id:")[2].split(b"\r\n")[0].decode()] += 1
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


@contextmanager
def stores() -> Iterator[dict[str, Any]]:
    """How to get a fresh store of each kind: a context manager that gives its state."""
    with serving_postgresql() as server:
        yield {"sqlite": in_folder, "postgresql": lambda: fresh_database(server)}


@contextmanager
def in_folder() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield str(Path(folder, "seedwatch.db"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=20_000, help="endpoints in a row of the table")
    given = parser.parse_args()
    print("store       endpoints   each  seconds  per second  our ms  its ms   commits     MB")
    with receiving() as (url, end), stores() as kinds:
        messages = 0
        for name, fresh in kinds.items():
            for endpoints, each in ((1, 2000), (1000, 2), (20_000, 1)):
                if endpoints > given.most:
                    continue
                with tempfile.TemporaryDirectory() as folder, fresh() as state, alone() as pool:
                    row = pool.submit(measure, Path(folder), state, url, endpoints, each).result()
                messages += endpoints * each
                print(f"{name:<12}{row}", flush=True)
        distinct, accepted = end()
    print(f"{accepted - distinct} repeats of {messages:,} messages")
    assert distinct == messages


if __name__ == "__main__":
    main()
