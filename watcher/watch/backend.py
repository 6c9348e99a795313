"""What the observer needs of a source of events: inotify's, or plain watchdog's."""

import errno
import threading
from collections.abc import Callable
from typing import Protocol

from watcher.watch.hints import Hints


class Watched(Protocol):
    """One root under watch. For any threads."""

    @property
    def lost(self) -> bool:
        """Whether the root's own folder was moved, deleted or unmounted: no more events come."""

    @property
    def trouble(self) -> str | None:
        """In words, which folders are not watched and why; None if all are."""

    def arm_again(self) -> None:
        """Try once more to watch every folder; raises OSError if not even the root can be."""

    def close(self) -> None:
        """No more events of this root."""


class Backend(Protocol):
    """A source of events. A thread of it calls :class:`Hints`."""

    @property
    def alive(self) -> bool:
        """Whether its threads run."""

    def watch(self, hints: Hints) -> Watched:
        """Watch a root; raises OSError if the root's own folder cannot be."""

    def shut(self) -> None:
        """Stop and join its threads, in bounded time."""


class MakeBackend(Protocol):
    """Starts a backend; raises OSError if the system has no more to give.

    ``failed`` is called, in place of an exception that would kill a thread, for an event that
    could not be handled. Nothing long goes on once ``stopping`` is set.
    """

    def __call__(self, *, stopping: threading.Event, failed: Callable[[], None]) -> Backend: ...


def explain(error: OSError) -> str:
    """Why something cannot be watched, and what to do about it."""
    match error.errno:
        case errno.ENOSPC:
            return "no inotify watches are left; raise the sysctl fs.inotify.max_user_watches"
        case errno.EMFILE:
            return "no inotify instances are left; raise the sysctl fs.inotify.max_user_instances"
        case _:
            return error.strerror or str(error)
