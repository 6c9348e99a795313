"""Has a deliverer do its work in the test's own thread, with a clock that the test drives."""

from collections.abc import Callable
from datetime import datetime, timedelta

from watcher.notify.deliver import Deliverer

PATIENCE = timedelta(seconds=2)
"""Pauses of an endpoint's rate that are passed over: the clock is set on by as much."""


def deliver(
    deliverer: Deliverer,
    clock: Callable[[], datetime],
    go_to: Callable[[datetime], None] | None = None,
) -> list[float]:
    """Send all that is due, and what follows at the endpoints' rates. Returns the pauses.

    ``go_to`` sets the clock; without it, only what is due now is sent.
    """
    deliverer.plan()
    paused: list[float] = []
    while True:
        hands, _ = deliverer.step()
        for hand in hands:
            deliverer.send(hand)
        if hands or not deliverer.is_idle:
            continue
        next_at = deliverer.next_at
        soon = clock() + (PATIENCE if go_to is not None else timedelta(0))
        if next_at is None or next_at > soon or deliverer.stopping.is_set():
            return paused
        paused.append((next_at - clock()).total_seconds())
        if go_to is not None:
            go_to(next_at)
