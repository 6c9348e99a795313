"""How long the command takes to start: ``--help``, and ``status`` on an empty store.

Run from the project's folder: ``python -m benchmarks.startup``. Beside Python itself, which does
nothing, in turns. Some ten seconds.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figures, print_table
from benchmarks.peers import PROJECT
from tests.support.site import Site

NOTHING = [sys.executable, "-c", "pass"]


def measure(folder: Path, *, rounds: int) -> list[Figures]:
    """Seconds of each command, in turns."""
    site = Site(folder / "site")
    site.command("status", check=None)
    seedwatch = [sys.executable, "-m", "watcher.cli", "--config", str(site.config_file)]
    commands = {
        "python itself": NOTHING,
        "seedwatch --help": [*seedwatch, "--help"],
        "seedwatch status": [*seedwatch, "status"],
    }
    found: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            found[name].append(seconds_of(command))
    return [Figures(name=name, unit="s", values=tuple(values)) for name, values in found.items()]


def seconds_of(command: list[str]) -> float:
    environ = os.environ | {"PYTHONPATH": str(PROJECT)}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its bytecode
    began = time.perf_counter()
    subprocess.run(command, capture_output=True, check=False, env=environ)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print_table(measure(Path(folder), rounds=given.rounds))


if __name__ == "__main__":
    main()
