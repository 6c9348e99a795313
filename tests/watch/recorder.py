"""What the watch tests share: somebody to tell, a clock to turn, rights to give up."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.waiting import wait_until
from watcher.model.seed import SeedPath

NOBODY = 65534


class FakeClock:
    """A monotonic clock that moves when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Recorder:
    """Takes hints from any thread and waits for the one that a test is about."""

    def __init__(self) -> None:
        self.marks: list[tuple[str, bool]] = []
        self.rescans: list[tuple[str, str]] = []

    def dirty(self, at: SeedPath, complete: bool) -> None:
        self.marks.append((at.path, complete))

    def rescan(self, root: str, reason: str) -> None:
        self.rescans.append((root, reason))

    def wait_until(self, condition: Callable[[], bool]) -> None:
        wait_until(condition, lambda: f"more than {self.marks[-20:]}, {self.rescans[-20:]}")

    def wait_for_mark(self, path: str, *, complete: bool = True) -> None:
        self.wait_until(lambda: (path, complete) in self.marks)

    def wait_for_rescan(self, part: str) -> None:
        self.wait_until(lambda: any(part in reason for _, reason in self.rescans))

    def forget(self) -> None:
        self.marks.clear()
        self.rescans.clear()

    @property
    def marked(self) -> set[str]:
        return {path for path, _ in self.marks}

    @property
    def reasons(self) -> list[str]:
        return [reason for _, reason in self.rescans]


def open_files() -> int:
    """How many descriptors this process holds."""
    return len(list(Path("/proc/self/fd").iterdir()))


def open_inotify_files() -> int:
    """How many of them are inotify's: others come and go with threads of other tests."""
    links = []
    for path in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            links.append(str(path.readlink()))
    return links.count("anon_inode:inotify")


@contextmanager
def folder_without_privileges() -> Iterator[Path]:
    """A folder of one's own, and nobody's rights, so that file modes count for root too."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        if os.geteuid() != 0:
            yield folder
            return
        os.chown(folder, NOBODY, NOBODY)
        os.seteuid(NOBODY)
        try:
            yield folder
        finally:
            os.seteuid(0)
