"""Which partitions of endpoints are this node's now. It knows of no NATS and of no store.

A partition is ours from when it was taken, with its epoch, until it is given back, or until the
last sign that it is ours is as old as NATS waits for one: a process that was frozen has lost it.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic

from watcher.model.delivery import Turn
from watcher.model.node import partition_of

ACK_WAIT = 7.0
"""Seconds without a sign of life after which NATS gives a partition to another node."""

CALM = 1.0
"""Seconds without work after which a partition is given back: a burst takes it only once."""

LONGEST = 60.0
"""Seconds after which a partition is given back though there is work: another may be idle."""


@dataclass(slots=True, kw_only=True)
class _Held:
    epoch: int
    taken_at: float
    fresh_at: float
    used_at: float
    in_hand: set[str] = field(default_factory=set)


class Ownership:
    """Safe for any threads. ``on_want`` is called with endpoints that are due and not ours."""

    def __init__(self, on_want: Callable[[Mapping[int, list[str]]], None]) -> None:
        self._on_want = on_want
        self._lock = threading.Lock()
        self._held: dict[int, _Held] = {}

    # ------------------------------------------------------------ what the outbox asks

    def owned(self, endpoints: Collection[str]) -> list[str]:
        """Those that are ours. The rest is asked for: it comes to us, or to another node."""
        ours, wanted = list[str](), defaultdict[int, list[str]](list)
        now = monotonic()
        with self._lock:
            for name in endpoints:
                held = self._fresh(partition_of(name), now)
                if held is None:
                    wanted[partition_of(name)].append(name)
                elif now - held.taken_at < LONGEST or name in held.in_hand:
                    ours.append(name)
                    held.used_at = now
        if wanted:
            self._on_want(wanted)
        return ours

    def epoch(self, endpoint: str) -> int | None:
        """The epoch under which an endpoint's partition is ours; None if it is not."""
        with self._lock:
            held = self._fresh(partition_of(endpoint), monotonic())
            return None if held is None else held.epoch

    def note_written(self, turns: Sequence[Turn], lost: Collection[str]) -> None:
        """These turns were written, but for those of endpoints that were lost."""
        with self._lock:
            for turn in turns:
                held = self._held.get(partition_of(turn.endpoint))
                if held is None:
                    continue
                held.used_at = monotonic()
                if turn.lease_until is None or turn.endpoint in lost:
                    held.in_hand.discard(turn.endpoint)
                else:
                    held.in_hand.add(turn.endpoint)

    # ------------------------------------------------------------ for who takes and gives back

    def take(self, partition: int, epoch: int, at: float) -> None:
        """A partition is ours; the sign of that was received ``at`` this time (monotonic)."""
        with self._lock:
            held = _Held(epoch=epoch, taken_at=at, fresh_at=at, used_at=monotonic())
            self._held[partition] = held

    def renew(self, partition: int) -> bool:
        """Note a sign that a partition is still ours. Returns False if it came too late."""
        with self._lock:
            held = self._fresh(partition, monotonic())
            if held is None:
                return False
            held.fresh_at = monotonic()
            return True

    def give_back(self, partition: int) -> None:
        """A partition is no longer ours."""
        with self._lock:
            self._held.pop(partition, None)

    def is_over(self, partition: int) -> bool:
        """True if a partition may be given back: nothing is in hand, and nothing was for a while.

        One that was held for long is given back as soon as nothing is in hand.
        """
        now = monotonic()
        with self._lock:
            held = self._fresh(partition, now)
            if held is None:
                return True
            is_calm = now - held.used_at > CALM or now - held.taken_at > LONGEST
            return is_calm and not held.in_hand

    def has(self, partition: int) -> bool:
        with self._lock:
            return self._fresh(partition, monotonic()) is not None

    @property
    def partitions(self) -> tuple[int, ...]:
        """The partitions that are ours, in order."""
        with self._lock:
            return tuple(sorted(self._held))

    def _fresh(self, partition: int, now: float) -> _Held | None:
        held = self._held.get(partition)
        return held if held is not None and now - held.fresh_at < ACK_WAIT else None
