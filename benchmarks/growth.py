"""How cost grows with size: each seed's share of a first scan, of a rescan, and of one change.

Run from the project's folder, with the packages of the ``benchmark`` extra:
``python -m benchmarks.growth --most 100000``. Some minutes; with ``--most 1000000 --rounds 1`` some
ten more, and eight gigabytes. Sizes go up by tens from 1,000. It prints the table, draws
``growth.svg`` beside this file, and fails if what a seed takes grows by more than half over the
sizes from 10,000 on (below that, the start of the process counts).
"""

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from benchmarks import cold, latency
from benchmarks.many_seeds import sizes
from benchmarks.peers import MIB, Took, median, scan
from tests.support.site import Site

MOST_GROWTH = 1.5
PICTURE = Path(__file__).with_name("growth.svg")


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One size: microseconds of processor time a seed, milliseconds from a rename to the feed."""

    seeds: int
    cold: float
    cold_peak: float
    warm: float
    warm_peak: float
    change: float


def measure(folder: Path, seeds: int, *, rounds: int) -> Point:
    site = Site(folder / "site")
    first, _ = cold.measure(site, seeds, rounds=rounds, hugo=None)
    again = [scan(site) for _ in range(max(rounds, 3))]
    found = latency.measure_known(site, articles=seeds, samples=50)
    return Point(
        seeds=seeds,
        cold=_each(first, seeds),
        cold_peak=max(took.peak for took in first) / MIB,
        warm=_each(again, seeds),
        warm_peak=max(took.peak for took in again) / MIB,
        change=median(found["feed"]) * 1000,
    )


def _each(took: list[Took], seeds: int) -> float:
    return median([each.cpu for each in took]) / seeds * 1e6


def draw(points: list[Point]) -> None:
    figure = Figure(figsize=(8, 4.5))
    axes = figure.subplots()
    across = [point.seeds for point in points]
    for name, values in (
        ("first scan, µs of processor a seed", [point.cold for point in points]),
        ("rescan, µs of processor a seed", [point.warm for point in points]),
        ("one change, ms from rename to feed", [point.change for point in points]),
    ):
        axes.plot(across, values, marker="o", label=name)
    axes.set(xscale="log", yscale="log", xlabel="seeds known", ylim=(1, None))
    axes.grid(visible=True, which="both", alpha=0.3)
    axes.legend(loc="center right")
    axes.set_title("What a seed costs does not grow with their number")
    figure.savefig(PICTURE, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    points = list[Point]()
    print("| seeds | first scan, µs each | MiB | rescan, µs each | MiB | one change, ms |")
    print("|---:|---:|---:|---:|---:|---:|")
    for seeds in sizes(given.most):
        with tempfile.TemporaryDirectory() as folder:
            point = measure(Path(folder), seeds, rounds=given.rounds)
        points.append(point)
        print(
            f"| {seeds:,} | {point.cold:,.0f} | {point.cold_peak:.0f} | {point.warm:,.1f} "
            f"| {point.warm_peak:.0f} | {point.change:.1f} |",
            flush=True,
        )
    draw(points)
    large = [point for point in points if point.seeds >= 10_000]
    for name in ("cold", "warm", "change"):
        values = [getattr(point, name) for point in large]
        assert max(values) <= MOST_GROWTH * values[0], f"{name} grows: {values}"


if __name__ == "__main__":
    main()
