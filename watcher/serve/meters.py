"""What the process counted since it started: outlives reloads, and asks nobody anything.

Labels are words of ours or names from the config, so there is a bounded number of each.
"""

from collections.abc import Iterable
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram

from watcher.model.article import Change
from watcher.model.delivery import Attempt
from watcher.model.kinds import Verdict
from watcher.model.known import Decision

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
        """Show these in a registry; each reload makes a new one."""
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
        """An attempt at a delivery is over."""
        self._attempts.labels(endpoint, attempt.outcome.value).inc()
        if attempt.number > 1:
            self._retries.labels(endpoint).inc()

    def reloaded(self, *, applied: bool) -> None:
        """The config was to be loaded anew."""
        self._reloads.labels("applied" if applied else "refused").inc()


def _counter(name: str, text: str, *labels: str) -> Counter:
    return Counter(f"seedwatch_{name}", text, labels, registry=None)


def _histogram(name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
    return Histogram(f"seedwatch_{name}_seconds", text, buckets=buckets, registry=None)
