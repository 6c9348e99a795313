"""The threads of delivery: one dispatcher, and as many senders as there is to wait for.

A sender waits for one endpoint's answers. There are a few more than hang at the moment, so one
endpoint's trouble delays no other; and there is a limit, so that thousands of endpoints need no
thousands of threads.
"""

import logging
import queue
import threading

from watcher.errors import SeedwatchError
from watcher.liveness import Pulse
from watcher.log import Ongoing, fields
from watcher.notify.deliver import EXTEND_EVERY, SLOW, Deliverer
from watcher.notify.sending import Hand

PAUSE = 5.0
"""Seconds before trying again after an error that is not an endpoint's."""

SENDERS = 4
"""So many are not waiting for a slow answer: more would only compete for the interpreter."""

MOST_SENDERS = 256
OVERDUE = 60.0
"""Seconds beyond its endpoint's timeout after which an attempt hangs, and so does the loop."""

log = logging.getLogger(__name__)


class Workers:
    """Runs a deliverer. ``pulse`` beats while its dispatcher gets on, and no attempt hangs.

    ``error`` is what keeps it from sending at the moment: the store's trouble.
    """

    def __init__(self, deliverer: Deliverer) -> None:
        self._deliverer = deliverer
        self.pulse = Pulse("deliveries", longest=2 * EXTEND_EVERY.total_seconds())
        self.error: Exception | None = None
        self._senders = Senders(deliverer)
        self._dispatcher = threading.Thread(target=self._run, name="deliveries", daemon=True)
        self._trouble = Ongoing(log, began="nothing can be sent", over="sending goes on")

    @property
    def fault(self) -> Exception | None:
        """The first unexpected error of a sender; its endpoint is tried again."""
        return self._senders.fault

    def start(self) -> None:
        self._dispatcher.start()

    def stop(self, timeout: float) -> bool:
        """Start nothing new, and wait at most ``timeout`` seconds for running attempts.

        False if something still is. What the end of the process then cuts off is found later, as an
        interrupted attempt.
        """
        self._deliverer.stop()
        if self._dispatcher.is_alive():
            self._dispatcher.join(timeout)
        return not self._dispatcher.is_alive()

    def _run(self) -> None:
        deliverer = self._deliverer
        while deliverer.is_at_work or not deliverer.stopping.is_set():
            self._beat()
            try:
                hands, wait = deliverer.step()
                self._trouble.end()
                self.error = None
            except SeedwatchError as error:  # the store's: nothing is sent that it does not know
                self._trouble.say(error)
                hands, wait = self._pause(error)
            except Exception as error:
                log.exception("dispatcher failed")
                hands, wait = self._pause(error)
            for hand in hands:
                self._senders.submit(hand)
            wait = self._senders.grow(wait)
            if not deliverer.is_at_work:
                self.pulse.rest()
            if wait != 0.0:
                deliverer.woken.wait(wait)
        self._senders.stop()
        self.pulse.rest()

    def _pause(self, error: Exception) -> tuple[list[Hand], float]:
        """Give it time to mend, then try again. A stop waits no longer than that."""
        self.error = error
        self.pulse.rest()
        if self._deliverer.stopping.is_set():
            raise SystemExit  # what is not recorded is found as interrupted at the next start
        self._deliverer.stopping.wait(PAUSE)
        return [], 0.0

    def _beat(self) -> None:
        """Beat, unless an attempt hangs: then the loop must count as stuck."""
        late = self._deliverer.latest_attempt
        if late is None or late[1].total_seconds() < OVERDUE:
            self.pulse.beat()
        else:
            log.error("attempt hangs", extra=fields(endpoint=late[0]))
            self.pulse.at_work = True


class Senders:
    """A pool of threads that grows by as many as wait for slow answers."""

    def __init__(self, deliverer: Deliverer) -> None:
        self._deliverer = deliverer
        self._queue: queue.SimpleQueue[Hand | None] = queue.SimpleQueue()
        self._busy: dict[int, Hand] = {}
        self._threads = 0
        self.fault: Exception | None = None

    def submit(self, hand: Hand) -> None:
        self._queue.put(hand)
        if self._threads < SENDERS and self._threads <= len(self._busy) + self._queue.qsize() - 1:
            self._add()

    def grow(self, wait: float | None) -> float | None:
        """Add a thread for each one that waits for a slow answer, if hands wait in the queue.

        Returns how long the dispatcher may wait, given what it would: no longer than that takes.
        """
        if not self._queue.qsize():
            return wait
        slow = sum(self._deliverer.is_slow(hand) for hand in list(self._busy.values()))
        while self._threads < min(SENDERS + slow, MOST_SENDERS):
            self._add()
        seconds = SLOW.total_seconds()
        return seconds if wait is None else min(wait, seconds)

    def stop(self) -> None:
        for _ in range(self._threads):
            self._queue.put(None)

    def _add(self) -> None:
        self._threads += 1
        name = f"sender-{self._threads}"
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def _run(self) -> None:
        me = threading.get_ident()
        while (hand := self._queue.get()) is not None:
            self._busy[me] = hand
            try:
                self._deliverer.send(hand)
            except Exception as error:
                self.fault = self.fault or error
                log.exception("sender failed", extra=fields(endpoint=hand.endpoint.name))
                self._deliverer.give_up(hand)
            finally:
                del self._busy[me]
