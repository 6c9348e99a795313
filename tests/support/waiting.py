"""The one way in which tests wait: for a condition, with a deadline."""

import time
from collections.abc import Callable
from typing import Any

DEADLINE = 30.0
"""Seconds: long enough for a machine that does something else, too."""
PAUSE = 0.005


def wait_until(
    condition: Callable[[], Any], what: str | Callable[[], str], timeout: float = DEADLINE
) -> Any:
    """The condition's value as soon as it is true; fails, saying ``what``, after ``timeout`` s."""
    ends_at = time.monotonic() + timeout
    while not (value := condition()):
        if time.monotonic() >= ends_at:
            raise AssertionError(
                f"waited {timeout} s for {what if isinstance(what, str) else what()}"
            )
        time.sleep(PAUSE)
    return value
