"""Run in a user namespace by test_inotify: what becomes of roots when no watches are left."""

import sys
from collections.abc import Callable
from pathlib import Path

from tests.watch.recorder import FakeClock, Recorder
from watcher.config.schema import RootConfig
from watcher.watch.observer import Observer
from watcher.watch.root_watch import WatchState

LIMIT = Path("/proc/sys/user/max_inotify_watches")
REASON = "no inotify watches are left; raise the sysctl fs.inotify.max_user_watches"


def at_start(large: Path, small: Path, recorder: Recorder, clock: FakeClock) -> Observer:
    """One folder of the first root and all of the second stay unwatched until there are watches."""
    for name in "abc":
        (large / name).mkdir()
    LIMIT.write_text("3")
    observer = _start([large, small], recorder, clock)
    first, second = observer.health()
    assert first.state is second.state is WatchState.DEGRADED
    assert first.detail.startswith("1 folder cannot be watched; the first is "), first.detail
    assert first.detail.endswith(REASON), first.detail
    assert second.detail == REASON
    LIMIT.write_text("1000")
    clock.now += 60
    observer.check()
    assert recorder.rescans == [(str(large), "degraded"), (str(small), "degraded")]
    assert {health.state for health in observer.health()} == {WatchState.WATCHING}
    for path in (large / "a/1.md", large / "b/1.md", large / "c/1.md", small / "1.md"):
        path.write_text("x")
    recorder.wait_until(lambda: {"a/1.md", "b/1.md", "c/1.md", "1.md"} <= recorder.marked)
    return observer


def later(large: Path, small: Path, recorder: Recorder, clock: FakeClock) -> Observer:
    """The files that a folder brings are told although the folders they are in stay unwatched."""
    paths = {f"new/{name}/1.md" for name in "abc"}
    for path in paths:
        (small.parent / path).parent.mkdir(parents=True)
        (small.parent / path).touch()
    LIMIT.write_text("3")
    observer = _start([small, large], recorder, clock)
    (small.parent / "new").rename(small / "new")
    recorder.wait_until(lambda: paths <= recorder.marked)
    first, second = observer.health()
    assert first.state is WatchState.DEGRADED
    assert first.detail.startswith("3 folders cannot be watched; the first is new/"), first.detail
    assert first.detail.endswith(REASON), first.detail
    assert second.state is WatchState.WATCHING
    clock.now += 5
    observer.check()
    observer.check()
    assert recorder.rescans == [(str(small), "degraded")]
    return observer


def _start(roots: list[Path], recorder: Recorder, clock: FakeClock) -> Observer:
    observer = Observer(
        [RootConfig(path=root) for root in roots],
        dirty=recorder.dirty,
        rescan=recorder.rescan,
        clock=clock,
    )
    observer.start()
    return observer


Case = Callable[[Path, Path, Recorder, FakeClock], Observer]
CASES: dict[str, Case] = {"at_start": at_start, "later": later}

if __name__ == "__main__":
    case, folder = sys.argv[1:]
    large, small = Path(folder) / "large", Path(folder) / "small"
    large.mkdir()
    small.mkdir()
    CASES[case](large, small, Recorder(), FakeClock()).stop()
    print(f"{case} is well")
