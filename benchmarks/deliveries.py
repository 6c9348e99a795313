"""Deliveries per second to a local receiver, with 1, 10 and 100 endpoints, and the store's share.

Run from the project's folder: ``python -m benchmarks.deliveries``. Each delivery is one article in
one message, frozen, sent and recorded. The receiver is a process of its own. About two minutes for
both stores.
"""

import argparse
import asyncio
import json
import multiprocessing
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.support.postgresql import fresh_database, serving_postgresql
from tests.support.seeds import write_seed
from watcher.clock import utc_now
from watcher.config.load import load_config
from watcher.config.schema import Config
from watcher.daemon.drain import Drain
from watcher.scan.once import scan_once
from watcher.store.store import Store, open_store


class Timed:
    """An outbox that adds up how long its calls take, in all threads together."""

    def __init__(self, outbox: object) -> None:
        self.seconds = 0.0
        self._outbox = outbox
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._outbox, name)

        def timed(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            try:
                return call(*args, **kwargs)
            finally:
                with self._lock:
                    self.seconds += time.perf_counter() - began

        return timed


def measure(folder: Path, state: str, url: str, *, endpoints: int, deliveries: int) -> str:
    """One row: so many endpoints with an equal share of the deliveries each."""
    config = load(folder, state, url, endpoints)
    with open_store(config.state) as store:
        scan_once(store, config, utc_now)
        for number in range(deliveries // endpoints):
            write_seed(folder / "seeds", number)
        scan_once(store, config, utc_now)
        seconds, store_seconds = drain(store, config)
        sent = sum(not status.owed + status.pending for status in store.outbox.statuses())
    assert sent == endpoints, "something was not sent"
    made = deliveries // endpoints * endpoints
    share = store_seconds / (seconds * endpoints)
    return f"{endpoints:>9,}{made:>12,}{seconds:>9.1f}{made / seconds:>12,.0f}{share:>14.0%}"


def drain(store: Store, config: Config) -> tuple[float, float]:
    """How long it takes to send all that is owed, and how long the store works or waits for it."""
    timed: Any = Timed(store.outbox)
    began = time.perf_counter()
    watched = Store(store.database)
    watched.outbox = timed
    Drain(config, watched, utc_now, until_empty=False).run()
    return time.perf_counter() - began, timed.seconds


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
def receiving() -> Iterator[str]:
    """The URL of a receiver in a process of its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=receive, args=(theirs,))
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send("end")
        process.join(20)


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
    parser.add_argument("--deliveries", type=int, default=1000, help="in each measurement")
    given = parser.parse_args()
    print("store       endpoints  deliveries  seconds  per second  store's share")
    with receiving() as url, stores() as kinds:
        for name, fresh in kinds.items():
            for endpoints in (1, 10, 100):
                with tempfile.TemporaryDirectory() as folder, fresh() as state:
                    row = measure(
                        Path(folder), state, url, endpoints=endpoints, deliveries=given.deliveries
                    )
                print(f"{name:<12}{row}", flush=True)


if __name__ == "__main__":
    main()
