"""Remembers that the kernel's event queue overflowed, and if the missed changes are found by now.

It is recorded in the store, so that other processes can report it, for an hour.
"""

import logging
import threading
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from watcher.clock import Clock, format_time, parse_time
from watcher.log import fields
from watcher.status.facts import Facts

if TYPE_CHECKING:  # reporting it must not open the store for writing
    from watcher.store.housekeeping import Upkeep

log = logging.getLogger(__name__)

SAID_FOR = timedelta(hours=1)

_KEY = "event queue overflowed"
_FOUND = "found"
_MISSED = "missed"


class Overflow:
    """Used by the thread that receives events, and by the one that scans.

    The first scan of each of the ``roots`` finds what an earlier process missed.
    """

    def __init__(self, upkeep: "Upkeep", clock: Clock, roots: Collection[str]) -> None:
        self._upkeep = upkeep
        self._clock = clock
        at, how = _read(upkeep)
        self._at = at or clock()
        self._waiting: set[str] = set(roots) if how == _MISSED else set()
        self._in_hand: set[str] = set()
        self._lock = threading.Lock()

    def happened(self, root: str) -> None:
        """Note that events of a root were lost; the caller requests a rescan."""
        with self._lock:
            self._at = self._clock()
            is_known = root in self._waiting
            self._waiting.add(root)
        if not is_known:
            why = "the kernel's event queue overflowed"
            log.warning("events lost", extra=fields(root=root, why=why, action="rescan"))

    def scanning(self, root: str) -> None:
        """Note that a scan of a root begins: it finds what was missed before."""
        with self._lock:
            if root not in self._waiting:
                return
            self._waiting.remove(root)
            self._in_hand.add(root)
        self._note(_MISSED)

    def scanned(self, root: str) -> None:
        """Note that the scan of a root ended."""
        with self._lock:
            if root not in self._in_hand:
                return
            self._in_hand.remove(root)
            is_over = not self._in_hand and not self._waiting
        if is_over:
            self._note(_FOUND)

    def _note(self, how: str) -> None:
        self._upkeep.note(_KEY, f"{format_time(self._at)} {how}")


def describe_overflow(facts: Facts, now: datetime) -> str | None:
    """Describe the overflow, if there was one within the last hour. Raises StoreError."""
    at, how = _read(facts)
    if at is None or now - at > SAID_FOR:
        return None
    rescan = "found" if how == _FOUND else "is finding"
    return (
        f"the kernel's event queue overflowed at {at:%H:%M} UTC; a rescan {rescan} what was "
        "missed; if that happens often, raise the sysctl fs.inotify.max_queued_events"
    )


def _read(facts: Facts) -> tuple[datetime | None, str]:
    at, _, how = (facts.fact(_KEY) or "").partition(" ")
    return (parse_time(at) if at else None), how
