"""What a daemon records in the store so that other processes can report it, too."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from watcher.clock import format_time, parse_time

if TYPE_CHECKING:  # `status` reads facts without loading what opens a store for writing
    from watcher.store.store import Store

SHOWN_FOR = timedelta(hours=1)
"""How long a step of the clock is shown after it happened."""

_REFUSAL = "config refused"
_CLOCK = "clock set back"
_PROBE = "probe"


class Facts(Protocol):
    """Where recorded facts are read from."""

    def fact(self, key: str) -> str | None: ...


def note_refusal(store: "Store", why: str | None) -> None:
    """Record why the running daemon refused a config; None if it runs with the one on disk."""
    if (store.upkeep.fact(_REFUSAL) or None) != why:
        store.upkeep.note(_REFUSAL, why or "")


def read_refusal(facts: Facts) -> str | None:
    """Why the running daemon refused the config on disk."""
    return facts.fact(_REFUSAL) or None


def probe_store(store: "Store") -> None:
    """Raise StoreError unless the store can be written to right now."""
    store.upkeep.note(_PROBE, "")


def note_clock_step(store: "Store", by: timedelta, now: datetime) -> None:
    """Record that the clock was set back; ``now`` is what it shows since."""
    store.upkeep.note(_CLOCK, f"{format_time(now)} {by.total_seconds():.0f}")


def read_clock_step(facts: Facts, now: datetime) -> timedelta | None:
    """By how much the clock was set back within the last hour."""
    at, _, seconds = (facts.fact(_CLOCK) or "").partition(" ")
    if not at or now - parse_time(at) > SHOWN_FOR:
        return None
    return timedelta(seconds=int(seconds))
