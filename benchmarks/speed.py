"""Everything that speed is measured by, side by side with the peers that are there, in one run.

Run from the project's folder, with the packages of the ``benchmark`` extra (Hugo is one of them):
``python -m benchmarks.speed``. Some ten minutes; ``--quick`` takes a tenth of the sizes, and
three. Ours and a peer's turn come one after the other in every round. It refuses to start
on a machine that is busy, for its figures would be of that; ``--anyway`` measures all the same.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import bursts, cold, idle, latency, parse, startup, warm
from benchmarks.figures import Figures, print_table
from benchmarks.peers import MIB, Took
from tests.support.seeds import REAL_SEEDS
from tests.support.site import Site

BUSIEST = 0.5
"""The load average of the last minute above which figures would be of something else."""


def read_one(rounds: int) -> list[Figures]:
    """One real seed, in the mean over the five; each reader in turn."""
    texts = [path.read_text("utf-8") for path in sorted(REAL_SEEDS.iterdir())]
    columns = zip(*parse.times_of(texts, rounds), strict=True)
    return [
        Figures(name=f"read one seed: {name}", unit="µs", values=tuple(v / 1e6 for v in column))
        for name, column in zip(parse.READERS, columns, strict=True)
    ]


def take_in(folder: Path, count: int, rounds: int, hugo: str | None) -> list[Figures]:
    ours, theirs = cold.measure(Site(folder), count, rounds=rounds, hugo=hugo)
    name = f"{count:,} seeds, from nothing to a feed"
    rows = [*_took(f"{name}: seedwatch scan", ours)]
    return [*rows, *_took(f"{name}: hugo", theirs)] if theirs else rows


def look_again(folder: Path, count: int, rounds: int) -> list[Figures]:
    ours, theirs, _ = warm.measure(folder, count, rounds=rounds)
    name = f"{count:,} unchanged"
    return [*_took(f"{name}: seedwatch scan", ours), *_took(f"{name}: git status", theirs)]


def notice(folder: Path, articles: int, samples: int) -> list[Figures]:
    """Percentiles of each rename's way, as rows of their own."""
    found = latency.measure(folder, articles=articles, samples=samples)
    return [
        Figures(
            name=f"rename to {end}, {articles:,} articles: {label}",
            unit="ms",
            values=(latency.percentile(values, share),),
        )
        for end, values in found.items()
        for label, share in (("p50", 0.5), ("p99", 0.99))
    ]


def burst(folder: Path, count: int) -> Iterator[Figures]:
    for name in bursts.BURSTS:
        lost, seconds = bursts.measure(folder / name, name, count)
        yield Figures(name=f"burst of {count:,}, {name}: lost", unit="seeds", values=(lost,))
        yield Figures(name=f"burst of {count:,}, {name}: until all", unit="s", values=(seconds,))


def _took(name: str, took: Sequence[Took]) -> list[Figures]:
    peaks = tuple(each.peak / MIB for each in took)
    return [
        Figures(name=name, unit="s", values=tuple(each.seconds for each in took)),
        Figures(name=f"{name}, peak", unit="MiB", values=peaks),
    ]


def find_hugo() -> str | None:
    """The program that the package ``hugo`` brings, or the system's."""
    ours = Path(sys.executable).parent / "hugo"
    return str(ours) if ours.exists() else shutil.which("hugo")


def measure(size: int, rounds: int) -> None:
    """Print a table for each kind of work; ``size`` is that of a bulk of new seeds."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print_table(startup.measure(folder / "startup", rounds=rounds), beside="python itself")
        print_table(read_one(rounds), beside="read one seed: libyaml")
        rows = take_in(folder / "cold", size, rounds, find_hugo())
        print_table(rows, beside=f"{size:,} seeds, from nothing to a feed: hugo")
        rows = look_again(folder / "warm", 10 * size, rounds)
        print_table(rows, beside=f"{10 * size:,} unchanged: git status")
        print_table(notice(folder / "latency", size, 200))
        print_table(list(burst(folder / "bursts", size)))
        print_table(idle.measure(folder / "idle", seeds=10 * size, minutes=5 if size > 5000 else 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="a tenth of the sizes")
    parser.add_argument("--anyway", action="store_true", help="also on a busy machine")
    given = parser.parse_args()
    load = os.getloadavg()[0]
    if load > BUSIEST and not given.anyway:
        sys.exit(f"this machine is busy (load average {load:.1f}): wait, or use --anyway")
    print(f"{os.cpu_count()} processors, load average {load:.1f}\n")
    measure(1000 if given.quick else 10_000, given.rounds)


if __name__ == "__main__":
    main()
