"""Reads bytes under the name of a file as the program does, and says what is wrong with that."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from hashlib import blake2b
from pathlib import Path

from watcher.config.schema import ArticlesConfig, RootConfig
from watcher.ingest.parse import parse_file
from watcher.ingest.rules import Rules, rules_of
from watcher.model.seed import RawSeed, Reading, Reason, SeedPath, Signature, Unusable

NOW = datetime(2026, 1, 2, tzinfo=UTC)
LONGEST_SECONDS = 1.0
_WITHOUT_A_PLACE = (Reason.EMPTY, Reason.BINARY, Reason.TOO_LARGE)


@cache
def _rules() -> Rules:
    root = RootConfig(path=Path("/root"), site="https://blog.example.org/")
    return rules_of(root, ArticlesConfig())


def readings_of(data: bytes, name: str) -> Sequence[Reading]:
    raw = RawSeed(
        at=SeedPath(root="/root", path=name),
        signature=Signature(size=len(data), mtime_ns=0, ctime_ns=0, inode=1),
        trusted=True,
        digest=blake2b(data, digest_size=16).digest(),
        data=data,
    )
    return parse_file(raw, rules=_rules(), now=NOW, known={})


def complaint(data: bytes, name: str, seconds: float = LONGEST_SECONDS) -> str | None:
    """Why this file harms: it raises, takes too long, or is refused without saying where."""
    began = time.process_time()
    try:
        readings = readings_of(data, name)
    except Exception as error:  # noqa: BLE001  # whatever it is, it is one too many
        return f"raises {error!r}"
    taken = time.process_time() - began
    if taken > seconds:
        return f"takes {taken:.1f} s"
    for reading in readings:
        if isinstance(reading, Unusable) and reading.problem.reason not in _WITHOUT_A_PLACE:
            if not reading.problem.line:
                return f"no line: {reading.problem}"
            if reading.problem.line > data.count(b"\n") + data.count(b"\r") + 2:
                return f"no such line: {reading.problem}"
    return None
