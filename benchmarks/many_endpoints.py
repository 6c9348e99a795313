"""What a config with 20,000 endpoints costs: to load, to start with, to reload with one changed.

    python -m benchmarks.many_endpoints [--endpoints 20000]

In one file, and with the endpoints in files of a thousand each, from ``endpoints.d``.
"""

import argparse
import gc
import os
import signal
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from benchmarks.hub import peak
from tests.support.seeds import write_seed
from tests.support.site import Running, Site
from watcher.cli import GARBAGE_EVERY
from watcher.config.load import load_config

EACH = 1000
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoints", type=int, default=20_000)
    given = parser.parse_args()
    gc.set_threshold(GARBAGE_EVERY)  # as the command does
    print("endpoints               load s   start s   reload s        MB")
    for kind in ("in one file", "in files of 1,000"):
        with tempfile.TemporaryDirectory() as folder:
            figures = measure(Path(folder), given.endpoints, is_one=kind == "in one file")
        print(f"{kind:<22}" + "".join(f"{figure:>9.1f}" for figure in figures), flush=True)


def measure(folder: Path, endpoints: int, *, is_one: bool) -> list[float]:
    site = Site(folder / "site")
    write_seed(site.seeds, 1)
    hook = {"type": "webhook", "url": "http://127.0.0.1:9/hook"}
    named: list[dict[str, Any]] = [{"name": f"hook-{n}", **hook} for n in range(endpoints)]
    changed = named[-1] | {"url": "http://127.0.0.1:9/other"}
    if is_one:
        site.config["endpoints"] = named
        site.config_text = yaml.dump(site.config, Dumper=DUMPER)
    else:
        site.config["endpoints"] = {"include": "endpoints.d/*.yaml"}
        site.write_config()
        parts = site.config_file.parent / "endpoints.d"
        parts.mkdir()
        for start in range(0, endpoints, EACH):
            text = yaml.dump(named[start : start + EACH], Dumper=DUMPER)
            (parts / f"{start:06}.yaml").write_text(text, "utf-8")
    site.write_config()
    began = time.monotonic()
    load_config(site.config_file, environ={})
    loading = time.monotonic() - began
    began = time.monotonic()
    with site.started() as running:
        wait_for_starts(running, 1)
        starting = time.monotonic() - began
        running.wait_for_log("rescan done")
        if is_one:
            site.config["endpoints"] = [*named[:-1], changed]
            site.config_text = yaml.dump(site.config, Dumper=DUMPER)
            site.write_config()
        else:
            text = yaml.dump([*named[endpoints - EACH : -1], changed], Dumper=DUMPER)
            (parts / f"{endpoints - EACH:06}.yaml").write_text(text, "utf-8")
        began = time.monotonic()
        os.kill(running.process.pid, signal.SIGHUP)
        wait_for_starts(running, 2)
        reloading = time.monotonic() - began
        most = peak(running.process.pid) / 1e6
        assert running.stop() == 0
    return [loading, starting, reloading, most]


def wait_for_starts(running: Running, count: int) -> None:
    """Until the daemon said so many times that it started with a config."""
    ends_at = time.monotonic() + 120
    while running.log_text().count("daemon: started") < count:
        assert time.monotonic() < ends_at, running.log_text()[-2000:]
        time.sleep(0.005)


if __name__ == "__main__":
    main()
