"""Metrics for monitoring: counters of this process, and gauges read from the view on each scrape.

Labels are fixed words or names from the config, so their number is bounded.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from watcher import __version__
from watcher.errors import SeedwatchError
from watcher.model.article import Change
from watcher.model.delivery import Attempt
from watcher.model.health import Gravity
from watcher.model.kinds import EndpointState, RootState, Verdict
from watcher.model.known import Decision
from watcher.model.standing import EndpointStatus
from watcher.serve.view import View

_BATCH_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_RESCAN_SECONDS = (0.01, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0)


class Batch(Protocol):
    """What is counted of a batch that went through the pipeline."""

    @property
    def read(self) -> int: ...
    @property
    def decisions(self) -> Iterable[Decision]: ...
    @property
    def changes(self) -> Iterable[Change]: ...
    @property
    def seconds(self) -> float: ...


class Published(Protocol):
    """What is counted of a feed file that was published."""

    @property
    def written(self) -> bool: ...
    @property
    def error(self) -> str | None: ...


class Meters:
    """Counters and histograms, for any threads. One for the life of the process."""

    def __init__(self) -> None:
        self._changes = _counter("changes", "Facts worth telling, baselines included", "kind")
        self._seeds = _counter("seeds", "Seeds that were taken in, by what that meant", "outcome")
        self._events = _counter("events", "Hints that a path may have changed")
        self._overflows = _counter("event_overflows", "Times that events were lost; made good")
        self._clock = _counter("clock_set_back", "Times that the wall clock was set back")
        self._feeds = _counter("feed_writes", "Feed files brought up to date", "outcome")
        self._attempts = _counter("attempts", "Attempts at deliveries", "endpoint", "outcome")
        self._retries = _counter("retries", "Attempts beyond a delivery's first", "endpoint")
        self._reloads = _counter("reloads", "Reloads of the config", "outcome")
        self._batches = _histogram("batch", "From its files to the store", _BATCH_SECONDS)
        self._rescans = _histogram("rescan", "A walk of one root", _RESCAN_SECONDS)

    def register(self, registry: CollectorRegistry) -> None:
        """Add these to a registry; each reload makes a new one."""
        for collector in vars(self).values():
            registry.register(collector)

    def processed(self, batch: Batch) -> None:
        """A batch of paths went through the pipeline."""
        self._batches.observe(batch.seconds)
        unchanged = batch.read
        for decision in batch.decisions:
            unchanged -= 1
            self._seeds.labels(decision.verdict.value).inc()
        self._seeds.labels(Verdict.UNCHANGED.value).inc(max(0, unchanged))
        for change in batch.changes:
            self._changes.labels(change.kind.value).inc()

    def marked(self) -> None:
        """An event marked a path as dirty."""
        self._events.inc()

    def overflowed(self) -> None:
        """Events were lost, and a rescan was asked for."""
        self._overflows.inc()

    def clock_set_back(self) -> None:
        """The wall clock was set back; what waits follows it."""
        self._clock.inc()

    def rescanned(self, seconds: float) -> None:
        """A rescan of one root took so long."""
        self._rescans.observe(seconds)

    def published(self, feeds: Iterable[Published]) -> None:
        """These feed files were brought up to date."""
        for feed in feeds:
            done = "written" if feed.written else "unchanged"
            self._feeds.labels("failed" if feed.error else done).inc()

    def attempted(self, endpoint: str, attempt: Attempt) -> None:
        """An attempt at a delivery ended."""
        self._attempts.labels(endpoint, attempt.outcome.value).inc()
        if attempt.number > 1:
            self._retries.labels(endpoint).inc()

    def reloaded(self, *, applied: bool) -> None:
        """A reload of the config was tried."""
        self._reloads.labels("applied" if applied else "refused").inc()


def _counter(name: str, text: str, *labels: str) -> Counter:
    return Counter(f"seedwatch_{name}", text, labels, registry=None)


def _histogram(name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
    return Histogram(f"seedwatch_{name}_seconds", text, buckets=buckets, registry=None)


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
    """Gauges from the store are left out while it does not answer."""

    def __init__(self, view: View, clock: Callable[[], datetime]) -> None:
        self._view = view
        self._clock = clock

    def describe(self) -> Iterator[Metric]:
        """Return nothing, so that registering does not query the view."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        health, waiting = self._view.health(), self._view.feeds_waiting()
        yield _gauge("info", "Which program this is", ["version"], [((__version__,), 1)])
        yield GaugeMetricFamily("seedwatch_feeds", "Published feed files", len(self._view.feeds()))
        yield GaugeMetricFamily(
            "seedwatch_feeds_waiting", "Feed files that wait to be written", waiting
        )
        yield GaugeMetricFamily(
            "seedwatch_topics_without_feed",
            "Topics for which max_feeds leaves no feed",
            self._view.topics_without_feed(),
        )
        yield _gauge(
            "check_ok",
            "Whether a health check holds",
            ["check"],
            [((check.name,), check.ok) for check in health.readiness()],
        )
        graves = [check.gravity for check in health.attention]
        yield _gauge(
            "attention",
            "Things that need attention, by how grave they are",
            ["gravity"],
            [((gravity.value,), graves.count(gravity)) for gravity in Gravity],
        )
        try:
            yield from [*self._counts(), *self._roots(), *self._endpoints(), *self._nodes()]
        except SeedwatchError:
            return  # the store's own check reports it

    def _counts(self) -> Iterator[Metric]:
        counts = self._view.counts()
        yield GaugeMetricFamily("seedwatch_articles", "Live articles", counts.articles)
        yield GaugeMetricFamily(
            "seedwatch_quarantined_files", "Files in quarantine", counts.quarantined
        )

        yield GaugeMetricFamily(
            "seedwatch_subscribers", "Subscribers of our own WebSub hub", self._view.subscribers()
        )

    def _roots(self) -> Iterator[Metric]:
        roots = self._view.roots()
        yield _gauge(
            "root_state",
            "1 for the state that a root is in",
            ["root", "state"],
            [
                ((root.path, state.value), root.state is state)
                for root in roots
                for state in RootState
            ],
        )
        yield _gauge(
            "root_seeds",
            "Seeds present in a root",
            ["root"],
            [((root.path,), root.present) for root in roots],
        )
        yield _gauge(
            "root_last_rescan_timestamp_seconds",
            "When a root was last rescanned",
            ["root"],
            [((root.path,), root.last_scan_at.timestamp()) for root in roots if root.last_scan_at],
        )

    def _nodes(self) -> Iterator[Metric]:
        nodes = self._view.nodes()
        yield _gauge(
            "node_info",
            "The daemons that share the store",
            ["node", "host", "version", "config"],
            [((node.name, node.host, node.version, node.config), 1) for node in nodes],
        )
        yield _gauge(
            "node_last_heard_timestamp_seconds",
            "When a node last said that it is there",
            ["node", "host"],
            [((node.name, node.host), node.seen_at.timestamp()) for node in nodes],
        )
        yield _gauge(
            "node_partitions",
            "Partitions of endpoints that a node works on",
            ["node", "host"],
            [((node.name, node.host), len(node.partitions)) for node in nodes],
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
