"""Which owners of leases are known to be dead."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from watcher.store.lease_owner import is_dead, name_owner

ROOT = Path(__file__).parents[2]
SAY = """
from watcher.store.lease_owner import name_owner
print(name_owner('n'), flush=True)
input()
"""


def changed(owner: str, number: int, value: str) -> str:
    """The owner with one of its parts replaced."""
    parts = owner.split(":")
    parts[number] = value
    return ":".join(parts)


def test_a_process_is_dead_once_it_is_over() -> None:
    words = [sys.executable, "-c", SAY]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        owner = process.stdout.readline().strip()
        assert not is_dead(owner)
        process.kill()
    assert is_dead(owner)


def test_this_process_lives_and_is_told_apart_by_the_nonce() -> None:
    assert not is_dead(name_owner("a"))
    assert name_owner("a") != name_owner("b")


def test_a_process_id_that_is_used_again_does_not_hide_a_death() -> None:
    assert is_dead(changed(name_owner("a"), -3, "1"))


def test_a_process_of_another_user_lives() -> None:
    first = Path("/proc/1/stat").read_text().rpartition(")")[2].split()[19]
    owner = changed(changed(name_owner("a"), -4, "1"), -3, first)
    assert not is_dead(owner)


DOUBTFUL: dict[str, Callable[[str], str]] = {
    "of another boot": lambda mine: changed(changed(mine, -2, "other/1"), -3, "1"),
    "of an unknown system": lambda mine: changed(changed(mine, -2, ""), -3, "1"),
    "started nobody knows when": lambda mine: changed(mine, -3, ""),
    "without a process id": lambda mine: changed(changed(mine, -4, "none"), -3, "1"),
    "of an older version": lambda mine: "host:1:0a1b2c3d",
    "of another make": lambda mine: "worker",
    "nameless": lambda mine: "",
}


@pytest.mark.parametrize("doubt", DOUBTFUL)
def test_in_doubt_an_owner_lives(doubt: str) -> None:
    assert not is_dead(DOUBTFUL[doubt](name_owner("a")))
