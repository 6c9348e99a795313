"""What the daemon costs while nothing happens, over many articles: processor and memory.

Run from the project's folder: ``python -m benchmarks.idle``. It takes in 100,000 seeds, starts the
daemon, lets its first rescan end, and watches it for five minutes, in which one rescan falls due.
"""

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figures, print_table
from benchmarks.http_load import resident_mib
from benchmarks.make_seeds import make_seeds
from benchmarks.peers import scan
from benchmarks.scale_costs import processor_seconds
from tests.support.site import Site


def measure(folder: Path, *, seeds: int, minutes: float) -> list[Figures]:
    """The processor's share in percent, and what is resident, each minute."""
    site = Site(folder / "site")
    make_seeds(site.seeds, seeds)
    site.write_config()
    site.age_seeds()
    scan(site)
    shares, resident = list[float](), list[float]()
    with site.running() as daemon:
        pid = daemon.process.pid
        time.sleep(10)
        for _ in range(int(minutes)):
            before, began = processor_seconds(pid), time.monotonic()
            time.sleep(60)
            spent = processor_seconds(pid) - before
            shares.append(100 * spent / (time.monotonic() - began))
            resident.append(resident_mib(pid, "VmRSS"))
    return [
        Figures(name=f"idle, {seeds:,} articles: processor", unit="%", values=tuple(shares)),
        Figures(name=f"idle, {seeds:,} articles: resident", unit="MiB", values=tuple(resident)),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=100_000)
    parser.add_argument("--minutes", type=float, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print_table(measure(Path(folder), seeds=given.seeds, minutes=given.minutes))


if __name__ == "__main__":
    main()
