"""How many of the program's modules run on the ways that matter, and how the house is built.

Run from the project's folder: ``python -m benchmarks.modules``. Some ten seconds. A module counts
for a way if any function of it is called on it, but for what is called to load it: its classes are
made, its tables are filled. Those that are only imported are counted beside.
"""

import ast
import json
import os
import tempfile
import time
from pathlib import Path

from benchmarks.peers import PROJECT
from tests.support.receiver import Receiver
from tests.support.seeds import write_seed
from tests.support.site import Site
from tests.support.waiting import wait_until

WATCHER = PROJECT / "watcher"

TRACER = """
import atexit, json, os, sys, threading
seen = set()
folder = {watcher!r}
noted = {noted!r}

def note(frame, event, arg):
    name = frame.f_code.co_filename
    if event == "call" and name not in seen and name.startswith(folder) and not loads(frame):
        seen.add(name)

def loads(frame):
    # True in a module's own lines, and in what they call: that is loading, not running.
    while frame is not None:
        code = frame.f_code
        if code.co_name == "<module>" and code.co_filename.startswith(folder):
            return not code.co_filename.endswith("__main__.py")
        frame = frame.f_back
    return False

def save():
    imported = sorted(name for name in sys.modules if name.split(".")[0] == "watcher")
    with open(f"{{noted}}/{{os.getpid()}}", "w") as out:
        json.dump({{"ran": sorted(seen), "imported": imported}}, out)

sys.setprofile(note)
threading.setprofile(note)
atexit.register(save)

import signal, time
def watch():
    while not os.path.exists({wait!r} + ".go"):
        time.sleep(0.05)
    seen.clear()
if {wait!r}:
    threading.Thread(target=watch, daemon=True).start()
"""


class Traced:
    """Runs of the program in which each call of its functions is noted by module."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.noted = folder / "noted"
        self.go = folder / "go"

    def prepare(self, site: Site, *, from_go: bool = False) -> None:
        """Trace what the site runs next; with ``from_go``, only once ``go.go`` is there."""
        self.noted.mkdir(exist_ok=True)
        for old in self.noted.iterdir():
            old.unlink()
        wait = str(self.go) if from_go else ""
        code = TRACER.format(watcher=str(WATCHER), noted=str(self.noted), wait=wait)
        (self.folder / "sitecustomize.py").write_text(code, "utf-8")
        site.environ["PYTHONPATH"] = f"{self.folder}{os.pathsep}{PROJECT}"

    def counts(self) -> tuple[int, int]:
        """How many modules ran, and how many were imported, in all processes together."""
        ran, imported = set[str](), set[str]()
        for file in self.noted.iterdir():
            found = json.loads(file.read_text("utf-8"))
            ran.update(found["ran"])
            imported.update(found["imported"])
        return len(ran), len(imported)


def measure(folder: Path) -> list[tuple[str, int, int]]:
    traced = Traced(folder)
    site = Site(folder / "site")
    for number in range(20):
        write_seed(site.seeds, number)
    site.write_config()
    rows = []
    for name, words in (
        ("cold scan", ["scan"]),
        ("second scan", ["scan"]),
        ("status", ["status"]),
    ):
        traced.prepare(site)
        site.command(*words, check=None)
        rows.append((name, *traced.counts()))
    rows.append(("event to webhook", *_event(site, traced)))
    return rows


def _event(site: Site, traced: Traced) -> tuple[int, int]:
    """From an event to the webhook's answer; with what a daemon does beside, and its stop."""
    with Receiver() as receiver:
        site.add_endpoint("hook", receiver.url)
        traced.prepare(site, from_go=True)
        with site.running() as daemon:
            daemon.wait_for_log("rescan done")
            traced.go.with_suffix(".go").touch()
            time.sleep(0.5)  # until the tracer has seen it, and forgotten what ran before
            write_seed(site.seeds, 1000)
            wait_until(lambda: receiver.requests, "it is told")
    return traced.counts()


def house() -> dict[str, int]:
    """Modules, lines, loose files, and arrows between rooms, of the package."""
    modules = sorted(WATCHER.rglob("*.py"))
    arrows = {
        (_room(module), room)
        for module in modules
        for room in _imported_rooms(module)
        if room != _room(module)
    }
    return {
        "modules": len(modules),
        "lines": sum(len(module.read_text("utf-8").splitlines()) for module in modules),
        "loose files": sum(1 for module in WATCHER.glob("*.py")),
        "arrows between rooms": len(arrows),
    }


def _room(module: Path) -> str:
    relative = module.relative_to(WATCHER)
    return relative.parts[0].removesuffix(".py")


def _imported_rooms(module: Path) -> set[str]:
    found = set[str]()
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("watcher."):
            found.add(str(node.module).split(".")[1])
    return found


def main() -> None:
    for name, number in house().items():
        print(f"{name:<24} {number:>7,}")
    print(f"{'':<24} {'ran':>7} {'imported':>9}")
    with tempfile.TemporaryDirectory() as folder:
        for name, ran, imported in measure(Path(folder)):
            print(f"{name:<24} {ran:>7} {imported:>9}", flush=True)


if __name__ == "__main__":
    main()
