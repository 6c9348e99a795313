"""Makes glibc return memory: one arena instead of one for each thread, and no free pages kept.

Python's threads take turns anyway. With glibc's default, up to eight arenas a processor, memory
grew by half over thirty reloads under load, because a reload starts all threads anew.
"""

import ctypes
from contextlib import suppress

_M_ARENA_MAX = -8  # malloc.h


def limit_arenas() -> None:
    """Call this before any thread is started. Does nothing without glibc."""
    with suppress(AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def give_back() -> None:
    """Return free pages to the system. Does nothing without glibc."""
    with suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
