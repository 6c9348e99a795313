"""The signal report (DESIGN §8): announcements against articles that are really new.

Run from the project's folder: ``python -m benchmarks.signal_report``. It replays the real history
one commit at a time; ``--every 10`` scans less often and is quicker.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.oracle import Meaning, judge, totals
from tests.replay import Step, load_replay

Look = Callable[[Path], object]


def announcements_by_looks(folder: Path, steps: Iterable[Step], look: Look) -> int:
    """What a watcher announces that tells of each file whose ``look`` differs from its last."""
    announced, known = 0, dict[Path, object]()
    for step in steps:
        step.write(folder, backdated=True)
        seen = {path: look(path) for path in folder.rglob("*.md")}
        announced += sum(1 for path in seen if known.get(path) != seen[path])
        known = seen
    return announced


def look_at_mtime(path: Path) -> int:
    return path.stat().st_mtime_ns


def look_at_hash(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()


def announcements_by_scan(folder: Path, steps: Iterable[Step]) -> Counter[str]:
    """What ``seedwatch scan`` announces, run once a step: how many changes of each kind."""
    root = folder / "root"
    root.mkdir()
    config, announced = write_config(folder, root), Counter[str]()
    for step in steps:
        step.write(root, backdated=True)
        announced.update(scan(config)["changes"])
    return announced


def write_config(folder: Path, root: Path) -> Path:
    """A store, one root, one feed and one endpoint; nothing is sent, as nothing drains it."""
    endpoint = {
        "name": "all",
        "type": "webhook",
        "url": "http://127.0.0.1:9/",
        "first_run": "announce",
    }
    config = {
        "state": str(folder / "seedwatch.db"),
        "watch": [{"path": str(root)}],
        "feeds": [{"name": "all", "path": str(folder / "all.atom")}],
        "endpoints": [endpoint],
    }
    path = folder / "seedwatch.yaml"
    path.write_text(json.dumps(config), encoding="utf-8")
    return path


def scan(config: Path) -> dict[str, dict[str, int]]:
    command = [sys.executable, "-m", "watcher.cli", "--config", str(config), "scan", "--json"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    answer: dict[str, dict[str, int]] = json.loads(done.stdout)
    return answer


def report(steps: list[Step]) -> None:
    """Print the table; every figure is a share of the oracle's new articles."""
    oracle = totals(judge(step.texts for step in steps))
    new, writes = oracle[Meaning.NEW], sum(len(step.texts) for step in steps)
    print(f"{writes:,} writes in {len(steps)} steps; {new} articles are really new")
    print(f"{'who':<28}{'new':>8}{'updated':>9}{'new / really new':>18}")
    for who, look in (("compares mtimes", look_at_mtime), ("hashes files", look_at_hash)):
        with tempfile.TemporaryDirectory() as folder:
            print_row(who, announcements_by_looks(Path(folder), steps, look), 0, new)
    print_row("the oracle", new, oracle[Meaning.UPDATED], new)
    with tempfile.TemporaryDirectory() as folder:
        announced = announcements_by_scan(Path(folder), steps)
    print_row("seedwatch scan", announced["new"], announced["updated"], new)


def print_row(who: str, announced: int, updated: int, new: int) -> None:
    print(f"{who:<28}{announced:>8,}{updated:>9,}{announced / new:>18.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="commits between two scans")
    report(list(load_replay().steps(every=parser.parse_args().every)))


if __name__ == "__main__":
    main()
