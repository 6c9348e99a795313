"""The timetable: calls at a moment of the wall clock, by APScheduler, and calls again and again.

APScheduler's defaults would skip a run that is one second late; here a late run is made up for,
once. It counts intervals by the wall clock, too: one that is set back an hour would stop them for
that hour. So what is called again and again has a thread, which waits by the monotonic clock.
"""

import logging
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from watcher.errors import SeedwatchError
from watcher.log import Ongoing

log = logging.getLogger(__name__)


class Timetable:
    """Named calls, at a time or again and again. A call at a time replaces one of its name."""

    def __init__(self) -> None:
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(2)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._stopping = threading.Event()

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        """No further call starts; one that runs now ends by itself. Twice does no harm."""
        self._stopping.set()
        if self._scheduler.running:
            # Waits for a run of its loop, which would else fail on jobs that the shutdown drops.
            self._scheduler.remove_all_jobs()
            self._scheduler.shutdown(wait=False)

    def every(self, name: str, interval: timedelta, call: Callable[[], object]) -> None:
        """Call again and again, first after one ``interval``; each name only once.

        What it raises is logged, and it is called again all the same.
        """
        threading.Thread(
            target=self._repeat, args=(name, interval.total_seconds(), call), name=name, daemon=True
        ).start()

    def at(self, name: str, moment: datetime, call: Callable[[], object]) -> None:
        """Call once, at ``moment`` or at once if that has passed.

        Also if the last call of this name still runs: what it saw may be out of date by then.
        """
        self._scheduler.add_job(
            call,
            "date",
            run_date=moment,
            id=name,
            replace_existing=True,
            max_instances=sys.maxsize,
        )

    def _repeat(self, name: str, seconds: float, call: Callable[[], object]) -> None:
        trouble = Ongoing(log, began=f"{name} failed", over=f"{name} works again")
        while not self._stopping.wait(seconds):
            try:
                call()
                trouble.end()
            except SeedwatchError as error:
                trouble.say(error)
            except Exception:
                log.exception("%s failed", name)

    def cancel(self, name: str) -> None:
        """Take a call off the timetable, if it is on it."""
        try:
            self._scheduler.remove_job(name)
        except JobLookupError:
            log.debug("nothing to cancel: %s", name)
