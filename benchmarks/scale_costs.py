"""Measures what the steps of one daemon cost, for ``benchmarks.scale_model``: each by itself.

A step's interpreter time is its thread's processor time; the rest of the time that it took, on a
machine that does nothing else, it waited for the disk or the other side.
"""

import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.deliveries import load, receiving
from benchmarks.http_load import kinds, press
from benchmarks.scale_model import Cost, Costs
from tests.support.seeds import write_seed
from tests.support.served import ServedSite
from watcher.clock import utc_now
from watcher.config.load import load_config
from watcher.config.schema import Config
from watcher.daemon.drain import Drain
from watcher.model.seed import SeedPath
from watcher.scan.once import scan_once
from watcher.scan.wiring import make_pipeline, make_publication
from watcher.store.store import Store, open_store

SMALL, LARGE = 1, 200
BEFORE_SENDING = ("look", "changes")


def measure_costs(*, rounds: int) -> Costs:
    """Every step, in the median of so many rounds."""
    with receiving() as (url, _), tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        config = load(path, str(path / "seedwatch.db"), url, endpoints=1)
        with open_store(config.state) as store:
            scan_once(store, config, utc_now)
            steps = _Steps(config=config, store=store)
            alone = [steps.deliver_one() for _ in range(max(3, rounds // 5))]
            intake = [steps.take_in(SMALL) for _ in range(rounds)]
            bulk = [steps.take_in(LARGE) for _ in range(max(3, rounds // 10))]
            parts = steps.deliver()
    small, large = _median(intake), _median(bulk)
    seed = _scaled(_minus(large, small), 1 / (LARGE - SMALL))
    return Costs(
        seed=replace(seed, wait=max(seed.wait, 0.0)),
        batch=_minus(small, seed),
        publish=_measure_publish(rounds),
        poll=_measure_poll(),
        turn=_minus(_median(alone), _sum((parts["freeze"], parts["finish"]))),
        **parts,
    )


@dataclass(slots=True, kw_only=True)
class _Steps:
    config: Config
    store: Store
    made: int = 0

    def take_in(self, count: int) -> Cost:
        """One batch of new seeds through the pipeline, into the store."""
        root = self.config.watch[0].path
        made = range(self.made, self.made + count)
        self.made += count
        names = [write_seed(root, number).name for number in made]
        pipeline = make_pipeline(self.store, self.config, utc_now)
        paths = [SeedPath(root=str(root), path=name) for name in names]
        return _cost_of(lambda: pipeline.process(paths))

    def deliver_one(self) -> Cost:
        """One message alone, as after one new article: what the store does for it."""
        self.take_in(SMALL)
        spent = self._drain().spent
        return _sum(spent[name] for name in (*BEFORE_SENDING, "write"))

    def deliver(self) -> dict[str, Cost]:
        """What is owed by now, one article a message: the parts of one message among many."""
        owed = self.store.outbox.statuses()[0].owed
        wall, cpu = time.perf_counter(), time.process_time()
        timed = self._drain()
        whole = Cost(cpu=time.process_time() - cpu, wait=0.0)
        whole = replace(whole, wait=time.perf_counter() - wall - whole.cpu)
        each = {name: _scaled(cost, 1 / owed) for name, cost in timed.spent.items()}
        freeze = _sum(cost for name, cost in each.items() if name in BEFORE_SENDING)
        finish = each["write"]
        sending = _minus(_scaled(whole, 1 / owed), _sum((freeze, finish)))
        return {"freeze": freeze, "finish": finish, "send": sending}

    def _drain(self) -> "_Timed":
        timed: Any = _Timed(self.store.outbox)
        watched = Store(self.store.database)
        watched.outbox = timed
        Drain(self.config, watched, utc_now, until_empty=False).run()
        found: _Timed = timed
        return found


def _measure_publish(rounds: int) -> Cost:
    """One feed of 100 entries, after one new article."""
    with tempfile.TemporaryDirectory() as folder:
        site = ServedSite(Path(folder) / "site")
        site.write_config()
        for number in range(LARGE):
            write_seed(site.seeds, number)
        config = load_config(site.config_file, environ={})
        root = config.watch[0].path
        with open_store(config.state) as store:
            scan_once(store, config, utc_now)
            publication = make_publication(store, config, utc_now)
            pipeline = make_pipeline(store, config, utc_now, on_batch=publication.note)
            publication.publish()
            found = []
            for number in range(LARGE, LARGE + rounds):
                name = write_seed(root, number).name
                pipeline.process([SeedPath(root=str(root), path=name)])
                found.append(_cost_of(publication.publish))
    return _scaled(_median(found), 1 / len(config.feeds))


def _measure_poll() -> Cost:
    """One conditional request: the daemon's processor time under a load, over what it answered."""
    with tempfile.TemporaryDirectory() as folder:
        site = ServedSite(Path(folder) / "site")
        site.add_real_seeds()
        with site.running() as daemon:
            url, headers = kinds(site)["feed, conditional (304)"]
            before = processor_seconds(daemon.process.pid)
            load = press(url, headers, seconds=5, connections=8)
            spent = processor_seconds(daemon.process.pid) - before
    return Cost(cpu=spent / (load.per_second * 5))


def processor_seconds(pid: int) -> float:
    """What a process has used of the processors since its start."""
    ticks = Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
    return (int(ticks[11]) + int(ticks[12])) / 100


@dataclass(slots=True)
class _Timed:
    """An outbox that adds up what its calls cost."""

    outbox: object
    spent: dict[str, Cost] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.outbox, name)

        def timed(*args: Any, **kwargs: Any) -> Any:
            answer: list[Any] = []
            cost = _cost_of(lambda: answer.append(call(*args, **kwargs)))
            with self.lock:
                self.spent[name] = _sum((self.spent.get(name, Cost(cpu=0.0)), cost))
            return answer[0]

        return timed


def _cost_of(step: Callable[[], object]) -> Cost:
    wall, cpu = time.perf_counter(), time.thread_time()
    step()
    spent = time.thread_time() - cpu
    return Cost(cpu=spent, wait=max(0.0, time.perf_counter() - wall - spent))


def _median(costs: list[Cost]) -> Cost:
    return Cost(
        cpu=statistics.median(cost.cpu for cost in costs),
        wait=statistics.median(cost.wait for cost in costs),
    )


def _sum(costs: Any) -> Cost:
    every = list(costs)
    return Cost(cpu=sum(cost.cpu for cost in every), wait=sum(cost.wait for cost in every))


def _minus(one: Cost, other: Cost) -> Cost:
    return Cost(cpu=max(0.0, one.cpu - other.cpu), wait=max(0.0, one.wait - other.wait))


def _scaled(cost: Cost, by: float) -> Cost:
    return Cost(cpu=cost.cpu * by, wait=cost.wait * by)
