"""Runs commands and says what they took: seconds, and the most memory that one process had."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tests.support.site import Site

PROJECT = Path(__file__).parent.parent
MIB = 1024 * 1024


class Took(NamedTuple):
    """``seconds`` by the wall, ``cpu`` seconds of it and its helpers; ``peak`` bytes resident."""

    seconds: float
    cpu: float
    peak: int


def scan(site: Site) -> Took:
    """``seedwatch scan`` with the site's config as it is on disk."""
    words = ["-m", "watcher.cli", "--config", str(site.config_file), "scan"]
    return run([sys.executable, *words], cwd=site.folder)


def run(words: Sequence[str], *, cwd: Path) -> Took:
    """Run a command to its end, which must be good."""
    environ = os.environ | {"PYTHONPATH": str(PROJECT)}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its bytecode
    began = time.perf_counter()
    with subprocess.Popen(
        words, cwd=cwd, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        peak = 0
        while not (done := os.wait4(process.pid, os.WNOHANG))[0]:
            peak = max(peak, _most_resident(process.pid))
            time.sleep(0.005)
        _, status, usage = done
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.stderr is not None
        assert process.returncode == 0, process.stderr.read().decode()
    return Took(seconds, usage.ru_utime + usage.ru_stime, peak)


def _most_resident(pid: int) -> int:
    """Bytes. What ``wait4`` tells would count this process, from which the other was forked."""
    with suppress(FileNotFoundError, ProcessLookupError):
        for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def row(name: str, count: int, took: Sequence[Took], beside: Sequence[Took] = ()) -> str:
    """One line of a table: medians, and the ratio to the median of a peer."""
    seconds, cpu = median([t.seconds for t in took]), median([t.cpu for t in took])
    peak = max(t.peak for t in took) / MIB
    ratio = f"{seconds / median([t.seconds for t in beside]):>8.2f}" if beside else ""
    each = seconds / count * 1e6
    return f"{name:<12}{count:>10,}{seconds:>10.2f}{cpu:>8.2f}{each:>10.1f}{peak:>8.0f}{ratio}"


HEAD = f"{'':<12}{'seeds':>10}{'seconds':>10}{'cpu':>8}{'us each':>10}{'MiB':>8}{'ratio':>8}"


def median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return ordered[len(ordered) // 2]
