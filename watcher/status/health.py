"""Reads the state of everything from the store in one transaction, and judges it."""

import sqlite3
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from watcher.config.schema import Config
from watcher.model.health import Check, Health
from watcher.model.kinds import RootState
from watcher.model.node import Node
from watcher.model.standing import NOT_CONFIGURED, EndpointStatus, RootStatus
from watcher.model.wording import count
from watcher.status.facts import read_clock_step, read_refusal
from watcher.status.judge import Stored, judge
from watcher.status.overflow import describe_overflow
from watcher.store.overview import Overview, Totals, overview_of_file

if TYPE_CHECKING:  # reading health must not open the store for writing
    from watcher.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What the store has about what the config names, and how healthy it is."""

    roots: tuple[RootStatus, ...]
    endpoints: tuple[EndpointStatus, ...]
    totals: Totals
    refusal: str | None
    nodes: tuple[Node, ...]
    health: Health

    @property
    def is_healthy(self) -> bool:
        return self.health.is_healthy

    @property
    def attention(self) -> tuple[str, ...]:
        """What needs attention, most urgent first."""
        return tuple(check.words for check in self.health.attention)

    @property
    def backlog(self) -> int:
        return sum(endpoint.owed + endpoint.pending for endpoint in self.endpoints)

    def with_checks(self, checks: tuple[Check, ...]) -> "Status":
        """The same with further checks, which do not come from the store."""
        return replace(self, health=Health(checks=(*checks, *self.health.checks)))


def examine(store: "Store", config: Config, now: datetime) -> Status:
    """The status of everything that the config names."""
    with store.overview() as overview:
        return _status(overview, config, now)


def glance(config: Config, now: datetime) -> Status | None:
    """As :func:`examine`, for a SQLite store as it is, with few imports.

    None if there is no store yet, or an older one, or one in trouble: opening it reports that.
    """
    if not config.state.startswith("/"):
        return None
    with suppress(sqlite3.Error), overview_of_file(config.state) as overview:
        return None if overview is None else _status(overview, config, now)
    return None


def read_stored(overview: Overview, config: Config, now: datetime) -> tuple[Stored, Totals]:
    """Read from the store what the judge must know about what the config names."""
    paths = {str(root.path) for root in config.watch}
    names = {endpoint.name for endpoint in config.all_endpoints}
    roots = tuple(root for root in overview.roots() if root.path in paths)
    endpoints = overview.endpoints()
    totals = overview.totals()
    stored = Stored(
        roots=roots,
        never_scanned=tuple(sorted(paths - {root.path for root in roots})),
        endpoints=tuple(status for status in endpoints if status.name in names),
        removed=tuple(each for each in endpoints if each.disabled_reason == NOT_CONFIGURED),
        quarantined=totals.quarantined,
        sharing=overview.shared_addresses(),
        refusal=read_refusal(overview),
        overflow=describe_overflow(overview, now),
        clock_step=read_clock_step(overview, now),
        nodes=overview.nodes() if config.is_shared else (),
    )
    return stored, totals


def _status(overview: Overview, config: Config, now: datetime) -> Status:
    stored, totals = read_stored(overview, config, now)
    return Status(
        roots=stored.roots,
        endpoints=stored.endpoints,
        totals=totals,
        refusal=stored.refusal,
        nodes=stored.nodes,
        health=judge(stored, None, rescan=config.rescan, now=now),
    )


def summarise(status: Status) -> str:
    """One line for the service manager: roots, and bad ones; articles; what waits to be sent."""
    bad = [f"{root.path} is {root.state}" for root in status.roots if root.state != RootState.OK]
    parts = [
        count(len(status.roots), "root") + (f" ({', '.join(bad)})" if bad else ""),
        count(status.totals.live, "article"),
        f"{status.backlog} to tell",
    ]
    if status.totals.quarantined:
        parts.append(f"{count(status.totals.quarantined, 'seed')} in quarantine")
    if status.refusal:
        parts.append(f"config refused: {status.refusal}")
    return " ".join(", ".join(parts).split())
