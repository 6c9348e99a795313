"""One thread an endpoint, so that one endpoint's trouble never delays another's."""

import logging
import threading
import time
from collections.abc import Callable, Mapping

from watcher.errors import SeedwatchError
from watcher.liveness import Pulse
from watcher.log import Ongoing, fields
from watcher.notify.deliver import Deliverer

PAUSE = 5.0
"""Seconds before trying again after an error that is not the endpoint's."""

BUSY_PAUSE = 1.0
"""Seconds before asking again for an endpoint that another worker holds."""

log = logging.getLogger(__name__)


class Workers:
    """Drain each endpoint when woken. What falls due by time is woken by the scheduler.

    ``pulses`` has each endpoint's worker's pulse under its name. ``on_drained`` hears, in the
    worker's thread, that an endpoint has been drained for now: the time to ask the outbox when it
    is next due.
    """

    def __init__(
        self,
        deliverer: Deliverer,
        pulses: Mapping[str, Pulse],
        *,
        on_drained: Callable[[str], None],
    ) -> None:
        self._deliverer = deliverer
        self._pulses = pulses
        self._on_drained = on_drained
        self._stopping = threading.Event()
        self._wakes = {name: threading.Event() for name in pulses}
        self._threads = [
            threading.Thread(target=self._run, args=(name,), name=f"notify-{name}", daemon=True)
            for name in pulses
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def wake(self, name: str) -> None:
        """Have ``name`` drained soon; harmless for an unknown name, and after the stop."""
        if name in self._wakes:
            self._wakes[name].set()

    def stop(self, timeout: float) -> bool:
        """Start nothing new, and wait at most ``timeout`` seconds for what is under way.

        False if something still is. What the end of the process then cuts off is found later, as an
        interrupted attempt.
        """
        self._stopping.set()
        for wake in self._wakes.values():
            wake.set()
        ends_at = time.monotonic() + timeout
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, ends_at - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _run(self, name: str) -> None:
        wake = self._wakes[name]
        trouble = Ongoing(log, began="nothing can be sent", over="sending goes on")
        while wake.wait() and not self._stopping.is_set():
            wake.clear()
            self._pulses[name].beat()
            try:
                self._drain(name)
                trouble.end(endpoint=name)
            except SeedwatchError as error:  # the store's: nothing is sent that it does not know
                trouble.say(error, endpoint=name)
                self._pause(wake)
            except Exception:
                log.exception("worker failed", extra=fields(endpoint=name))
                self._pause(wake)
            finally:
                self._pulses[name].rest()

    def _pause(self, wake: threading.Event) -> None:
        """Give it time to mend, then try again."""
        self._stopping.wait(PAUSE)
        wake.set()

    def _drain(self, name: str) -> None:
        if not self._deliverer.drain(name, stop=self._stopping):
            self._stopping.wait(BUSY_PAUSE)
        self._on_drained(name)
