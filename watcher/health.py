"""How Seedwatch is, from the store: what needs attention, most urgent first, and the rest."""

from dataclasses import dataclass, replace

from watcher.config import Config
from watcher.model import EndpointState, EndpointStatus, RootState, RootStatus
from watcher.opening import Store
from watcher.store import Totals

MANY_FAILURES = 5
"""So many in a row are no passing trouble: by the default ladder, an hour of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """``attention`` is in words, most urgent first; healthy: nothing waits for a person."""

    roots: tuple[RootStatus, ...]
    endpoints: tuple[EndpointStatus, ...]
    totals: Totals
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


def examine(store: Store, config: Config) -> Health:
    """The health of what the config names; what it no longer names is left out."""
    paths = {str(root.path) for root in config.watch}
    names = {endpoint.name for endpoint in config.all_endpoints}
    roots = tuple(root for root in store.roots.all() if root.path in paths)
    endpoints = tuple(status for status in store.outbox.statuses() if status.name in names)
    totals = store.catalogue.totals()
    troubles = [*_root_troubles(roots), *_endpoint_troubles(endpoints)]
    notes = [
        f"endpoint {e.name} failed {e.consecutive_failures} times, and is tried again"
        for e in endpoints
        if 0 < e.consecutive_failures < MANY_FAILURES
    ]
    notes += [f"{totals.quarantined} seeds are in quarantine"] if totals.quarantined else []
    notes += [f"{path} was never scanned" for path in sorted(paths - {r.path for r in roots})]
    return Health(
        roots=roots,
        endpoints=endpoints,
        totals=totals,
        attention=(*troubles, *notes),
        is_healthy=not troubles,
    )


def _root_troubles(roots: tuple[RootStatus, ...]) -> list[str]:
    return [
        f"root {root.path} is {root.state}: {root.detail or 'see the log'}"
        for root in roots
        if root.state is not RootState.OK
    ]


def _endpoint_troubles(endpoints: tuple[EndpointStatus, ...]) -> list[str]:
    troubles = [
        f"endpoint {e.name} is disabled: {e.disabled_reason}; {e.owed + e.pending} wait"
        for e in endpoints
        if e.state is EndpointState.DISABLED and e.disabled_reason != "config"
    ]
    for e in endpoints:
        if e.dead:
            troubles.append(f"endpoint {e.name} has {e.dead} dead deliveries: seedwatch retry")
        if e.held:
            troubles.append(f"endpoint {e.name} has {e.held} held deliveries: seedwatch retry")
        if e.state is EndpointState.ENABLED and e.consecutive_failures >= MANY_FAILURES:
            troubles.append(
                f"endpoint {e.name} failed {e.consecutive_failures} times in a row: {e.last_error}"
            )
    return troubles
