"""The real command, but for its patience: what it tries again after seconds, it tries at once.

Its wall clock is shifted by the seconds that stand in the file ``$SEEDWATCH_TEST_CLOCK``. With
``$SEEDWATCH_TEST_PLAIN`` it watches as it does where there is no inotify: by plain watchdog.
"""

import os
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from pathlib import Path

from apscheduler.schedulers import base

from watcher.cli import main, run
from watcher.daemon import daemon, delivery, intake, publishing
from watcher.daemon import services as parts
from watcher.notify import workers
from watcher.scan import progress as headway
from watcher.watch import root_watch as standing
from watcher.watch.fallback import PlainBackend
from watcher.watch.observer import Observer

SOON = 0.2


class ShiftedDatetime(datetime):
    """The clock that the timetable looks at."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "ShiftedDatetime":
        shifted = datetime.now(tz or UTC) + _shift()
        return cls.fromtimestamp(shifted.timestamp(), tz)


def _shift() -> timedelta:
    file = os.environ.get("SEEDWATCH_TEST_CLOCK")
    text = Path(file).read_text("utf-8") if file else ""
    return timedelta(seconds=float(text or 0))


def _hurry() -> None:
    intake.TROUBLE_SECONDS = publishing.RETRY_SECONDS = workers.PAUSE = SOON
    headway.PATIENCE = headway.LOG_EVERY = SOON
    standing.POLL_SECONDS = standing.DEGRADED_SECONDS = SOON
    parts.CHECK_EVERY = delivery.REPLAN_EVERY = timedelta(seconds=SOON)
    daemon.STORE_BACK_SECONDS = SOON
    if os.environ.get("SEEDWATCH_TEST_PLAIN"):
        setattr(parts, "Observer", partial(Observer, make_backend=PlainBackend))  # noqa: B010  # mypy sees no such name there
    base.datetime = ShiftedDatetime
    setattr(run, "Daemon", partial(daemon.Daemon, clock=partial(ShiftedDatetime.now, UTC)))  # noqa: B010  # mypy sees no such name there


if __name__ == "__main__":
    _hurry()
    main()
