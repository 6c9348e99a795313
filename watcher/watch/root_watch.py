"""The state of one watched root (watched, polled, degraded or missing) and how it changes."""

import errno
import logging
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from watcher.log import fields
from watcher.watch.backend import Backend, Hints, Watched, explain
from watcher.watch.walk import root_identity

log = logging.getLogger(__name__)

POLL_SECONDS = 5.0
DEGRADED_SECONDS = 60.0

_EXHAUSTED = (errno.ENOSPC, errno.EMFILE, errno.ENFILE, errno.ENOMEM)
_MOUNTINFO = Path("/proc/self/mountinfo")


class WatchState(StrEnum):
    """``degraded``: not all of it is watched, so it is rescanned often. ``missing``: not there."""

    WATCHING = "watching"
    POLLING = "polling"
    DEGRADED = "degraded"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class RootHealth:
    """The state of a root; ``detail`` says why, in words, for people."""

    root: str
    state: WatchState
    detail: str


class StandingRoot:
    """One root under supervision. Not for several threads, but for :meth:`health`.

    ``get_backend`` gives the source of events, and raises OSError if there can be none.
    """

    def __init__(self, hints: Hints, *, clock: Callable[[], float]) -> None:
        self.path = hints.root
        self._hints = hints
        self._clock = clock
        self._watched: Watched | None = None
        self._identity: tuple[int, int] | None = None
        self._stand = (WatchState.MISSING, "not watched yet")
        self._logged: WatchState | None = None
        self._next_at = 0.0  # when a polled or degraded root is rescanned next

    def arm(self, get_backend: Callable[[], Backend]) -> None:
        """Watch the folder that is at the root's path now, whatever was watched before."""
        self._disarm()
        self._next_at = self._clock() + POLL_SECONDS
        try:
            self._identity = root_identity(self.path)  # before it is watched: see check
            self._stand = self._watch(get_backend)
        except OSError as error:
            exhausted = error.errno in _EXHAUSTED
            state = WatchState.DEGRADED if exhausted else WatchState.MISSING
            self._stand = (state, explain(error))
        self._log_standing()

    def check(self, get_backend: Callable[[], Backend]) -> str | None:
        """Repair what went wrong. Returns the reason for a rescan, if one is needed."""
        reason = self._why_arm_again()
        if reason is not None:
            self.arm(get_backend)
            return None if self._stand[0] is WatchState.MISSING else reason
        state = self.health().state
        self._log_standing()
        if state not in (WatchState.POLLING, WatchState.DEGRADED) or self._clock() < self._next_at:
            return None
        if state is WatchState.DEGRADED:
            self._mend(get_backend)
        self._next_at = self._clock() + (
            POLL_SECONDS if state is WatchState.POLLING else DEGRADED_SECONDS
        )
        return state.value

    def health(self) -> RootHealth:
        """The state of the root now; for any thread."""
        state, detail = self._stand
        watched = self._watched
        trouble = watched.trouble if watched is not None else None
        if trouble is not None:
            state, detail = WatchState.DEGRADED, trouble
        return RootHealth(root=self.path, state=state, detail=detail)

    def _watch(self, get_backend: Callable[[], Backend]) -> tuple[WatchState, str]:
        if self._is_polled():
            return WatchState.POLLING, f"rescanned every {POLL_SECONDS:g} s"
        self._watched = get_backend().watch(self._hints)
        return WatchState.WATCHING, "events arrive as they happen"

    def _is_polled(self) -> bool:
        mode = self._hints.config.mode
        return mode == "polling" or (mode == "auto" and _is_silent(self.path))

    def _why_arm_again(self) -> str | None:
        """Return why the root must be watched anew, or None if it is the folder that is watched.

        An inode alone would not do: ext4 gives that of a deleted folder to the next one made.
        """
        try:
            identity = root_identity(self.path)
        except OSError:
            return "the root went"
        if self._stand[0] is WatchState.MISSING:
            return "the root came back"
        if identity != self._identity:
            return "the root was replaced"
        if self._watched is not None and self._watched.lost:
            return "the watch on the root was lost"
        return None

    def _mend(self, get_backend: Callable[[], Backend]) -> None:
        if self._watched is None:
            self.arm(get_backend)
            return
        try:
            self._watched.arm_again()
        except OSError:
            self.arm(get_backend)
        self._log_standing()

    def _disarm(self) -> None:
        if self._watched is not None:
            self._watched.close()
            self._watched = None

    def _log_standing(self) -> None:
        health = self.health()
        if health.state is self._logged:
            return
        self._logged = health.state
        bad = health.state in (WatchState.DEGRADED, WatchState.MISSING)
        level = logging.WARNING if bad else logging.INFO
        extra = fields(root=health.root, state=health.state, detail=health.detail)
        log.log(level, "root state", extra=extra)


def _is_silent(path: str) -> bool:
    """True if the file system at ``path`` raises no events for changes made by other machines."""
    try:
        mountinfo = os.fsdecode(_MOUNTINFO.read_bytes())
    except OSError:
        return False  # no Linux
    return needs_polling(os.path.realpath(path), mountinfo)


# Changes made by another client, or by the host of a virtual machine, raise no event here.
_SILENT = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "virtiofs", "vboxsf", "ceph", "afs", "fuse"}
)
_ESCAPE = re.compile(r"\\([0-7]{3})")


def needs_polling(path: str, mountinfo: str) -> bool:
    """True if the real ``path`` is on NFS, CIFS, FUSE, 9p or the like.

    ``mountinfo`` is the text of ``/proc/self/mountinfo`` (proc_pid_mountinfo(5)).
    """
    kind = filesystem_type(path, mountinfo) or ""
    return kind in _SILENT or kind.startswith("fuse.")


def filesystem_type(path: str, mountinfo: str) -> str | None:
    """The type of the file system that holds the real ``path``; None if no mount does.

    Of several mounts on one point the last one is on top.
    """
    best, kind = "", None
    for line in mountinfo.splitlines():
        mount, _, source = line.partition(" - ")
        columns = mount.split(" ")
        if not source or len(columns) < 5:  # noqa: PLR2004 - the fifth field is the mount point
            continue
        point = _unescape(columns[4])
        if len(point) >= len(best) and _holds(point, path):
            best, kind = point, source.split(" ")[0]
    return kind


def _holds(point: str, path: str) -> bool:
    return path == point or path.startswith(point.rstrip("/") + "/")


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda octal: chr(int(octal[1], 8)), text)
