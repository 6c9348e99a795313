"""How Seedwatch is, from the store: what needs attention, most urgent first, and the rest."""

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from watcher.clock import format_time, parse_time
from watcher.config.schema import Config
from watcher.model.kinds import EndpointState, RootState
from watcher.model.standing import EndpointStatus, RootStatus
from watcher.status.overflow import describe_overflow
from watcher.store.overview import Overview, Totals, overview_of_file

if TYPE_CHECKING:  # to look at health, no store need be opened for writing
    from watcher.store.store import Store

MANY_FAILURES = 5
"""So many in a row are no passing trouble: by the default ladder, an hour of them."""

RESCAN_SLACK = timedelta(seconds=60)

CLOCK_SAID_FOR = timedelta(hours=1)

_REFUSAL = "config refused"
_CLOCK = "clock set back"
_PROBE = "probe"
_URGENCY = (RootState.SUSPICIOUS, RootState.MISSING, RootState.DEGRADED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """``attention`` is in words, most urgent first; healthy: nothing waits for a person."""

    roots: tuple[RootStatus, ...]
    endpoints: tuple[EndpointStatus, ...]
    totals: Totals
    refusal: str | None
    attention: tuple[str, ...]
    is_healthy: bool

    def worsened(self, troubles: tuple[str, ...]) -> "Health":
        """The same with further troubles, which the store does not know of."""
        return replace(
            self,
            attention=(*troubles, *self.attention),
            is_healthy=self.is_healthy and not troubles,
        )

    @property
    def backlog(self) -> int:
        return sum(endpoint.owed + endpoint.pending for endpoint in self.endpoints)


def examine(store: "Store", config: Config, now: datetime) -> Health:
    """The health of what the config names; what it no longer names is left out."""
    with store.overview() as overview:
        return _judge(overview, config, now)


def glance(config: Config, now: datetime) -> Health | None:
    """As :func:`examine`, of a SQLite store as it is, with little to load.

    None where that is not to be had: there may be no store yet, or an older one, or trouble with
    it, which those say who open it.
    """
    if not config.state.startswith("/"):
        return None
    with suppress(sqlite3.Error), overview_of_file(config.state) as overview:
        return None if overview is None else _judge(overview, config, now)
    return None


def _judge(overview: Overview, config: Config, now: datetime) -> Health:
    paths = {str(root.path) for root in config.watch}
    names = {endpoint.name for endpoint in config.all_endpoints}
    roots = tuple(root for root in overview.roots() if root.path in paths)
    endpoints = tuple(status for status in overview.endpoints() if status.name in names)
    totals = overview.totals()
    refusal = overview.fact(_REFUSAL) or None
    troubles = [
        *_root_troubles(roots),
        *_endpoint_troubles(endpoints),
        *([f"the config was not reloaded, the old one goes on: {refusal}"] if refusal else []),
    ]
    notes = [*_late(roots, config, now), *_failing(endpoints)]
    notes += [f"{totals.quarantined} seeds are in quarantine"] if totals.quarantined else []
    notes += filter(None, [describe_overflow(overview, now), _clock_step(overview, now)])
    notes += [f"{path} was never scanned" for path in sorted(paths - {r.path for r in roots})]
    return Health(
        roots=roots,
        endpoints=endpoints,
        totals=totals,
        refusal=refusal,
        attention=(*troubles, *notes),
        is_healthy=not troubles,
    )


def note_refusal(store: "Store", why: str | None) -> None:
    """Let other processes know that the running one refused a config; None if it has its own."""
    if (store.upkeep.fact(_REFUSAL) or None) != why:
        store.upkeep.note(_REFUSAL, why or "")


def probe_store(store: "Store") -> None:
    """Raise StoreError unless the store can be written to right now."""
    store.upkeep.note(_PROBE, "")


def note_clock_step(store: "Store", by: timedelta, now: datetime) -> None:
    """The clock was set back: for an hour, ``now`` being the first moment of it, this is said."""
    store.upkeep.note(_CLOCK, f"{format_time(now)} {by.total_seconds():.0f}")


def summarise(health: Health) -> str:
    """One line for the service manager: roots, and bad ones; articles; what waits to be told."""
    bad = [f"{root.path} is {root.state}" for root in health.roots if root.state != RootState.OK]
    parts = [
        f"{len(health.roots)} roots" + (f" ({', '.join(bad)})" if bad else ""),
        f"{health.totals.live} articles",
        f"{health.backlog} to tell",
    ]
    if health.totals.quarantined:
        parts.append(f"{health.totals.quarantined} seeds in quarantine")
    if health.refusal:
        parts.append(f"config refused: {health.refusal}")
    return " ".join(", ".join(parts).split())


def _clock_step(overview: Overview, now: datetime) -> str | None:
    at, _, seconds = (overview.fact(_CLOCK) or "").partition(" ")
    if not at or now - parse_time(at) > CLOCK_SAID_FOR:
        return None
    by = timedelta(seconds=int(seconds))
    return f"the clock was set back by {by}: what waited then is due that much earlier"


def _root_troubles(roots: tuple[RootStatus, ...]) -> Iterator[str]:
    for state in _URGENCY:
        for root in roots:
            if root.state is state:
                yield f"root {root.path} is {root.state}: {root.detail or 'see the log'}"


def _endpoint_troubles(endpoints: tuple[EndpointStatus, ...]) -> list[str]:
    troubles = [
        f"endpoint {e.name} is disabled: {e.disabled_reason}; {e.owed + e.pending} wait"
        for e in endpoints
        if e.state is EndpointState.DISABLED and e.disabled_reason != "config"
    ]
    troubles += [
        f"endpoint {e.name} has {e.dead} dead deliveries: seedwatch retry"
        for e in endpoints
        if e.dead
    ]
    troubles += [
        f"endpoint {e.name} failed {e.consecutive_failures} times in a row: {e.last_error}"
        for e in endpoints
        if e.state is EndpointState.ENABLED and e.consecutive_failures >= MANY_FAILURES
    ]
    troubles += [
        f"endpoint {e.name} has {e.held} held deliveries: seedwatch retry"
        for e in endpoints
        if e.held
    ]
    return troubles


def _failing(endpoints: tuple[EndpointStatus, ...]) -> Iterator[str]:
    for e in endpoints:
        if 0 < e.consecutive_failures < MANY_FAILURES:
            yield f"endpoint {e.name} failed {e.consecutive_failures} times, and is tried again"


def _late(roots: tuple[RootStatus, ...], config: Config, now: datetime) -> Iterator[str]:
    """Roots that were not walked lately. No trouble by itself: some only ever run ``scan``."""
    for root in roots:
        scanned = root.last_scan_at
        if scanned is not None and now - scanned > 2 * config.rescan + RESCAN_SLACK:
            hours = (now - scanned) / timedelta(hours=1)
            yield f"root {root.path} was last scanned {hours:.1f} hours ago: does the daemon run?"
