"""Threads share one arena, so what one of them gave back serves the others."""

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, sys, threading
from watcher.daemon.malloc import limit_arenas
if sys.argv[1] == "limited":
    limit_arenas()
meet = threading.Barrier(5)
def fill():
    kept = [bytes(2000) for _ in range(100)]
    meet.wait()
for _ in range(4):
    threading.Thread(target=fill).start()
meet.wait()
ctypes.CDLL(None).malloc_stats()
"""


GIVEN_BACK = """
import sys
from pathlib import Path
from watcher.daemon.malloc import give_back
filled = [bytes(60_000) for _ in range(2_000)]
last = bytes(60_000)
def resident():
    return int(Path("/proc/self/statm").read_text("ascii").split()[1])
before = resident()
filled.clear()
give_back()
print(resident() / before)
"""

GLIBC = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="arenas are glibc's")


@GLIBC
def test_what_is_free_is_given_back() -> None:
    command = [sys.executable, "-c", GIVEN_BACK]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert float(said) < 1 / 2


@GLIBC
@pytest.mark.parametrize(("how", "alone"), [("limited", True), ("as it is", False)])
def test_threads_have_no_arenas_of_their_own(how: str, *, alone: bool) -> None:
    command = [sys.executable, "-c", PROGRAM, how]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stderr
    assert (said.count("Arena ") == 1) is alone
