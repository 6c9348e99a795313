"""The signal report (DESIGN §8): announcements against articles that are really new.

Run from the project's folder: ``python -m benchmarks.signal_report``. It replays the real history
one commit at a time; ``--every 10`` scans less often and is quicker.
"""

import argparse
import hashlib
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.support.installation import Installation
from tests.support.oracle import Meaning, judge, totals
from tests.support.replay import Step, load_replay

Look = Callable[[Path], object]


def announcements_by_looks(folder: Path, steps: Iterable[Step], look: Look) -> int:
    """What a watcher announces that tells of each file whose ``look`` differs from its last."""
    announced, known = 0, dict[Path, object]()
    for step in steps:
        step.write(folder, backdated=True)
        for path in (folder / name for name in step.texts):
            seen = look(path)
            announced += known.get(path) != seen
            known[path] = seen
    return announced


def look_at_mtime(path: Path) -> int:
    return path.stat().st_mtime_ns


def look_at_hash(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()


def announcements_by_scan(folder: Path, steps: Iterable[Step]) -> Counter[str]:
    """What ``seedwatch scan`` announces, run once a step: how many changes of each kind."""
    with Installation(folder, str(folder / "seedwatch.db")) as installed:
        for step in steps:
            installed.take(step)
        return Counter(kind for kind, _ in installed.announced())


def report(steps: list[Step]) -> None:
    """Print the table; a ratio is announcements over the articles that are really new."""
    oracle = totals(judge(step.texts for step in steps))
    writes, new = sum(len(step.texts) for step in steps), oracle[Meaning.NEW]
    print(f"{writes:,} writes in {len(steps)} steps; {new} articles are really new")
    print(f"{'who':<20}{'told as new':>12}{'updated':>9}{'ratio':>8}")
    for who, look in (("compares mtimes", look_at_mtime), ("hashes files", look_at_hash)):
        with tempfile.TemporaryDirectory() as folder:
            print_row(who, announcements_by_looks(Path(folder), steps, look), 0, new)
    with tempfile.TemporaryDirectory() as folder:
        announced = announcements_by_scan(Path(folder), steps)
    print_row("seedwatch scan", announced["new"], announced["updated"], new)
    print_row("the oracle", new, oracle[Meaning.UPDATED], new)


def print_row(who: str, announced: int, updated: int, new: int) -> None:
    print(f"{who:<20}{announced:>12,}{updated:>9,}{announced / new:>8.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="commits between two scans")
    report(list(load_replay().steps(every=parser.parse_args().every)))


if __name__ == "__main__":
    main()
