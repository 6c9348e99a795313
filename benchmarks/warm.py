"""Warm rescan: ``seedwatch scan`` over seeds of which none changed, beside ``git status``.

Run from the project's folder: ``python -m benchmarks.warm``; needs git. In each round both run
once over the same tree; what is told is the medians. At the end, what a scan takes that finds one
seed more.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

from benchmarks.many_seeds import sizes, write_seeds
from benchmarks.peers import HEAD, Took, row, run, scan
from tests.support.site import Site


def measure(folder: Path, count: int, *, rounds: int) -> tuple[list[Took], list[Took], list[Took]]:
    """What Seedwatch took, and git, each once a round; and what it took with one more seed."""
    site = Site(folder)
    write_seeds(site.seeds, count)
    commit(site.seeds)
    site.write_config()
    scan(site)
    ours, theirs = list[Took](), list[Took]()
    for _ in range(rounds):
        ours.append(scan(site))
        theirs.append(run(["git", "status", "--short"], cwd=site.seeds))
    assert site.json("scan")["files"]["unchanged"] == count
    return ours, theirs, [_scan_one_more(site, count + number) for number in range(rounds)]


def _scan_one_more(site: Site, number: int) -> Took:
    write_seeds(site.seeds, 1, first=number)
    return scan(site)


def commit(folder: Path) -> None:
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    for words in (["init", "-q"], ["add", "."], [*who, "commit", "-q", "-m", "all"], ["status"]):
        subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    print(HEAD)
    for count in sizes(given.most):
        with tempfile.TemporaryDirectory() as folder:
            ours, theirs, more = measure(Path(folder, "site"), count, rounds=given.rounds)
        print(row("seedwatch", count, ours, theirs), flush=True)
        print(row("git status", count, theirs), flush=True)
        print(row("one more seed", count, more, theirs), flush=True)


if __name__ == "__main__":
    main()
