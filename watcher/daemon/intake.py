"""The intake: the one thread that reads what is ready and stores it.

Events, rescans and removals all come here, so batches never race one another. Its work ends with
the commit: it never waits for feeds or messages. Roots take turns: each gets one batch of what is
ready, then one step of a rescan runs, and so on.
"""

import logging
import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import groupby

from watcher.config.schema import Config, RootConfig
from watcher.daemon.rescans import Rescans
from watcher.errors import StoreError
from watcher.liveness import Pulse
from watcher.log import Ongoing
from watcher.model.seed import SeedPath
from watcher.pipeline.pipeline import Pipeline
from watcher.scan.removals import Removal
from watcher.scan.root_scan import BATCH
from watcher.store.roots import Roots
from watcher.watch.debounce import Settler, Taken

log = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=10)
RETRY_SECONDS = 0.5
TROUBLE_SECONDS = 5.0


class Intake:
    """Owns the settler. ``pulse`` beats with each batch and each step of a rescan."""

    def __init__(
        self,
        config: Config,
        *,
        roots: Roots,
        pipeline: Pipeline,
        rescans: Rescans,
        removal: Removal,
        clock: Callable[[], datetime],
        pulse: Pulse,
    ) -> None:
        self._roots_by_path = {str(root.path): root for root in config.watch}
        self._settler = Settler()
        self._roots = roots
        self._pipeline = pipeline
        self._rescans = rescans
        self._removal = removal
        self._clock = clock
        self._pulse = pulse
        self._removals_wanted = False
        self._baselined: set[RootConfig] = set()
        self._placed: set[RootConfig] = set()
        self._half_written = dict[SeedPath, datetime]()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="intake")
        self._trouble = Ongoing(
            log, began="nothing can be taken in", over="seeds are taken in again"
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float) -> bool:
        """Take no new batch. Returns True if the present one finished within ``timeout``."""
        self._stopping.set()
        self._settler.wake()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def mark(self, at: SeedPath, complete: bool) -> None:
        """Note that a path may have changed; ``complete`` means that its writer is done."""
        root = self._roots_by_path[at.root]
        self._settler.mark(at, complete=complete, settle=root.settle.total_seconds())

    def request_rescan(self, root: str, reason: str) -> None:
        self._rescans.request(root, reason)
        self._settler.wake()

    def request_rescans(self, reason: str) -> None:
        self._rescans.request_all(reason)
        self._settler.wake()

    def request_removals(self) -> None:
        """Check what changes by time alone: grace periods that are over, drafts that are due."""
        self._removals_wanted = True
        self._settler.wake()

    @property
    def last_error(self) -> str | None:
        """Why the last turn failed; None if it did not."""
        return self._trouble.why

    def backlog(self) -> int:
        """How many paths are dirty and not yet stored."""
        return len(self._settler)

    # ------------------------------------------------------------ the thread

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                ready = self._settler.take(0 if self._rescans.is_busy else None, most=BATCH)
                if self._turn(ready):
                    self._trouble.end()
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
        self._rescans.abandon()

    def _turn(self, ready: Taken) -> bool:
        """Store what is ready, and run one step of a rescan.

        Returns True if that proves that the store can be written to: merely walking a folder does
        not.
        """
        self._pulse.beat()
        for path, batch in groupby(ready.paths, key=lambda at: at.root):
            self._process(self._roots_by_path[path], list(batch), ready.closed)
            if self._stopping.is_set():
                return True  # the scan at the next start finds the rest
        self._rescans.note_taken(ready.paths)
        done = self._rescans.step()
        if done:
            for at, since in done.totals.incomplete.items():
                self._retry([at], since)
        if self._removals_wanted:
            self._removals_wanted = False
            for root in self._roots_by_path.values():
                self._pulse.beat()
                self._removal.expire(root)
                if due := self._pipeline.due(str(root.path)):
                    self._process(root, due, due)
        return bool(ready.paths) or done is not None

    def _recover(self) -> None:
        """Pause, then request a rescan: it finds the unfinished work again."""
        self._pulse.rest()
        self._rescans.abandon()
        self._stopping.wait(TROUBLE_SECONDS)
        self._rescans.request_all("after trouble")

    def _process(
        self, root: RootConfig, batch: Sequence[SeedPath], closed: Collection[SeedPath]
    ) -> None:
        since = self._baseline_since(root)
        moments = {at: self._half_written.pop(at, since) for at in batch}
        for moment in set(moments.values()):
            paths = [at for at in batch if moments[at] == moment]
            self._process_together(root, paths, closed, moment)

    def _process_together(
        self,
        root: RootConfig,
        batch: Sequence[SeedPath],
        closed: Collection[SeedPath],
        since: datetime | None,
    ) -> None:
        self._pulse.beat()
        result = self._pipeline.process(
            batch, baseline_since=since, patience=PATIENCE, closed=closed
        )
        self._retry(result.incomplete, since)
        if result.parsed and root not in self._placed:
            self._note_device(root)
        if result.reread:
            self._process_together(root, result.reread, result.reread, since)

    def _note_device(self, root: RootConfig) -> None:
        """Note the disk that a root's seeds were read from, to notice when it is unmounted."""
        with suppress(OSError):
            self._roots.note_device(str(root.path), root.path.stat().st_dev)
            self._placed.add(root)

    def _retry(self, incomplete: Sequence[SeedPath], since: datetime | None) -> None:
        """Read half-written seeds again soon; they stay part of the baseline that found them."""
        for at in incomplete:
            if since is not None:
                self._half_written[at] = since
            self._settler.retry(at, RETRY_SECONDS)

    def _baseline_since(self, root: RootConfig) -> datetime | None:
        """When the root was first seen, if its first scan is not complete yet; else None."""
        if root in self._baselined:
            return None
        status = self._roots.see(str(root.path), self._clock())
        if status.baselined_at is None:
            return status.first_seen_at
        self._baselined.add(root)
        return None
