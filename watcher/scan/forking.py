"""Whether this process can be forked, and how many helpers that gives."""

import os
import sys
import threading

MOST_HELPERS = 3


def count_helpers() -> int:
    """How many helpers are of use here; none where none can be.

    A process with threads is not forked: a lock that one holds would stay taken in the child.
    """
    if sys.platform != "linux" or not hasattr(os, "memfd_create"):  # old C libraries have it not
        return 0
    if threading.active_count() > 1:
        return 0
    return min(MOST_HELPERS, len(os.sched_getaffinity(0)) - 1)
