"""Events of Linux: a subclass of watchdog 7.1's inotify reader. The only module that knows it.

watchdog's own way from its reader to a handler loses events in a burst, delays them to pair
moves, and skips folders that it cannot watch (DESIGN §4.1). So only the reader thread is used,
with the table of watches in it; events are folded into hints in that thread, unqueued and
unpaired. What is leant on is undocumented; ``tests/watch/test_inotify_contract.py`` holds it.
"""

import errno
import logging
import os
import threading
from collections.abc import Callable, Iterable
from typing import Final

from watchdog.observers.inotify_c import (
    CallbackId,
    InotifyConstants,
    InotifyEvent,
    InotifyFD,
    Mask,
    Watch,
    WatchCallback,
    WatchDescriptor,
)

from watcher.beneath import opened_folder, opened_root
from watcher.model.wording import count
from watcher.watch.backend import Hints, explain
from watcher.watch.walk import printable, with_slash

log = logging.getLogger(__name__)

JOIN_SECONDS = 5.0

_COMPLETE: Final = (
    InotifyConstants.IN_CLOSE_WRITE | InotifyConstants.IN_MOVE | InotifyConstants.IN_DELETE
)
_CAME: Final = InotifyConstants.IN_CREATE | InotifyConstants.IN_MOVED_TO
_WENT: Final = InotifyConstants.IN_DELETE | InotifyConstants.IN_MOVED_FROM
_SELF: Final = InotifyConstants.IN_DELETE_SELF | InotifyConstants.IN_MOVE_SELF
# Opened and closed-without-write are left out: our own reading of a seed raises them.
_MASK: Final = Mask(
    _COMPLETE
    | _CAME
    | _SELF
    | InotifyConstants.IN_MODIFY
    | InotifyConstants.IN_ONLYDIR
    | InotifyConstants.IN_DONT_FOLLOW
    | InotifyConstants.IN_EXCL_UNLINK
)
# A path that is too long is left out of walks as well, which say so: no reason to be degraded.
_NOT_WATCHED_ON_PURPOSE: Final = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG)


class InotifyBackend(InotifyFD):
    """One inotify instance and its reader thread, for all roots."""

    def __init__(self, *, stopping: threading.Event, failed: Callable[[], None]) -> None:
        super().__init__()
        self.name = "inotify"
        self._stopping = stopping
        self._failed = failed
        self.start()

    @property
    def alive(self) -> bool:
        return self.is_alive()

    def watch(self, hints: Hints) -> "RootWatches":
        watches = RootWatches(self, hints, self._stopping)
        watches.arm_again()
        return watches

    def shut(self) -> None:
        self.stop()
        self.join(JOIN_SECONDS)

    def run(self) -> None:
        try:
            super().run()
        except Exception:
            log.exception("inotify reader died")
        finally:
            with self._lock:
                self._is_reading = False  # else close() leaves the descriptors to a dead thread

    def handle_event(self, event: InotifyEvent) -> None:
        try:
            super().handle_event(event)
        except Exception:
            log.exception("event not handled")
            self._failed()

    def _add_callback(
        self, path: bytes, mask: Mask, callback: WatchCallback, id_: CallbackId
    ) -> WatchDescriptor:
        # A folder is armed again on purpose; watchdog warns of that with all its watches as text.
        watch = self._get_or_create_watch(path, mask)
        watch.callbacks[id_] = callback
        return watch.wd

    def _get_or_create_watch(self, path: bytes, mask: Mask) -> Watch:
        if self._closed:
            raise OSError(errno.EBADF, "inotify is closed")
        watch = super()._get_or_create_watch(path, mask)
        if watch.wd == -1:  # watchdog takes EACCES for a success
            del self._watch_for_wd[watch.wd]
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return watch


class RootWatches(WatchCallback):
    """The watched folders of one root: one watch each, under the path that it has now."""

    def __init__(self, inotify: InotifyFD, hints: Hints, stopping: threading.Event) -> None:
        self._inotify = inotify
        self._hints = hints
        self._stopping = stopping
        self._id = CallbackId(id(self))
        self._top = with_slash(os.path.realpath(hints.root))
        self._lock = threading.Lock()  # taken before the reader's own, never the other way round
        self._folders: dict[WatchDescriptor, str] = {}
        self._missed = 0
        self._first_missed = ""
        self.lost = False

    @property
    def trouble(self) -> str | None:
        with self._lock:
            if not self._missed:
                return None
            folders = count(self._missed, "folder")
            return f"{folders} cannot be watched; the first is {self._first_missed}"

    def arm_again(self) -> None:
        """Watch the folders there are now, forget the others. Raises OSError if the root fails.

        A watch that is there already is kept: taking it away and adding it again would raise an
        event for each folder, which alone could overflow the queue.
        """
        with self._lock:
            self._missed = 0
            before = set(self._folders)
        self._watch_folder("")
        armed = self._watch_tree("")
        if not self._stopping.is_set():
            self._forget(before - armed)

    def close(self) -> None:
        with self._lock:
            self.lost = True
            folders = set(self._folders)
        self._forget(folders)

    def on_event(self, event: InotifyEvent) -> None:
        with self._lock:
            folder = self._folders.get(event.wd)
        if folder is None or self.lost:
            return
        if event.mask & _SELF:
            if not folder:
                self.lost = True
            return
        path = _join(folder, os.fsdecode(event.name))
        if event.mask & InotifyConstants.IN_ISDIR:
            self._follow(event.mask, path)
        else:
            self._hints.file_touched(
                path, complete=bool(event.mask & _COMPLETE), came=bool(event.mask & _CAME)
            )

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        with self._lock:
            if self._folders.pop(wd, None) == "":
                self.lost = True

    def on_queue_overflow(self) -> None:
        """Events were lost, perhaps of new folders: first watch, then rescan."""
        try:
            self.arm_again()
        except OSError:
            self.lost = True
        self._hints.rescan("overflow")

    def _follow(self, mask: int, path: str) -> None:
        """Handle a folder that came or went."""
        if mask & InotifyConstants.IN_MOVED_FROM:
            self._forget(self._beneath(path))
        if mask & _WENT:
            self._hints.folder_went(path)
        elif self._hints.patterns.wants_directory(path):
            self._watch_tree(path)
            complete = bool(mask & InotifyConstants.IN_MOVED_TO)
            self._hints.folder_came(path, complete=complete)

    def _watch_tree(self, top: str) -> set[WatchDescriptor]:
        """Watch ``top`` and all folders beneath; each is watched first, then listed."""
        armed = set()
        pending = [top]
        while pending and not self._stopping.is_set():
            folder = pending.pop()
            try:
                armed.add(self._watch_folder(folder))
                pending += self._subfolders(folder)
            except OSError as error:
                self._miss(folder, error)
        return armed

    def _watch_folder(self, folder: str) -> WatchDescriptor:
        path = os.fsencode(self._top + folder)
        with self._lock:
            if self.lost:  # closed while the reader was following a new folder
                raise FileNotFoundError(errno.ENOENT, "its root is watched no more")
            wd = self._inotify.add_callback(path, _MASK, self, self._id)
            self._folders[wd] = folder
        return wd

    def _subfolders(self, folder: str) -> list[str]:
        wants = self._hints.patterns.wants_directory_in
        inside = folder and f"{folder}/"
        # By descriptor: a link put in the folder's place would have the tree elsewhere watched.
        with (
            opened_root(self._top) as root,
            opened_folder(root, folder) as handle,
            os.scandir(handle) as entries,
        ):
            return [
                inside + entry.name
                for entry in entries
                if entry.is_dir(follow_symlinks=False) and wants(inside, entry.name)
            ]

    def _miss(self, folder: str, error: OSError) -> None:
        """Count a folder that is there but not watched."""
        if error.errno not in _NOT_WATCHED_ON_PURPOSE:
            with self._lock:
                self._missed += 1
                if self._missed == 1:
                    self._first_missed = f"{printable(folder)}: {explain(error)}"

    def _beneath(self, path: str) -> set[WatchDescriptor]:
        with self._lock:
            return {
                wd
                for wd, folder in self._folders.items()
                if folder == path or folder.startswith(f"{path}/")
            }

    def _forget(self, watches: Iterable[WatchDescriptor]) -> None:
        with self._lock:
            known = [wd for wd in watches if self._folders.pop(wd, None) is not None]
            self._inotify.remove_callbacks([(wd, self._id) for wd in known])


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
