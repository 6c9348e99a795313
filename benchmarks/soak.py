"""Whether the daemon leaks or goes wrong in the long run: a steady mix of everything, for an hour.

Run from the project's folder: ``python -m benchmarks.soak --minutes 60``. Seeds are written,
edited, moved and deleted, endpoints fail, and every 20 s the config is reloaded, each third time
a bad one. It fails if memory grew by more than 5 % after the first third, if descriptors or threads
did, if anything is logged as an error that was not provoked, or if ``explain`` is wrong at the end.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from random import Random

from tests.support.served import ServedSite
from tests.support.soak import MOST_KEPT_OPEN, ONE_MORE, Growth, Soak, growth, unexpected_errors

MOST_GROWTH = 0.05


def report(soak: Soak, grown: Growth) -> None:
    done = ", ".join(f"{count:,} {name}s" for name, count in sorted(soak.done.items()))
    print(f"{done}, {soak.reloads} reloads")
    print("| what | after the first third | in the last third |")
    print("|---|---:|---:|")
    before, after = (resident / 2**20 for resident in grown.resident)
    print(f"| resident MiB, median | {before:.1f} | {after:.1f} ({grown.of_memory:+.1%}) |")
    print(f"| descriptors at the store, fewest | {grown.at_store[0]} | {grown.at_store[1]} |")
    print(f"| other descriptors, fewest | {grown.descriptors[0]} | {grown.descriptors[1]} |")
    print(f"| threads, fewest | {grown.threads[0]} | {grown.threads[1]} |")
    step = max(1, len(soak.samples) // 20)
    for sample in soak.samples[::step]:
        print(
            f"  {sample.at:6.0f} s {sample.resident / 2**20:7.1f} MiB "
            f"{sample.at_store:4} + {sample.descriptors:3} descriptors {sample.threads:4} threads"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--pause", type=float, default=0.5, help="seconds between two acts")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        site = ServedSite(Path(folder) / "site")
        site.config["articles"] = {"removal_grace": "3s"}
        soak = Soak(site, Random(asked.seed))
        log = soak.run(asked.minutes * 60, pause=asked.pause)
        grown = growth(soak.samples)
        report(soak, grown)
        soak.check_explanations()
    errors = unexpected_errors(log)
    print("\n".join(errors[:20]) or "no errors; 100 explanations are right")
    steady = (
        grown.at_store[1] <= MOST_KEPT_OPEN
        and grown.of_descriptors <= ONE_MORE
        and grown.of_threads <= ONE_MORE
    )
    if errors or grown.of_memory > MOST_GROWTH or not steady:
        sys.exit("it is not as it should be")


if __name__ == "__main__":
    main()
