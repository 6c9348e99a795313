"""The timetable: APScheduler with the settings that a daemon needs.

Its defaults would skip a run that is one second late; here a late run is made up for, once.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

log = logging.getLogger(__name__)


class Timetable:
    """Named calls, at a time or again and again. A name that is set anew replaces the old one."""

    def __init__(self) -> None:
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(2)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        """No further call starts; one that runs now ends by itself. Twice does no harm."""
        if self._scheduler.running:
            # Waits for a run of its loop, which would else fail on jobs that the shutdown drops.
            self._scheduler.remove_all_jobs()
            self._scheduler.shutdown(wait=False)

    def every(self, name: str, interval: timedelta, call: Callable[[], object]) -> None:
        """Call again and again, first after one ``interval``."""
        self._scheduler.add_job(
            call, "interval", seconds=interval.total_seconds(), id=name, replace_existing=True
        )

    def at(self, name: str, moment: datetime, call: Callable[[], object]) -> None:
        """Call once, at ``moment`` or at once if that has passed."""
        self._scheduler.add_job(call, "date", run_date=moment, id=name, replace_existing=True)

    def cancel(self, name: str) -> None:
        """Take a call off the timetable, if it is on it."""
        try:
            self._scheduler.remove_job(name)
        except JobLookupError:
            log.debug("nothing to cancel: %s", name)
