"""Threads share one arena, so what one of them gave back serves the others."""

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, sys, threading
from watcher.arenas import limit_arenas
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


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="arenas are glibc's")
@pytest.mark.parametrize(("how", "alone"), [("limited", True), ("as it is", False)])
def test_threads_have_no_arenas_of_their_own(how: str, *, alone: bool) -> None:
    command = [sys.executable, "-c", PROGRAM, how]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stderr
    assert (said.count("Arena ") == 1) is alone
