"""What plain watchdog would lose, delay or keep to itself: bursts, overflow, exhausted limits."""

import errno
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.watch.conftest import Watch
from tests.watch.recorder import FakeClock, Recorder, folder_without_privileges
from watcher.config.schema import RootConfig
from watcher.model.seed import SeedPath
from watcher.watch.inotify import InotifyBackend
from watcher.watch.observer import Observer
from watcher.watch.root_watch import WatchState

REPOSITORY = Path(__file__).parent.parent.parent
QUEUE = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())


class SlowRecorder(Recorder):
    """Holds the reader up at the first hint, so that the kernel's queue fills behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.held = threading.Event()
        self.release = threading.Event()

    def dirty(self, at: SeedPath, complete: bool) -> None:
        self.held.set()
        assert self.release.wait(60)
        super().dirty(at, complete)


@contextmanager
def observing(recorder: Recorder, *roots: Path) -> Iterator[Observer]:
    observer = Observer(
        [RootConfig(path=root) for root in roots], dirty=recorder.dirty, rescan=recorder.rescan
    )
    observer.start()
    try:
        yield observer
    finally:
        observer.stop()


def fill_queue(folder: Path) -> None:
    """More events than the kernel keeps: two files are opened and closed in turn."""
    names = (f"{folder}/one.md", f"{folder}/two.md")
    for number in range(QUEUE + 100):
        os.close(os.open(names[number % 2], os.O_CREAT | os.O_WRONLY))


BURST = """
import os, sys
for number in range(10_000):
    os.mknod(f"{sys.argv[1]}/{number}.md")
for number in range(10_000):
    os.rename(f"{sys.argv[1]}/{number}.md", f"{sys.argv[2]}/{number}.md")
"""


def test_burst_of_renames_loses_none_and_needs_no_rescan(
    root: Path, watch: Watch, recorder: Recorder
) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    watch(root)
    subprocess.run([sys.executable, "-c", BURST, outside, root], check=True)
    recorder.wait_until(lambda: len(recorder.marks) >= 10_000)
    assert sorted(recorder.marks) == sorted((f"{number}.md", True) for number in range(10_000))
    assert recorder.rescans == []


def test_burst_of_renames_within_the_root_tells_of_both_names(
    root: Path, watch: Watch, recorder: Recorder
) -> None:
    for number in range(2000):
        (root / f"{number}.txt").touch()
    watch(root)
    for number in range(2000):
        (root / f"{number}.txt").rename(root / f"{number}.md")
    expected = {(f"{number}.{suffix}", True) for number in range(2000) for suffix in ("txt", "md")}
    recorder.wait_until(lambda: len(recorder.marks) >= len(expected))
    assert set(recorder.marks) == expected
    assert recorder.rescans == []


@pytest.mark.skipif(QUEUE > 100_000, reason="the kernel's event queue is too long to be filled")
def test_overflow_leads_to_a_rescan_and_new_folders_are_watched(root: Path) -> None:
    recorder = SlowRecorder()
    (root / "old").mkdir()
    with observing(recorder, root, root / "old") as observer:
        (root / "first.md").touch()
        assert recorder.held.wait(10)
        fill_queue(root)
        (root / "unseen/deep").mkdir(parents=True)
        (root / "old").rename(root / "renamed")
        recorder.release.set()
        recorder.wait_until(lambda: (str(root), "overflow") in recorder.rescans)
        recorder.forget()
        (root / "unseen/deep/a.md").write_text("x")
        (root / "renamed/b.md").write_text("x")
        recorder.wait_for_mark("unseen/deep/a.md")
        recorder.wait_for_mark("renamed/b.md")
        assert observer.alive


@pytest.mark.skipif(QUEUE > 100_000, reason="the kernel's event queue is too long to be filled")
def test_watch_of_a_folder_that_went_in_an_overflow_is_given_back(root: Path) -> None:
    recorder = SlowRecorder()
    (root / "sub").mkdir()
    with observing(recorder, root):
        (root / "first.md").touch()
        assert recorder.held.wait(10)
        fill_queue(root)
        (root / "sub").rename(root.parent / "away")
        recorder.release.set()
        recorder.wait_for_rescan("overflow")
        recorder.forget()
        (root.parent / "away/a.md").write_text("x")
        (root / "end.md").write_text("x")
        recorder.wait_for_mark("end.md")
        assert recorder.marked == {"end.md"}


@pytest.mark.parametrize("case", ["at_start", "later"])
def test_exhausted_watches_degrade_a_root(tmp_path: Path, case: str) -> None:
    """In a user namespace, which has limits of its own: the machine's stay as they are."""
    unshare = shutil.which("unshare")
    enter = [unshare or "unshare", "--user", "--map-root-user"]
    if unshare is None or subprocess.run([*enter, "true"], check=False).returncode:
        pytest.skip("user namespaces are not permitted here")
    command = [*enter, sys.executable, "-m", "tests.watch.exhausted", case, str(tmp_path)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"{case} is well\n"), done.stderr


def test_exhausted_instances_degrade_all_roots_until_there_are_some(
    root: Path, watch: Watch, recorder: Recorder, clock: FakeClock
) -> None:
    with no_more_descriptors():
        observer = watch(root, mode="native")
    health = observer.health()[0]
    assert health.state is WatchState.DEGRADED
    assert "fs.inotify.max_user_instances" in health.detail
    observer.check()
    assert recorder.rescans == []
    clock.now += 5
    observer.check()
    assert recorder.rescans == [(str(root), "degraded")]
    (root / "a.md").write_text("x")
    recorder.wait_for_mark("a.md")


@contextmanager
def no_more_descriptors() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        with pytest.raises(OSError, match=os.strerror(errno.EMFILE)):
            os.pipe()
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_unreadable_folder_degrades_its_root_until_it_can_be_read(
    recorder: Recorder, clock: FakeClock, watch: Watch
) -> None:
    with folder_without_privileges() as root:
        (root / "a").mkdir()
        (root / "shut/deep").mkdir(parents=True)
        (root / "shut").chmod(0o000)
        observer = watch(root)
        health = observer.health()[0]
        assert health.state is WatchState.DEGRADED
        assert health.detail == ("1 folder cannot be watched; the first is shut: Permission denied")
        for _ in range(7):
            observer.check()
            clock.now += 20
        assert recorder.rescans == [(str(root), "degraded")] * 2
        (root / "shut").chmod(0o700)
        clock.now += 60
        observer.check()
        assert observer.health()[0].state is WatchState.WATCHING
        (root / "shut/deep/a.md").write_text("x")
        recorder.wait_for_mark("shut/deep/a.md")
        observer.stop()


def test_unreadable_root_is_missing(watch: Watch) -> None:
    with folder_without_privileges() as root:
        root.chmod(0o000)
        observer = watch(root)
        assert observer.health()[0].state is WatchState.MISSING
        assert observer.health()[0].detail == "Permission denied"
        root.chmod(0o700)
        observer.check()
        assert observer.health()[0].state is WatchState.WATCHING
        observer.stop()


def test_folders_that_come_and_go_while_all_is_armed_again_stay_watched(
    root: Path, watch: Watch, recorder: Recorder
) -> None:
    """Arming again from another thread must not take away a watch that was made meanwhile."""
    observer = watch(root)
    (watches,) = (standing._watched for standing in observer._roots)
    assert watches is not None
    done = threading.Event()

    def arm_again_and_again() -> None:
        while not done.is_set():
            watches.arm_again()

    thread = threading.Thread(target=arm_again_and_again)
    thread.start()
    for number in range(200):
        (root / f"{number}").mkdir()
        (root / f"{number}").rename(root / f"{number}-moved")
    done.set()
    thread.join()
    for number in range(200):
        (root / f"{number}-moved/a.md").write_text("x")
    recorder.wait_until(
        lambda: {(f"{n}-moved/a.md", True) for n in range(200)} <= set(recorder.marks)
    )


def test_descriptors_of_a_reader_that_died_are_closed(root: Path) -> None:
    class Dying(InotifyBackend):
        def read_events(self, *, event_buffer_size: int = 4096) -> list[object]:  # type: ignore[override]
            raise OSError(errno.EIO, "gone")

    backend = Dying(stopping=threading.Event(), failed=lambda: None)
    backend.join(10)
    assert not backend.alive
    backend.shut()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(backend._inotify_fd)


def test_stop_waits_for_no_handler_that_hangs(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watcher.watch.inotify.JOIN_SECONDS", 0.05)
    recorder = SlowRecorder()
    with observing(recorder, root) as observer:
        (root / "a.md").touch()
        assert recorder.held.wait(10)
        start = time.monotonic()
        observer.stop()
        assert time.monotonic() - start < 10
        recorder.release.set()
