"""Reading in helper processes gives what reading alone gives, whatever becomes of the helpers."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from watcher.scan.read_pool import DEPTH

# In a process of its own: only one without threads may fork, and this one has some.
SCRIPT = """
import json, os, signal, sys, time
from watcher.model.seed import Problem, SeedPath, Unusable
from watcher.scan.read_pool import DEPTH, LARGEST, ReadPool
from watcher.pipeline.reading import Piece, Readings

me, how = os.getpid(), sys.argv[1]
seen = []

def wait_for_others(number):
    # A helper says what it has come to; the caller waits until that is the last that it was given.
    if os.getpid() != me:
        open(f"{sys.argv[3]}/{number}", "x").close()
        return
    ends_at = time.monotonic() + 10
    while not all(os.path.exists(f"{sys.argv[3]}/{n}") for n in range(min(number, DEPTH))):
        assert time.monotonic() < ends_at, "the helper waits"
        time.sleep(0.001)

def take(lists):
    # All that is read, as it comes; or the first of it.
    for some in lists:
        together.append(some)
        if how == "left":
            return

def read(piece, *, marker):
    number = int(piece.paths[0].path.partition(".")[0])
    if os.getpid() != me and how == "fails" and number == 5:
        raise ValueError
    if os.getpid() != me and how == "killed" and number % 7 == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    if os.getpid() == me:
        seen.append(number)
    if how == "ahead":
        wait_for_others(number)
    time.sleep(0.1 if how == "late" and os.getpid() != me else 0.002)
    found = tuple(Unusable(at=at, problem=problem) for at in piece.paths)
    return Readings(readings=found, read=os.getpid() != me, parsed=0)

more = "x" * LARGEST if how == "large" else ""
problem = Problem(message="x" * 2**20 if how == "ahead" else "")
count = DEPTH if how == "late" else 60
pieces = [Piece(paths=[SeedPath(root="/r", path=f"{n}.{more}")], digests={}) for n in range(count)]
with ReadPool(read, helpers=int(sys.argv[2])) as pool:
    together = []
    take(pool.read(iter(pieces), together=1 if how == "ahead" else 3))
found = [f for some in together for f in some]
try:
    os.waitpid(-1, os.WNOHANG)
    left = True
except ChildProcessError:
    left = False
order = [int(r.at.path.partition(".")[0]) for f in found for r in f.readings]
helped = sum(f.read for f in found)
sizes = [len(some) for some in together]
print(json.dumps({"order": order, "helped": helped, "left": left, "alone": seen, "sizes": sizes}))
"""


def read(how: str, helpers: int, *more: str) -> Any:
    words = [sys.executable, "-c", SCRIPT, how, str(helpers), *more]
    done = subprocess.run(words, check=True, timeout=60, capture_output=True, text=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("how", "helpers", "helped"),
    [
        ("well", 2, range(1, 60)),
        ("well", 0, range(1)),
        ("fails", 1, range(60)),
        ("killed", 2, range(60)),
        ("large", 1, range(1)),
    ],
)
def test_everything_is_read_once_and_in_order(how: str, helpers: int, helped: range) -> None:
    found = read(how, helpers)
    assert found["order"] == list(range(60))
    assert found["helped"] in helped
    assert not found["left"]
    assert found["sizes"] == [3] * 20


def test_helpers_are_gone_when_the_rest_is_not_wanted() -> None:
    found = read("left", 2)
    assert (found["order"], found["left"]) == ([0, 1, 2], False)


def test_batches_are_the_same_however_late_a_helper_is() -> None:
    """Stories depend on what is in a batch, so they must not depend on who was faster."""
    found = read("late", 1)
    assert found["order"] == list(range(DEPTH))
    assert found["sizes"] == [3, DEPTH - 3]


def test_a_helper_goes_on_while_nobody_takes_what_it_read(tmp_path: Path) -> None:
    """What it has read of one piece is megabytes: more than there is room for in any socket."""
    assert read("ahead", 1, str(tmp_path))["order"] == list(range(60))
