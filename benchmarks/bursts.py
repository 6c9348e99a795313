"""Bursts of seeds, and how long until the daemon has stored and published all of them: 0 lost.

Run from the project's folder: ``python -m benchmarks.bursts``. Some minutes. Six bursts of 10,000,
each to a daemon of its own: files written and closed; renamed; renamed in from outside; in a
hundred new folders; a tree that is moved in; and 20,000 while the daemon is stopped (SIGSTOP), so
that the kernel's queue overflows. Rescans by the clock are off; it fails if any seed is lost.
"""

import argparse
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.many_seeds import read_originals, seed_bytes
from tests.support.site import Running, Site

LONGEST = 600.0
QUIET = 60.0

Burst = Callable[[Site, Running, int], None]


def write_closed(site: Site, running: Running, count: int) -> None:
    del running
    write_into(site.seeds, count)


def rename(site: Site, running: Running, count: int) -> None:
    del running
    write_into(site.seeds, count, suffix=".md.tmp")
    for number in range(count):
        (site.seeds / f"{number}.md.tmp").rename(site.seeds / f"{number}.md")


def rename_from_outside(site: Site, running: Running, count: int) -> None:
    del running
    outside = site.folder / "outside"
    write_into(outside, count)
    for number in range(count):
        (outside / f"{number}.md").rename(site.seeds / f"{number}.md")


def new_folders(site: Site, running: Running, count: int) -> None:
    del running
    for number in range(100):
        write_into(site.seeds / f"{number}", count // 100, first=number * (count // 100))


def tree_moved_in(site: Site, running: Running, count: int) -> None:
    del running
    tree = site.folder / "tree"
    for number in range(100):
        write_into(tree / f"{number}", count // 100, first=number * (count // 100))
    tree.rename(site.seeds / "tree")


def while_stopped(site: Site, running: Running, count: int) -> None:
    running.process.send_signal(signal.SIGSTOP)
    write_into(site.seeds, 2 * count)
    running.process.send_signal(signal.SIGCONT)


BURSTS: dict[str, Burst] = {
    "closed": write_closed,
    "renamed": rename,
    "renamed from outside": rename_from_outside,
    "100 new folders": new_folders,
    "a tree moved in": tree_moved_in,
    "while stopped": while_stopped,
}


def write_into(folder: Path, count: int, *, first: int = 0, suffix: str = ".md") -> None:
    originals = read_originals()
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        (folder / f"{number}{suffix}").write_bytes(seed_bytes(originals, number))


def measure(folder: Path, name: str, count: int) -> tuple[int, float]:
    """How many were lost, and seconds from the end of the burst until all is in the feed."""
    site = Site(folder)
    site.config["rescan"] = "1d"
    expected = 2 * count if name == "while stopped" else count
    with site.running() as running:
        BURSTS[name](site, running, count)
        began = time.monotonic()
        seen, quiet_since = 0, began
        while seen < expected and time.monotonic() - quiet_since < QUIET:
            time.sleep(0.2)
            now_seen = running.log_text().count("INFO pipeline: article new")
            if now_seen > seen:
                seen, quiet_since = now_seen, time.monotonic()
            assert time.monotonic() - began < LONGEST
        took = quiet_since - began
    assert len(site.entries()) == min(expected, 100)
    return expected - seen, took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    given = parser.parse_args()
    print(f"{'burst':<24}{'lost':>6}{'seconds':>10}")
    lost = 0
    for name in BURSTS:
        with tempfile.TemporaryDirectory() as folder:
            missing, took = measure(Path(folder, "site"), name, given.count)
        lost += missing
        print(f"{name:<24}{missing:>6}{took:>10.1f}", flush=True)
    assert not lost


if __name__ == "__main__":
    main()
