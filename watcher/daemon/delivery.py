"""Connects the endpoints of a config with the outbox: sends each what is due."""

import random
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from watcher.clock import Clock
from watcher.config.schema import Config
from watcher.errors import UsageError
from watcher.liveness import Pulse
from watcher.model.delivery import Attempt
from watcher.notify.deliver import Deliverer
from watcher.notify.workers import Workers
from watcher.store.lease_owner import is_dead, name_owner
from watcher.store.outbox import Outbox, Ownership
from watcher.store.partitions import Partitions
from watcher.store.store import Store

if TYPE_CHECKING:
    from watcher.daemon.cluster import Cluster

CLUSTER_STOP_SECONDS = 3.0
SWEEP_EVERY = timedelta(seconds=5)
"""How often a cluster's timekeeper does so: what is due and in nobody's hands is found by that."""

REPLAN_EVERY = timedelta(seconds=30)
"""How often the outbox is asked about all endpoints; in between, the deliverer knows enough."""

_OF_CLUSTER = "cluster-"
"""Begins the nonce of owners that know from NATS what is theirs."""

OnAttempt = Callable[[str, Attempt], None]


class Timer(Protocol):
    """What delivery needs from the timetable."""

    def at(self, name: str, moment: datetime, call: Callable[[], object]) -> None: ...

    def every(self, name: str, interval: timedelta, call: Callable[[], object]) -> None: ...


def make_deliverer(
    config: Config,
    store: Store,
    clock: Clock,
    *,
    on_attempt: OnAttempt = lambda *_: None,
    retries: bool = True,
    ownership: Ownership | None = None,
) -> Deliverer:
    """Make the deliverer of a config; ``on_attempt`` is called with every attempt.

    ``ownership`` says, in a cluster, which endpoints are ours; elsewhere their leases do.
    """
    nonce, outbox = uuid.uuid4().hex[:8], store.outbox
    if ownership is not None:
        nonce = f"{_OF_CLUSTER}{nonce}"
        outbox = Outbox(store.database, is_dead=_is_no_obstacle, ownership=ownership)
    return Deliverer(
        config.all_endpoints,
        outbox,
        clock=clock,
        owner=name_owner(nonce),
        new_id=lambda: uuid.uuid4().hex,
        random=random.random,
        allow_private=config.egress.allow_private,
        on_attempt=on_attempt,
        alert_endpoint=config.alert_endpoint,
        retries=retries,
    )


def _is_no_obstacle(owner: str) -> bool:
    """True of leases that a node of the cluster had: what is ours was theirs before."""
    return owner.rpartition(":")[2].startswith(_OF_CLUSTER) or is_dead(owner)


class Delivery:
    """Delivers while the daemon runs. Where the config has no endpoint, nothing is started."""

    def __init__(
        self, config: Config, store: Store, clock: Clock, timer: Timer, on_attempt: OnAttempt
    ) -> None:
        self._clock = clock
        self._timer = timer
        self._store = store
        self._cluster = self._make_cluster(config) if config.all_endpoints else None
        ownership = self._cluster.ownership if self._cluster else None
        self._deliverer = make_deliverer(
            config, store, clock, on_attempt=on_attempt, ownership=ownership
        )
        self._workers = Workers(self._deliverer) if config.all_endpoints else None

    def _make_cluster(self, config: Config) -> "Cluster | None":
        if not config.cluster.nats:
            return None
        if not config.is_shared:
            raise UsageError("cluster.nats needs a state on PostgreSQL, which nodes can share")
        try:
            from watcher.daemon.cluster import Cluster  # noqa: PLC0415  # an extra, and large
        except ModuleNotFoundError as error:
            raise UsageError(
                "cluster.nats needs one more package: install seedwatch[cluster]"
            ) from error
        return Cluster(
            config.cluster,
            Partitions(self._store.database),
            [endpoint.name for endpoint in config.all_endpoints if endpoint.enabled],
            node=config.node,
            on_taken=self._wake_now,
            due=self._find_due,
        )

    def _wake_now(self, endpoints: Sequence[str]) -> None:
        self._deliverer.wake(dict.fromkeys(endpoints, self._clock()))

    def _find_due(self, endpoints: Sequence[str]) -> list[str]:
        """Those of these endpoints that have something to do now."""
        now = self._clock()
        found = self._store.outbox.look(endpoints, owner="", now=now, most_due=1)
        return [
            each.endpoint
            for each in found
            if (each.heads or each.due) and (each.next_attempt_at or now) <= now
        ]

    @property
    def partitions(self) -> tuple[int, ...]:
        """The partitions of endpoints that this node works on, in a cluster."""
        return self._cluster.ownership.partitions if self._cluster else ()

    @property
    def trouble(self) -> str | None:
        """Why nothing can be divided among the nodes of the cluster."""
        return self._cluster.trouble if self._cluster else None

    @property
    def pulses(self) -> Collection[Pulse]:
        """The pulse of the sending loop."""
        return [self._workers.pulse] if self._workers else []

    def start(self) -> None:
        if self._workers is None:
            return
        self._workers.start()
        self.plan()
        self._timer.every("plan deliveries", REPLAN_EVERY, self.plan)
        if self._cluster is not None:
            self._cluster.start()
            self._timer.every("sweep deliveries", SWEEP_EVERY, self._sweep)

    def stop(self, timeout: float) -> bool:
        """Start no further attempt.

        Returns True if those under way ended within ``timeout`` seconds.
        """
        ended = self._workers is None or self._workers.stop(timeout)
        if self._cluster is not None:
            self._cluster.stop(CLUSTER_STOP_SECONDS)
        return ended

    def wake(self, due: Mapping[str, datetime]) -> None:
        """Note that something is owed to these endpoints, from these times on."""
        self._deliverer.wake(due)

    def plan(self) -> None:
        """Ask the outbox about all endpoints: any may be owed something."""
        if self._workers is not None:
            self._deliverer.plan()

    def _sweep(self) -> None:
        if self._cluster is not None and self._cluster.is_timekeeper:
            self.plan()

    def follow_clock_back(self) -> None:
        """Make what waits due earlier, because the clock was set back."""
        if self._workers is not None:
            self._deliverer.follow_clock_back()

    def note_others(self) -> None:
        """Plan again, in a thread of the timetable, because another process wrote to the store.

        In a cluster, who wrote it gave hints; a command gives none, so the timekeeper looks.
        """
        if self._cluster is not None and not self._cluster.is_timekeeper:
            return
        self._timer.at("plan deliveries at once", self._clock(), self.plan)
