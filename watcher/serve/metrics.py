"""What monitoring scrapes: the meters, and gauges that are read from the view when asked for."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from watcher import __version__
from watcher.errors import SeedwatchError
from watcher.model.kinds import EndpointState, RootState
from watcher.model.standing import EndpointStatus
from watcher.serve.meters import Meters
from watcher.serve.view import View
from watcher.serve.wording import RootNames


def make_registry(
    view: View, meters: Meters, *, clock: Callable[[], datetime]
) -> CollectorRegistry:
    """A registry of its own with the meters, the view's gauges and those of the process."""
    registry = CollectorRegistry(auto_describe=False)
    meters.register(registry)
    registry.register(_ViewCollector(view, clock))
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    return registry


class _ViewCollector(Collector):
    """What the store would have to say is left out while it does not answer."""

    def __init__(self, view: View, clock: Callable[[], datetime]) -> None:
        self._view = view
        self._clock = clock

    def describe(self) -> Iterator[Metric]:
        """Nothing: so that registering asks the view for nothing."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        yield _gauge("info", "Which program this is", ["version"], [((__version__,), 1)])
        yield GaugeMetricFamily("seedwatch_feeds", "Published feed files", len(self._view.feeds()))
        yield _gauge(
            "check_ok",
            "Whether a health check holds",
            ["check"],
            [((check.name,), check.ok) for check in self._view.health().checks],
        )
        try:
            yield from [*self._counts(), *self._roots(), *self._endpoints()]
        except SeedwatchError:
            return  # the check of the store says it

    def _counts(self) -> Iterator[Metric]:
        counts = self._view.counts()
        yield GaugeMetricFamily("seedwatch_articles", "Live articles", counts.articles)
        yield GaugeMetricFamily(
            "seedwatch_quarantined_files", "Files in quarantine", counts.quarantined
        )

    def _roots(self) -> Iterator[Metric]:
        roots = self._view.roots()
        names = RootNames(roots)
        yield _gauge(
            "root_state",
            "1 for the state that a root is in",
            ["root", "state"],
            [
                ((names.of(root.path), state.value), root.state is state)
                for root in roots
                for state in RootState
            ],
        )
        yield _gauge(
            "root_seeds",
            "Seeds present in a root",
            ["root"],
            [((names.of(root.path),), root.present) for root in roots],
        )
        yield _gauge(
            "root_last_rescan_timestamp_seconds",
            "When a root was last rescanned",
            ["root"],
            [
                ((names.of(root.path),), root.last_scan_at.timestamp())
                for root in roots
                if root.last_scan_at
            ],
        )

    def _endpoints(self) -> Iterator[Metric]:
        endpoints, now = self._view.endpoints(), self._clock()

        def each(name: str, text: str, value: Callable[[EndpointStatus], float | None]) -> Metric:
            found = [((e.name,), value(e)) for e in endpoints]
            return _gauge(name, text, ["endpoint"], [(k, v) for k, v in found if v is not None])

        yield each(
            "endpoint_enabled", "Whether it is told", lambda e: e.state is EndpointState.ENABLED
        )
        yield each("endpoint_backlog", "Owed and pending", lambda e: e.owed + e.pending)
        yield each(
            "endpoint_backlog_age_seconds",
            "For how long the oldest of what is due has been waiting",
            lambda e: max(0.0, (now - (e.waiting_since or now)).total_seconds()),
        )
        yield each(
            "endpoint_leased",
            "Whether a worker holds its lease",
            lambda e: e.lease_expires_at is not None and e.lease_expires_at > now,
        )
        yield each("endpoint_held", "Deliveries that wait for the operator", lambda e: e.held)
        yield each("endpoint_dead", "Dead letters", lambda e: e.dead)
        yield each("endpoint_consecutive_failures", "In a row", lambda e: e.consecutive_failures)
        yield each(
            "endpoint_last_success_timestamp_seconds",
            "When a delivery last succeeded",
            lambda e: e.last_success_at.timestamp() if e.last_success_at else None,
        )


def _gauge(
    name: str,
    text: str,
    labels: Sequence[str],
    samples: Sequence[tuple[tuple[str, ...], float]],
) -> Metric:
    family = GaugeMetricFamily(f"seedwatch_{name}", text, labels=labels)
    for values, number in samples:
        family.add_metric(values, number)
    return family
