"""Several processes at once on one store: each thing is done once, and in order."""

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from typing import Any

from tests.store.owing import SLACK, owe_only
from tests.store.workers import grab, open_together, send_all
from watcher.store.database import Database
from watcher.store.outbox import Outbox

SPAWN = multiprocessing.get_context("spawn")
SECONDS = 60


def finish(*workers: SpawnProcess) -> None:
    """Start all, wait for all; if one fails, the others are not waited for."""
    for worker in workers:
        worker.start()
    running = list(workers)
    try:
        while running:
            assert wait([worker.sentinel for worker in running], SECONDS), "a worker hangs"
            ended = [worker for worker in running if worker.exitcode is not None]
            assert [worker.exitcode for worker in ended if worker.exitcode] == []
            running = [worker for worker in running if worker.exitcode is None]
    finally:
        for worker in workers:
            worker.kill()
            worker.join(SECONDS)


def two(target: Callable[..., None], url: str) -> list[Any]:
    """What two workers put into their queue."""
    barrier = SPAWN.Barrier(2)
    with SPAWN.Manager() as manager:
        queue = manager.Queue()
        finish(*(SPAWN.Process(target=target, args=(url, owner, barrier, queue)) for owner in "ab"))
        return [queue.get_nowait() for _ in range(queue.qsize())]


def test_processes_that_start_at_once_migrate_once(database_url: str) -> None:
    barrier = SPAWN.Barrier(3)
    finish(*(SPAWN.Process(target=open_together, args=(database_url, barrier)) for _ in range(3)))
    Database.open(database_url).close()


def test_two_processes_tell_everything_once_and_in_order(
    database: Database, database_url: str
) -> None:
    Outbox(database).sync({SLACK: True})
    owe_only(database, *range(1, 21))
    told = sorted(two(send_all, database_url))
    tokens = [token for token, _ in told]
    assert len(set(tokens)) == len(tokens)
    assert [sequence for _, sequence in told] == list(range(1, 21))


def test_of_two_processes_at_once_one_gets_the_lease(database: Database, database_url: str) -> None:
    Outbox(database).sync({SLACK: True})
    tokens = two(grab, database_url)
    assert len(tokens) == 20
    assert sorted(token for token in tokens if token) == list(range(1, 11))
