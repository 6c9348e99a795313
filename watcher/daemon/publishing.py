"""The publisher: the one thread that brings feed files up to date.

It follows the store: whoever wrote a batch only leaves a note here and never waits for a file.
However many batches arrive meanwhile, each stale feed is written once.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic

from watcher.errors import StoreError
from watcher.liveness import Pulse
from watcher.log import Ongoing
from watcher.model.batch import BatchResult
from watcher.publish.feed_file import PublishedFeed
from watcher.publish.publisher import Publication

log = logging.getLogger(__name__)

AT_ONCE = 50
"""How many feeds are written before it looks at new notes."""
MOST_NOTES = 64
"""How many batches it remembers; if more are waiting, it checks every feed instead."""
RETRY_SECONDS = 10.0


class Publishing:
    """Runs a publication.

    ``on_published`` is called with the files written; ``pulse`` shows that it is alive.
    """

    def __init__(
        self,
        publication: Publication,
        *,
        pulse: Pulse,
        on_published: Callable[[Sequence[PublishedFeed]], None],
    ) -> None:
        self._publication = publication
        self._pulse = pulse
        self._on_published = on_published
        self._notes = deque[BatchResult]()
        self._too_many = False
        self._recheck = False
        self._retry_at: float | None = None
        self._changed = threading.Condition()
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="publisher")
        self._trouble = Ongoing(
            log, began="feeds cannot be published", over="feeds are published again"
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float) -> bool:
        """Write no further file.

        Returns True if the current one was finished in time. The next start writes the rest.
        """
        with self._changed:
            self._is_stopping = True
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def note(self, result: BatchResult) -> None:
        """Note that a batch was stored."""
        if not result.touches_feeds:
            return
        with self._changed:
            self._notes.append(result)
            if len(self._notes) > MOST_NOTES:
                self._notes.clear()
                self._too_many = True
            self._changed.notify()

    def note_others(self) -> None:
        """Check every feed, because another process wrote to the store."""
        with self._changed:
            self._too_many = True
            self._changed.notify()

    def recheck(self) -> None:
        """Check for changes that nobody left a note about: by time, or by other processes."""
        with self._changed:
            self._recheck = True
            self._changed.notify()

    @property
    def last_error(self) -> str | None:
        """Why publishing failed the last time; None if it did not."""
        return self._trouble.why

    # ------------------------------------------------------------ the thread

    def _run(self) -> None:
        while self._wait():
            try:
                self._pulse.beat()
                self._take_notes()
                feeds = self._publication.publish(self._pulse.beat, most=AT_ONCE)
                self._on_published(feeds)
                self._trouble.end()
                self._retry_at = self._next_retry()
            except StoreError as error:
                self._trouble.say(error, retry=f"every {RETRY_SECONDS:g} s")
                self._retry_at = monotonic() + RETRY_SECONDS
                self._too_many = True
            except Exception as error:
                if self._trouble.why != str(error):
                    log.exception("feeds not published")
                self._trouble.say(error, retry=f"every {RETRY_SECONDS:g} s")
                self._retry_at = monotonic() + RETRY_SECONDS
                self._too_many = True
            finally:
                self._pulse.rest()

    def _wait(self) -> bool:
        """Wait until there is something to do. Returns False if it should stop."""
        with self._changed:
            while not self._is_stopping and not self._has_work():
                pause = None if self._retry_at is None else self._retry_at - monotonic()
                self._changed.wait(pause)
            return not self._is_stopping

    def _has_work(self) -> bool:
        if self._trouble.why is not None:  # it would fail again, whatever is noted
            return self._retry_at is None or monotonic() >= self._retry_at
        is_due = self._retry_at is not None and monotonic() >= self._retry_at
        noted = bool(self._notes or self._too_many or self._recheck)
        return noted or is_due or self._publication.has_stale

    def _next_retry(self) -> float | None:
        """When to retry what could not be written; None if everything was."""
        if not self._publication.has_failed:
            return None
        if self._retry_at is not None and self._retry_at > monotonic():
            return self._retry_at
        return monotonic() + RETRY_SECONDS

    def _take_notes(self) -> None:
        with self._changed:
            notes, self._notes = self._notes, deque()
            too_many, self._too_many = self._too_many, False
            recheck, self._recheck = self._recheck, False
        if self._retry_at is not None and monotonic() >= self._retry_at:
            self._publication.retry_failed()
        if too_many:
            self._publication.note_others()
        for result in notes:
            self._publication.note(result)
        if recheck:
            self._publication.recheck()
