"""50,000 seeds that are moved in at once, while the daemon runs: all are told, none is lost.

Run from the project's folder: ``python -m benchmarks.moved_in``. Half of them come as one folder,
half one by one. It fails if an article is missing in the store or at the webhook, or is told twice.
"""

import argparse
import tempfile
import time
from pathlib import Path

from tests.support.ordeal import sequences
from tests.support.receiver import Receiver
from tests.support.seeds import write_seed
from tests.support.site import Running, Site
from tests.support.waiting import wait_until

LONGEST = 1800


def move_in(folder: Path, seeds: int) -> None:
    site = Site(folder / "site")
    as_one, one_by_one = site.folder / "as-one", site.folder / "one-by-one"
    for number in range(seeds):
        write_seed(as_one if number % 2 else one_by_one, number)
    with Receiver() as hook:
        site.add_endpoint("hook", hook.url)
        with site.running() as running:
            began = time.monotonic()
            as_one.rename(site.seeds / "as-one")
            for path in one_by_one.iterdir():
                path.rename(site.seeds / path.name)
            print(f"{seeds:,} seeds moved in within {time.monotonic() - began:.1f} s", flush=True)
            wait_until(lambda: told(hook) >= seeds, "all at the webhook", LONGEST)
            print(f"all told after {time.monotonic() - began:.1f} s; {_memory(running)}")
            print(f"overflows of the event queue: {running.log_text().count('reason=overflow')}")
        assert told(hook) == seeds
        assert site.json("status")["articles"]["live"] == seeds


def told(hook: Receiver) -> int:
    """How many changes were told, each once and in order."""
    numbers = [number for message in tuple(hook.accepted) for number in sequences(message)]
    assert numbers == sorted(set(numbers))
    return len(numbers)


def _memory(running: Running) -> str:
    """The most that the daemon ever held in memory, as the kernel says it."""
    lines = Path(f"/proc/{running.process.pid}/status").read_text("ascii").splitlines()
    return next(" ".join(line.split()) for line in lines if line.startswith("VmHWM"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=50_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        move_in(Path(folder), given.seeds)


if __name__ == "__main__":
    main()
