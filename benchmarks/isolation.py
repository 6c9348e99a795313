"""From a seed's rename to a healthy endpoint: alone, and beside others that are in trouble.

Run from the project's folder: ``python -m benchmarks.isolation``. In each round the same seeds are
renamed into a folder twice, once with the healthy endpoint alone and once beside one that hangs,
one that refuses and one that asks to be left alone for a minute. About two minutes; it fails if the
median beside them is more than 1.5 times what it is alone.
"""

import argparse
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.support.receiver import Receiver, answer, hang
from tests.support.seeds import seed_text
from tests.support.site import Site

MOST = 1.5


def latencies(folder: Path, *, seeds: int, troubled: bool) -> list[float]:
    """Seconds from each rename to the arrival, one seed after the other."""
    site = Site(folder)
    with ExitStack() as stack:
        healthy = stack.enter_context(Receiver())
        if troubled:
            throttled = answer(429, b"", {"retry-after": "60"})
            others = [stack.enter_context(Receiver(how)) for how in (hang(), answer(), throttled)]
            others[1].pause()
            for name, other in zip(("hanging", "refusing", "throttled"), others, strict=True):
                site.add_endpoint(name, other.url)
        site.add_endpoint("healthy", healthy.url)
        with site.running() as running:
            found = [rename_in(site, healthy, number) for number in range(seeds)]
            running.kill()  # to stop in peace would wait for the one that hangs
    return found[1:]  # the first one meets what is not loaded yet


def rename_in(site: Site, healthy: Receiver, number: int) -> float:
    temporary = site.seeds / f".{number}.tmp"
    temporary.write_text(seed_text(number), "utf-8")
    began = time.time()
    temporary.rename(site.seeds / f"article-{number}.md")
    return healthy.wait_for(number + 1, timeout=30)[number].at - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=40)
    given = parser.parse_args()
    alone, beside = list[float](), list[float]()
    print("round   alone, ms  beside, ms  ratio")
    for number in range(1, given.rounds + 1):
        with tempfile.TemporaryDirectory() as folder:
            seeds = given.seeds + 1
            alone += latencies(Path(folder, "alone"), seeds=seeds, troubled=False)
            beside += latencies(Path(folder, "beside"), seeds=seeds, troubled=True)
        print_row(str(number), alone[-given.seeds :], beside[-given.seeds :])
    ratio = print_row("all", alone, beside)
    assert ratio <= MOST, f"{ratio:.2f} is more than {MOST}"


def print_row(name: str, alone: list[float], beside: list[float]) -> float:
    """Print the medians; their ratio."""
    one, other = statistics.median(alone), statistics.median(beside)
    print(f"{name:<8}{one * 1000:>9.1f}{other * 1000:>12.1f}{other / one:>7.2f}", flush=True)
    return other / one


if __name__ == "__main__":
    main()
