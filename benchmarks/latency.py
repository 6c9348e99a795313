"""From a seed's rename to the feed's own rename, and to the arrival of a request: the real daemon.

Run from the project's folder: ``python -m benchmarks.latency``. About a minute. The feed is
watched by inotify through a thread of this process; a seed counts from just before its rename.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.many_seeds import read_originals, seed_bytes, write_seeds
from benchmarks.peers import scan
from tests.support.receiver import Receiver
from tests.support.site import Running, Site
from tests.support.waiting import DEADLINE

PAUSE = 0.05
"""Seconds between two seeds: what one leaves to do must not count for the next."""


def measure(folder: Path, *, articles: int, samples: int) -> dict[str, list[float]]:
    """Seconds from each rename to the feed, and to the request, with so many articles known."""
    site = Site(folder)
    write_seeds(site.seeds, articles)
    site.write_config()
    scan(site)
    return measure_known(site, articles=articles, samples=samples)


def measure_known(site: Site, *, articles: int, samples: int) -> dict[str, list[float]]:
    """The same on a site whose articles were taken in."""
    originals = read_originals()
    found: dict[str, list[float]] = {"feed": [], "request": []}
    with Receiver() as receiver:
        site.add_endpoint("local", receiver.url, rate="1000/s")
        with site.running() as running:
            for number in range(samples + 1):
                text = seed_bytes(originals, articles + number)
                began, published = rename_in(site, running, text, f"new-{number}.md")
                arrived = receiver.wait_for(number + 1, timeout=DEADLINE)[number].at
                found["feed"].append(published - began)
                found["request"].append(arrived - began)
                time.sleep(PAUSE)
    return {name: values[1:] for name, values in found.items()}  # the first one loads what it needs


def rename_in(site: Site, running: Running, text: bytes, name: str) -> tuple[float, float]:
    """When a seed was renamed into the root, and when the feed was renamed after that."""
    temporary = site.seeds / f".{name}.tmp"
    temporary.write_bytes(text)
    before = site.feed.stat().st_ino
    began = time.time()
    temporary.rename(site.seeds / name)
    ends_at = began + DEADLINE
    while site.feed.stat().st_ino == before:
        time.sleep(0.0002)
        assert time.time() < ends_at, running.log_text()
    return began, time.time()


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--samples", type=int, default=200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder, "site"), articles=given.articles, samples=given.samples)
    print(f"{given.samples} seeds, {given.articles:,} articles known; milliseconds")
    print("from the rename to    p50    p90    p99    most")
    for name, values in found.items():
        shares = [statistics.median(values), *(percentile(values, s) for s in (0.9, 0.99, 1))]
        print(f"{name:<17}" + "".join(f"{value * 1000:>8.1f}" for value in shares))


if __name__ == "__main__":
    main()
