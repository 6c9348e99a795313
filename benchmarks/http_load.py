"""How many requests the daemon's HTTP server answers (DESIGN §7), over loopback and bounded.

Run from the project's folder: ``python -m benchmarks.http_load``. It starts the daemon over the
five seeds and ``--articles`` more, and asks for the Atom feed with ``wrk`` (Debian has it): whole,
packed, conditionally, and the page. The load and the server share this machine's cores.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.support.seeds import write_seed
from tests.support.served import ServedSite

_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}
_TIMEOUT = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What one run of wrk measured; times in milliseconds. ``failed``: neither 2xx nor 3xx."""

    per_second: float
    median: float
    p99: float
    failed: int


def press(url: str, headers: Sequence[str], *, seconds: int, connections: int) -> Load:
    """Ask for ``url`` over so many connections for so long."""
    command = ["wrk", "--latency", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s"]
    for header in headers:
        command += ["-H", header]
    done = subprocess.run([*command, url], check=True, capture_output=True, text=True)
    return Load(
        per_second=float(find(r"Requests/sec:\s+([\d.]+)", done.stdout)),
        median=latency("50%", done.stdout),
        p99=latency("99%", done.stdout),
        failed=int(find(r"Non-2xx or 3xx responses: (\d+)", done.stdout, default="0"))
        + sum(map(int, re.findall(r"(?:connect|read|write|timeout) (\d+)", done.stdout))),
    )


def latency(share: str, said: str) -> float:
    number, unit = re.findall(rf"\s{share}\s+([\d.]+)(us|ms|s)", said)[0]
    return float(number) * _MILLISECONDS[unit]


def find(pattern: str, said: str, *, default: str | None = None) -> str:
    found = re.search(pattern, said)
    if found is None and default is None:
        sys.exit(f"wrk said nothing like {pattern}: {said}")
    return found[1] if found else str(default)


def resident_mib(pid: int, key: str) -> float:
    """A process's memory: ``VmRSS`` is now, ``VmHWM`` the most that it ever was."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(find(rf"{key}:\s+(\d+) kB", status)) / 1024


def kinds(site: ServedSite) -> dict[str, tuple[str, tuple[str, ...]]]:
    """What is asked for, under the name that the table gives it."""
    feed = site.url("atom")
    packed = {"Accept-Encoding": "gzip"}
    etag = requests.get(feed, headers=packed, timeout=_TIMEOUT).headers["etag"]
    gzip = "Accept-Encoding: gzip"
    return {
        "feed, conditional (304)": (feed, (gzip, f"If-None-Match: {etag}")),
        "feed, whole, gzip": (feed, (gzip,)),
        "feed, whole, plain": (feed, ()),
        "the page": (f"{site.base}/", (gzip, "Accept: text/html")),
    }


def measure(folder: Path, *, articles: int, seconds: int, connections: int) -> None:
    """Print the table, as the section of README.md has it."""
    site = ServedSite(folder)
    site.config["feeds"][0]["limit"] = 100
    site.add_real_seeds()
    for number in range(articles):
        write_seed(site.seeds, number)
    site.age_seeds()
    with site.running() as daemon:
        size = len(requests.get(site.url("atom"), timeout=_TIMEOUT).content)
        print(f"{connections} connections, {seconds} s each; feed of {size / 1000:,.0f} kB")
        print(f"resident before: {resident_mib(daemon.process.pid, 'VmRSS'):.0f} MiB\n")
        print("| asked for | requests/s | median ms | p99 ms | failed | resident MiB |")
        print("|---|---:|---:|---:|---:|---:|")
        for name, (url, headers) in kinds(site).items():
            load = press(url, headers, seconds=seconds, connections=connections)
            row = f"| {name} | {load.per_second:,.0f} | {load.median:.1f} | {load.p99:.1f} "
            print(f"{row}| {load.failed} | {resident_mib(daemon.process.pid, 'VmRSS'):.0f} |")
        print(f"\nresident at most: {resident_mib(daemon.process.pid, 'VmHWM'):.0f} MiB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--connections", type=int, default=32)
    asked = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed: apt-get install wrk")
    with tempfile.TemporaryDirectory() as folder:
        measure(
            Path(folder) / "site",
            articles=asked.articles,
            seconds=asked.seconds,
            connections=asked.connections,
        )


if __name__ == "__main__":
    main()
