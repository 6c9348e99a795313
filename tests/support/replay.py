"""A real folder's nine months, replayed: 2,437 file writes in 721 commits (DESIGN §9).

It writes files and says what it wrote; what that means is for the oracle and the program to say.
"""

import gzip
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import groupby
from pathlib import Path

import pytest

REPLAY_FILE = Path(__file__).parents[3] / "shared" / "replay" / "powerapps-2020-2021.jsonl.gz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One file as one commit left it. ``path`` is relative to the folder."""

    commit: str
    at: datetime
    path: str
    text: str

    def save(self, folder: Path, *, backdated: bool) -> None:
        """Write the file in place; ``backdated`` gives it its commit's own time as mtime.

        An mtime that long past is trusted at once, so a rescan need not read the file again
        (DESIGN §4.1, "racily clean"); and no two writes of one path share it.
        """
        target = folder / self.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(self.text, encoding="utf-8", newline="")
        if backdated:
            os.utime(target, (self.at.timestamp(), self.at.timestamp()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Some commits in a row that a watcher sees as one; ``at`` is the last one's time."""

    at: datetime
    writes: tuple[Write, ...]

    @property
    def last_writes(self) -> dict[str, Write]:
        """What is left of the step on disk: the last write of each path."""
        return {write.path: write for write in self.writes}

    @property
    def texts(self) -> dict[str, str]:
        """The text of each path that the step wrote, as it is after the step."""
        return {path: write.text for path, write in self.last_writes.items()}

    def write(self, folder: Path, *, backdated: bool = False) -> None:
        """Bring ``folder`` to the end of this step."""
        for write in self.last_writes.values():
            write.save(folder, backdated=backdated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """The whole history, in order."""

    commits: tuple[Step, ...]

    @property
    def writes(self) -> Iterator[Write]:
        return (write for commit in self.commits for write in commit.writes)

    def steps(self, *, every: int = 1) -> Iterator[Step]:
        """The history, ``every`` so many commits collapsed into one step."""
        for start in range(0, len(self.commits), every):
            part = self.commits[start : start + every]
            writes = tuple(write for commit in part for write in commit.writes)
            yield Step(at=part[-1].at, writes=writes)


@cache
def load_replay() -> Replay:
    """The history from its file; FileNotFoundError where it is absent."""
    with gzip.open(REPLAY_FILE, "rt", encoding="utf-8") as lines:
        writes = [_write(json.loads(line)) for line in lines]
    commits = (tuple(group) for _, group in groupby(writes, key=lambda write: write.commit))
    return Replay(commits=tuple(Step(at=group[-1].at, writes=group) for group in commits))


def require_replay() -> Replay:
    """The history, or the test is skipped; failed where SEEDWATCH_REQUIRE_ALL says so."""
    if REPLAY_FILE.exists():
        return load_replay()
    reason = f"the replay is absent: {'/'.join(REPLAY_FILE.parts[-3:])} beside the project"
    if os.environ.get("SEEDWATCH_REQUIRE_ALL") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def _write(record: dict[str, str]) -> Write:
    return Write(
        commit=record["commit"],
        at=datetime.fromtimestamp(int(record["time"]), UTC),
        path=record["path"],
        text=record["text"],
    )
