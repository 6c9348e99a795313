"""Reading in helper processes gives what reading alone gives, whatever becomes of the helpers."""

import json
import subprocess
import sys
from typing import Any

import pytest

# In a process of its own: only one without threads may fork, and this one has some.
SCRIPT = """
import json, os, signal, sys, time
from watcher.model import Missing, SeedPath
from watcher.read_ahead import LARGEST, ReadAhead
from watcher.reading import Piece, Readings

me, how = os.getpid(), sys.argv[1]
seen = []

def read(piece):
    number = int(piece.paths[0].path.partition(".")[0])
    if os.getpid() != me and how == "fails" and number == 5:
        raise ValueError
    if os.getpid() != me and how == "killed" and number % 7 == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    if os.getpid() == me:
        seen.append(number)
    time.sleep(0.002)
    found = tuple(Missing(at=at) for at in piece.paths)
    return Readings(readings=found, read=os.getpid() != me, parsed=0)

more = "x" * LARGEST if how == "large" else ""
pieces = [Piece(paths=[SeedPath(root="/r", path=f"{n}.{more}")], digests={}) for n in range(60)]
with ReadAhead(read, helpers=int(sys.argv[2])) as ahead:
    found = ahead.read(iter(pieces))
    if how == "left":
        found = [next(found)]
    found = list(found)
try:
    os.waitpid(-1, os.WNOHANG)
    left = True
except ChildProcessError:
    left = False
order = [int(r.at.path.partition(".")[0]) for f in found for r in f.readings]
print(json.dumps({"order": order, "helped": sum(f.read for f in found), "left": left}))
"""


def read(how: str, helpers: int) -> Any:
    words = [sys.executable, "-c", SCRIPT, how, str(helpers)]
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


def test_helpers_are_gone_when_the_rest_is_not_wanted() -> None:
    assert read("left", 2) == {"order": [0], "helped": read("left", 2)["helped"], "left": False}
