"""What one machine carries: measured, reproduced by a model, and only then predicted.

Run from the project's folder: ``python -m benchmarks.scale``. About six minutes, on a machine that
does nothing else; needs ``wrk`` and the packages of the ``benchmark`` extra. It prints the tables
of SCALE.md: the cost of each step, what the whole program does under known loads beside what the
model says of the same loads, and what the model says of others. It fails if the model is off by
more than ``MOST`` times in any of them but the 99th percentiles: a single slow write of the disk,
or a neighbour on the machine, decides those.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from benchmarks.deliveries import in_folder, load, receiving
from benchmarks.scale_costs import measure_costs, processor_seconds
from benchmarks.scale_model import Cost, Costs, Outcome, Scenario, simulate
from tests.support.receiver import Receiver
from tests.support.seeds import seed_text, write_seed
from tests.support.site import Running, Site
from tests.support.waiting import wait_until
from watcher.clock import utc_now
from watcher.daemon.drain import Drain
from watcher.scan.once import scan_once
from watcher.store.store import open_store

MOST = 2.0
DAY = 86_400
NOTHING = Cost(cpu=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One figure of the whole program, and the model's."""

    what: str
    measured: float
    modelled: float

    @property
    def ratio(self) -> float:
        return self.modelled / self.measured

    @property
    def holds(self) -> bool:
        return "p99" in self.what or 1 / MOST <= self.ratio <= MOST


# ---------------------------------------------------------------- the whole program


def check_drain(costs: Costs, endpoints: int, deliveries: int) -> Check:
    """Deliveries a second, one article a message."""
    each = deliveries // endpoints
    with (
        receiving() as (url, _),
        tempfile.TemporaryDirectory() as folder,
        in_folder() as state,
    ):
        path = Path(folder)
        config = load(path, state, url, endpoints)
        with open_store(config.state) as store:
            scan_once(store, config, utc_now)
            for number in range(each):
                write_seed(path / "seeds", number)
            scan_once(store, config, utc_now)
            began = time.perf_counter()
            Drain(config, store, utc_now, until_empty=False).run()
            seconds = time.perf_counter() - began
    free = replace(costs, seed=NOTHING, batch=NOTHING)
    told = Scenario(seconds=0.001, burst=each, feeds=0, endpoints=endpoints, max_items=1)
    outcome = simulate(free, told)
    return Check(
        what=f"drain, {endpoints} endpoints: messages/s",
        measured=each * endpoints / seconds,
        modelled=outcome.messages / outcome.ended_at,
    )


def check_steady(costs: Costs, rate: float, *, seconds: float, endpoints: int) -> list[Check]:
    """Seeds at random moments: from a rename to each receiver, and the processor's share."""
    with tempfile.TemporaryDirectory() as folder, Receiver() as receiver:
        site = _site(Path(folder), receiver, endpoints)
        with site.running() as daemon:
            _warm_up(site, receiver, endpoints)
            spent, began = processor_seconds(daemon.process.pid), time.monotonic()
            renamed = _rename_at_random(site, rate, seconds)
            _wait_for_all(daemon, receiver, (len(renamed) + 1) * endpoints)
            busy = (processor_seconds(daemon.process.pid) - spent) / (time.monotonic() - began)
        latencies = [
            message.at - renamed[change["article"]["title"]]
            for message in receiver.requests
            for change in message.json()["data"]["changes"]
            if change["article"]["title"] in renamed
        ]
    outcome = simulate(costs, Scenario(seconds=seconds, arrivals=rate, endpoints=endpoints))
    name = f"{rate:g} seeds/s, {endpoints} endpoints"
    return [
        Check(
            what=f"{name}: median ms",
            measured=statistics.median(latencies) * 1000,
            modelled=statistics.median(outcome.told) * 1000,
        ),
        Check(
            what=f"{name}: p99 ms",
            measured=percentile(latencies, 99) * 1000,
            modelled=percentile(outcome.told, 99) * 1000,
        ),
        Check(
            what=f"{name}: processor %",
            measured=busy * 100,
            modelled=outcome.interpreter / seconds * 100,
        ),
    ]


def check_burst(costs: Costs, seeds: int) -> Check:
    """So many renames as fast as they go: seconds until the last one is told."""
    with tempfile.TemporaryDirectory() as folder, Receiver() as receiver:
        site = _site(Path(folder), receiver, 1)
        with site.running() as daemon:
            _warm_up(site, receiver, 1)
            made = [_temporary(site, number) for number in range(seeds)]
            began = time.time()
            for number, path in enumerate(made):
                path.rename(site.seeds / f"article-{number}.md")
            _wait_for_all(daemon, receiver, seeds + 1)
            last = max(message.at for message in receiver.requests)
    outcome = simulate(costs, Scenario(seconds=0.001, burst=seeds))
    return Check(
        what=f"burst of {seeds:,}: seconds",
        measured=last - began,
        modelled=outcome.ended_at,
    )


def _site(folder: Path, receiver: Receiver, endpoints: int) -> Site:
    site = Site(folder / "site")
    for number in range(endpoints):
        site.add_endpoint(f"hook-{number}", f"{receiver.url}/{number}", rate="1000000/s")
    return site


def _warm_up(site: Site, receiver: Receiver, endpoints: int) -> None:
    """The first one meets what is not loaded yet."""
    write_seed(site.seeds, 999_999)
    receiver.wait_for(endpoints, timeout=30)


def _temporary(site: Site, number: int) -> Path:
    path = site.seeds / f".{number}.tmp"
    path.write_text(seed_text(number), "utf-8")
    return path


def _rename_at_random(site: Site, rate: float, seconds: float) -> dict[str, float]:
    """Rename seeds into the folder; when, by title."""
    chance = random.Random(1)
    made = [_temporary(site, number) for number in range(int(rate * seconds))]
    renamed = {}
    at = time.monotonic()
    for number, path in enumerate(made):
        at += chance.expovariate(rate)
        time.sleep(max(0.0, at - time.monotonic()))
        renamed[f"Article {number}"] = time.time()
        path.rename(site.seeds / f"article-{number}.md")
    return renamed


def _wait_for_all(daemon: Running, receiver: Receiver, count: int) -> None:
    """Until so many changes have arrived, in however many messages."""
    seen, total = 0, 0

    def arrived() -> bool:
        nonlocal seen, total
        messages = receiver.requests[seen:]
        seen += len(messages)
        total += sum(len(message.json()["data"]["changes"]) for message in messages)
        return total >= count

    assert daemon.process.poll() is None
    wait_until(arrived, f"{count} changes", timeout=120)


# ---------------------------------------------------------------- what is printed


def percentile(values: Sequence[float], percent: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def print_costs(costs: Costs) -> None:
    print("| step | interpreter, ms | waiting, ms |\n|---|---:|---:|")
    for field in fields(costs):
        cost = getattr(costs, field.name)
        print(f"| {field.name} | {cost.cpu * 1000:.3f} | {cost.wait * 1000:.3f} |")


def print_checks(checks: Sequence[Check]) -> None:
    print("\n| load | measured | modelled | modelled/measured |\n|---|---:|---:|---:|")
    for check in checks:
        row = f"| {check.what} | {check.measured:,.1f} | {check.modelled:,.1f} "
        print(f"{row}| {check.ratio:.2f} |")


def print_predictions(costs: Costs) -> None:
    print(
        "\n| what comes | articles/day | median s | p99 s | interpreter | writer | polls' p99 ms |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name, scenario in SCENARIOS.items():
        print_prediction(name, scenario, simulate(costs, scenario))


def print_prediction(name: str, scenario: Scenario, outcome: Outcome) -> None:
    polled = f"{percentile(outcome.polled, 99) * 1000:.0f}" if outcome.polled else ""
    lasted = max(scenario.seconds, outcome.ended_at)
    print(
        f"| {name} | {scenario.arrivals * DAY:,.0f} | {statistics.median(outcome.told):,.3f} "
        f"| {percentile(outcome.told, 99):,.3f} | {outcome.interpreter / lasted:.0%} "
        f"| {outcome.writer / lasted:.0%} | {polled} |"
    )


HOUR = 3600.0
SCENARIOS = {
    "a newsroom: 3 endpoints": Scenario(seconds=HOUR, arrivals=0.02, endpoints=3, answer=0.2),
    "10 times the articles": Scenario(seconds=HOUR, arrivals=0.2, endpoints=3, answer=0.2),
    "10 times the endpoints": Scenario(seconds=HOUR, arrivals=0.02, endpoints=30, answer=0.2),
    "both": Scenario(seconds=HOUR, arrivals=0.2, endpoints=30, answer=0.2),
    "both, 100 polls/s": Scenario(seconds=600, arrivals=0.2, endpoints=30, answer=0.2, polls=100),
    "1,000 times the articles": Scenario(seconds=120, arrivals=20, endpoints=3, answer=0.2),
    "1,000 times the endpoints": Scenario(seconds=600, arrivals=0.02, endpoints=3000, answer=0.2),
    "10 times the feeds (20)": Scenario(seconds=600, arrivals=2, feeds=20, endpoints=3, answer=0.2),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    given = parser.parse_args()
    costs = measure_costs(rounds=given.rounds)
    print_costs(costs)
    checks = [check_drain(costs, endpoints, 500) for endpoints in (1, 10, 100)]
    for rate in (2, 10, 30):
        checks += check_steady(costs, rate, seconds=20, endpoints=3)
    checks.append(check_burst(costs, 2000))
    print_checks(checks)
    print_predictions(costs)
    off = [check.what for check in checks if not check.holds]
    assert not off, f"the model does not reproduce: {', '.join(off)}"


if __name__ == "__main__":
    main()
