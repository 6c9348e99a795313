"""The daemons that share a store. Pure."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

PARTITIONS = 128
"""Parts into which endpoints fall. Each is in one node's hands: more than nodes, to be shared."""

SILENT_AFTER = timedelta(seconds=30)
"""A node that was not heard of for so long is down, frozen, or cannot reach the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One daemon: ``id`` is the process's, ``name`` stays with the machine.

    ``config`` stands for all of its config that nodes should have in common. ``roots`` are named
    as the store names them; ``endpoints`` says of each whether the config enables it.
    ``partitions`` are those that it works on, where there is a cluster.
    """

    id: str
    name: str
    host: str
    pid: int
    version: str
    config: str
    roots: tuple[str, ...]
    endpoints: Mapping[str, bool] = field(default_factory=dict)
    partitions: tuple[int, ...] = ()
    started_at: datetime
    seen_at: datetime

    def is_silent(self, now: datetime) -> bool:
        return now - self.seen_at > SILENT_AFTER


def in_ranges(numbers: Sequence[int]) -> str:
    """Numbers in ascending order, for people: ``0-3, 7``."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][-1] + 1:
            ranges[-1][1:] = [number]
        else:
            ranges.append([number])
    return ", ".join("-".join(map(str, each)) for each in ranges)


def partition_of(endpoint: str) -> int:
    """The partition that an endpoint falls into, by its name: the same on every node."""
    return zlib.crc32(endpoint.encode()) % PARTITIONS
