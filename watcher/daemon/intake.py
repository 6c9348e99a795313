"""The intake: the one thread that takes what is ready through the pipeline and publishes it.

Events, rescans and removals all come here, so batches never race one another. While a long rescan
runs, what events report is taken in between its batches.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from time import monotonic

from watcher.config.schema import Config, RootConfig
from watcher.daemon.malloc import give_back
from watcher.errors import StoreError
from watcher.liveness import Pulse
from watcher.log import Ongoing, fields
from watcher.model.batch import BatchResult
from watcher.model.seed import SeedPath
from watcher.pipeline.pipeline import Pipeline
from watcher.publish.publisher import Publication
from watcher.scan.progress import Course
from watcher.scan.removals import Removal
from watcher.scan.result import ScanTotals
from watcher.scan.root_scan import BATCH, Rescan
from watcher.serve.metrics import Meters
from watcher.status.overflow import Overflow
from watcher.store.files import Files
from watcher.store.roots import Roots
from watcher.watch.debounce import Settler

log = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=10)
RETRY_SECONDS = 0.5
TROUBLE_SECONDS = 5.0
REPUBLISH_SECONDS = 10.0


class Intake:
    """Owns the settler and the requests.

    ``owes`` is called whenever something may be due; ``trouble`` says what keeps a root from being
    watched. ``pulse`` beats with each stretch of a walk, each file, batch and feed; ``course`` and
    ``overflow`` follow rescans.
    """

    def __init__(
        self,
        *,
        config: Config,
        files: Files,
        roots: Roots,
        pipeline: Pipeline,
        removal: Removal,
        publication: Publication,
        clock: Callable[[], datetime],
        owes: Callable[[], None],
        trouble: Callable[[str], str | None],
        pulse: Pulse,
        meters: Meters,
        course: Course,
        overflow: Overflow,
    ) -> None:
        self._roots_by_path = {str(root.path): root for root in config.watch}
        self._settler = Settler()
        self._pipeline = pipeline
        self._removal = removal
        self._publication = publication
        self._roots = roots
        self._clock = clock
        self._owes = owes
        self._pulse = pulse
        self._meters = meters
        self._course = course
        self._overflow = overflow
        self._rescan = Rescan(
            files=files,
            roots=roots,
            pipeline=pipeline,
            clock=clock,
            between=self._take_events,
            trouble=trouble,
        )
        self._requests: dict[str, str] = {}
        self._removals_wanted = False
        self._others_wrote = False
        self._publish_at: float | None = 0.0
        self._baselined: set[RootConfig] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="intake")
        self._trouble = Ongoing(
            log, began="nothing can be taken in", over="seeds are taken in again"
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float) -> bool:
        """Take no new batch, let the present one finish; whether it did within ``timeout``."""
        self._stopping.set()
        self._settler.wake()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def mark(self, at: SeedPath, complete: bool) -> None:
        """A path may have changed; ``complete`` says that nobody is writing it any more."""
        root = self._roots_by_path[at.root]
        self._settler.mark(at, complete=complete, settle=root.settle.total_seconds())

    def request_rescan(self, root: str, reason: str) -> None:
        with self._lock:
            self._requests.setdefault(root, reason)
        self._settler.wake()

    def request_rescans(self, reason: str) -> None:
        for root in self._roots_by_path:
            self.request_rescan(root, reason)

    def request_removals(self) -> None:
        self._removals_wanted = True
        self._settler.wake()

    def note_others(self) -> None:
        """Another process wrote to the store: what feeds show may be another thing now."""
        self._others_wrote = True
        self._settler.wake()

    @property
    def last_error(self) -> str | None:
        """Why the last turn failed, in words; None if it did not."""
        return self._trouble.why

    def backlog(self) -> int:
        """How many paths are dirty and not yet taken in."""
        return len(self._settler)

    # ------------------------------------------------------------ the thread

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._turn(self._settler.take(self._longest_rest()))
                self._trouble.end()
            except _Stopping:
                return
            except StoreError as error:
                self._trouble.say(error, retry=f"every {TROUBLE_SECONDS:g} s")
                self._recover()
            except Exception as error:
                if self._trouble.why != f"{type(error).__name__}: {error}":
                    log.exception("batch failed")
                self._trouble.say(f"{type(error).__name__}: {error}")
                self._recover()
            finally:
                self._pulse.rest()

    def _longest_rest(self) -> float | None:
        """How many seconds there is nothing to do, if nothing comes; None without end."""
        return None if self._publish_at is None else max(0.0, self._publish_at - monotonic())

    def _turn(self, ready: Sequence[SeedPath]) -> None:
        self._pulse.beat()
        self._take(ready)
        while (request := self._next_request()) and not self._stopping.is_set():
            self._scan(*request)
        if self._removals_wanted:
            self._removals_wanted = False
            self._remove()
        if self._others_wrote:
            self._others_wrote = False
            self._publication.note_others()
            self._publish(self._pulse.beat)
        if self._publish_at is not None and monotonic() >= self._publish_at:
            self._publish(self._pulse.beat)

    def _recover(self) -> None:
        """What was in hand is found again by a rescan, once there has been time to mend."""
        self._pulse.rest()
        self._stopping.wait(TROUBLE_SECONDS)
        self.request_rescans("after trouble")

    def _next_request(self) -> tuple[str, str] | None:
        """The oldest, so that a root whose rescans fail never keeps another one from its own."""
        with self._lock:
            root = next(iter(self._requests), None)
            return None if root is None else (root, self._requests.pop(root))

    def _take_events(self) -> Sequence[SeedPath]:
        self._pulse.beat()
        self._course.step()
        paths = self._settler.take(timeout=0)
        self._take(paths)
        if self._stopping.is_set():
            raise _Stopping
        return paths

    def _take(self, paths: Sequence[SeedPath]) -> None:
        for root, of_root in groupby(paths, key=lambda at: at.root):
            batch = list(of_root)
            for start in range(0, len(batch), BATCH):
                if self._stopping.is_set():
                    return  # what is left, the scan at the next start finds
                self._process(self._roots_by_path[root], batch[start : start + BATCH])

    def _process(self, root: RootConfig, batch: Sequence[SeedPath]) -> None:
        since = self._baseline_since(root)
        self._pulse.beat()
        result = self._pipeline.process(batch, baseline_since=since, patience=PATIENCE)
        for at in result.incomplete:
            self._settler.retry(at, RETRY_SECONDS)
        self._follow_up(result)
        if result.reread:
            self._process(root, result.reread)

    def _baseline_since(self, root: RootConfig) -> datetime | None:
        """When the root was first seen, while its first scan is not complete."""
        if root in self._baselined:
            return None
        status = self._roots.see(str(root.path), self._clock())
        if status.baselined_at is None:
            return status.first_seen_at
        self._baselined.add(root)
        return None

    def _follow_up(self, result: BatchResult) -> None:
        """Publish, and let endpoints know what they are owed.

        Only once the first file is on disk: threads that take turns at the interpreter would both
        be late. They wait for no other file, however many there are.
        """
        owing = _Owing(self._owes if result.owed else _nothing)

        def progress() -> None:
            self._pulse.beat()
            owing.go_on()

        try:
            if result.touches_feeds:
                self._publish(progress)
        finally:
            owing.tell()

    def _scan(self, path: str, reason: str) -> None:
        totals = ScanTotals()
        began = self._clock()
        self._walk(self._roots_by_path[path], totals)
        for at in totals.incomplete:
            self._settler.retry(at, RETRY_SECONDS)
        if totals.owed:
            self._owes()
        self._publication.recheck()
        self._publish(self._pulse.beat)
        seconds = (self._clock() - began).total_seconds()
        self._meters.rescanned(seconds)
        give_back()
        quiet = reason in ("schedule", "polling") and not totals.touches_feeds
        log.log(
            logging.DEBUG if quiet else logging.INFO,
            "rescan done",
            extra=fields(
                root=path,
                reason=reason,
                seen=totals.seen,
                read=totals.read,
                new=totals.new,
                updated=totals.updated,
                baseline=totals.baseline,
                seconds=f"{seconds:.3f}",
            ),
        )

    def _walk(self, root: RootConfig, totals: ScanTotals) -> None:
        self._course.begin(root, totals, is_first=self._baseline_since(root) is not None)
        self._overflow.scanning(str(root.path))
        try:
            self._rescan.scan(root, totals, patience=PATIENCE)
            self._overflow.scanned(str(root.path))
        finally:
            self._course.end()

    def _remove(self) -> None:
        for root in self._roots_by_path.values():
            self._pulse.beat()
            for result in self._removal.expire(root):
                self._follow_up(result)

    def _publish(self, progress: Callable[[], None]) -> None:
        feeds = self._publication.publish(progress)
        self._meters.published(feeds)
        failed = any(feed.error for feed in feeds)
        self._publish_at = monotonic() + REPUBLISH_SECONDS if failed else None


class _Owing:
    """Lets it be known once that something is owed: before the second file, or in the end."""

    def __init__(self, owes: Callable[[], None]) -> None:
        self._owes = owes
        self._has_begun = False

    def go_on(self) -> None:
        """A file is about to be published."""
        if self._has_begun:
            self.tell()
        self._has_begun = True

    def tell(self) -> None:
        owes, self._owes = self._owes, _nothing
        owes()


def _nothing() -> None:
    pass


class _Stopping(Exception):
    """The turn is left off because the daemon stops; the next start takes it up again."""
