"""Tries one fault: in a copy of the project, its tests must pass without it and fail with it."""

import os
import re
import shutil
import subprocess
import sys
from enum import StrEnum
from pathlib import Path

from benchmarks.mutations.faults import Fault

PROJECT = Path(__file__).parents[2]
SHARED = PROJECT.parent / "shared"
PARTS = ("watcher", "tests", "benchmarks", "config", "seeds", "systemd", "pyproject.toml")
LONGEST_SECONDS = 900


class Verdict(StrEnum):
    NOTICED = "noticed"
    UNNOTICED = "UNNOTICED"
    MISPLACED = "does not apply"


def copy_project(to: Path) -> Path:
    """A copy of what the tests need, with ``shared`` beside it as it is beside the project."""
    copy = to / "project"
    copy.mkdir(parents=True)
    for part in PARTS:
        source = PROJECT / part
        if source.is_dir():
            shutil.copytree(source, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy2(source, copy / part)
    if SHARED.exists():
        (to / "shared").symlink_to(SHARED)
    return copy


def try_fault(fault: Fault, copy: Path) -> tuple[Verdict, str]:
    """The verdict, and what the tests printed; the copy is as it was afterwards."""
    file = copy / fault.file
    whole = file.read_text("utf-8")
    try:
        broken = fault.applied_to(whole)
    except ValueError as error:
        return Verdict.MISPLACED, str(error)
    try:
        file.write_text(broken, "utf-8")
        code, text = run_tests(fault.tests, copy)
    finally:
        file.write_text(whole, "utf-8")
    # 1: tests failed. Any other code (no such test, a module that cannot be imported by pytest
    # itself) would call a fault noticed that no test looked at.
    is_noticed = code == 1 and re.search(r"\b\d+ (failed|error)", text) is not None
    return (Verdict.NOTICED if is_noticed else Verdict.UNNOTICED), text


def run_tests(tests: tuple[str, ...], copy: Path, *, workers: int = 0) -> tuple[int, str]:
    """pytest's exit code and output for these tests of the copy."""
    options = ["-q", "-x", f"-n{workers}", "-p", "no:cacheprovider", "--no-header", "--durations=0"]
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(copy)}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options, *tests],
            cwd=copy,
            env=environ,
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 1, f"1 failed: not done within {LONGEST_SECONDS} s"
    return done.returncode, done.stdout + done.stderr
