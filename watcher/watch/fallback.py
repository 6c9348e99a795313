"""Events where there is no inotify: plain watchdog, and rescans for what it loses.

Plain watchdog does not report what it loses, such as a queue overflow or a folder that cannot be
watched; the next rescan finds it. A root that went or was replaced is noticed.
"""

import logging
import os
import threading
from collections.abc import Callable

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

from watcher.watch.backend import Hints
from watcher.watch.walk import with_slash

log = logging.getLogger(__name__)

JOIN_SECONDS = 5.0

# Moves are in it, or atomic saves would go unseen; opened is not, or our reading would be seen.
_EVENTS: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileModifiedEvent,
    FileClosedEvent,
    FileMovedEvent,
    FileDeletedEvent,
    DirCreatedEvent,
    DirMovedEvent,
    DirDeletedEvent,
]


class PlainBackend:
    """watchdog's observer for this platform, for all roots."""

    def __init__(self, *, stopping: threading.Event, failed: Callable[[], None]) -> None:
        self._stopping = stopping
        self._failed = failed
        self._observer = Observer()
        self._observer.start()

    @property
    def alive(self) -> bool:
        return self._observer.is_alive()

    def watch(self, hints: Hints) -> "PlainWatch":
        top = os.path.realpath(hints.root)
        handler = HintingHandler(top, hints, self._failed)
        watch = self._observer.schedule(handler, top, recursive=True, event_filter=_EVENTS)
        return PlainWatch(self._observer, watch)

    def shut(self) -> None:
        self._observer.stop()
        self._observer.join(JOIN_SECONDS)


class PlainWatch:
    """One watched root. watchdog does not report which folders it could not watch."""

    trouble = None

    def __init__(self, observer: BaseObserver, watch: ObservedWatch) -> None:
        self._observer = observer
        self._watch = watch

    @property
    def lost(self) -> bool:
        emitters = tuple(self._observer.emitters)
        return not any(e.watch == self._watch and e.is_alive() for e in emitters)

    def arm_again(self) -> None:
        """Do nothing: no trouble is ever known here."""

    def close(self) -> None:
        try:
            self._observer.unschedule(self._watch)
        except KeyError:
            return  # closed before, or the observer was shut


class HintingHandler(FileSystemEventHandler):
    """Turns watchdog's events below ``top`` into hints."""

    def __init__(self, top: str, hints: Hints, failed: Callable[[], None]) -> None:
        self._top = with_slash(top)
        self._hints = hints
        self._failed = failed

    def dispatch(self, event: FileSystemEvent) -> None:
        try:
            self._hint(event)
        except Exception:
            log.exception("event not handled")
            self._failed()

    def _hint(self, event: FileSystemEvent) -> None:
        source, target = self._relative(event.src_path), self._relative(event.dest_path)
        match event:
            case DirCreatedEvent():
                self._hints.folder_came(source, complete=False)
            case DirMovedEvent():
                self._hints.folder_went(source)
                self._hints.folder_came(target, complete=True)
            case DirDeletedEvent():
                self._hints.folder_went(source)
            case _:
                quiet = isinstance(event, FileClosedEvent | FileDeletedEvent | FileMovedEvent)
                came = isinstance(event, FileCreatedEvent | FileMovedEvent)
                for path in filter(None, (source, target)):
                    self._hints.file_touched(path, complete=quiet, came=came)

    def _relative(self, path: bytes | str) -> str:
        """``path`` below the root; empty for the root itself, and for none."""
        return os.fsdecode(path).removeprefix(self._top.removesuffix("/")).removeprefix("/")
