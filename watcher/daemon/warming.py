"""Reads, at the start, what the next articles will be compared with: the stories of these days.

The first article after a start would else wait for it: seconds, where there are many.
"""

import logging
import threading

from watcher.errors import StoreError
from watcher.log import fields
from watcher.pipeline.pipeline import Pipeline

log = logging.getLogger(__name__)


class Warming:
    """Runs once, in a thread of its own."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stories", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Read no further day."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(timeout)

    def _run(self) -> None:
        try:
            self._pipeline.warm_stories(lambda: not self._stopping.is_set())
        except StoreError as error:  # the first article reads it then
            log.debug("stories not read in advance", extra=fields(why=error))
