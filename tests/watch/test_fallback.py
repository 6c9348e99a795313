"""Plain watchdog as the source of events: the same hints, where it does tell."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from watchdog import events

from tests.watch.recorder import Recorder, open_inotify_files
from watcher.config.schema import RootConfig
from watcher.model.seed import SeedPath
from watcher.watch.backend import Hints
from watcher.watch.fallback import HintingHandler, PlainBackend
from watcher.watch.observer import Observer
from watcher.watch.root_watch import WatchState

# watchdog warns in its thread when it watches a folder twice, which it does by itself.
pytestmark = pytest.mark.filterwarnings("ignore:Callback with id:RuntimeWarning")


@pytest.fixture
def observer(root: Path, recorder: Recorder) -> Iterator[Observer]:
    observer = Observer(
        [RootConfig(path=root)],
        dirty=recorder.dirty,
        rescan=recorder.rescan,
        make_backend=PlainBackend,
    )
    observer.start()
    yield observer
    observer.stop()


@pytest.fixture
def handler(root: Path, recorder: Recorder) -> HintingHandler:
    hints = Hints(RootConfig(path=root), dirty=recorder.dirty, rescan=recorder.rescan)
    return HintingHandler(str(root), hints, _unexpected)


def _unexpected() -> None:
    raise AssertionError


@pytest.mark.parametrize(
    ("kind", "source", "target", "marks"),
    [
        (events.FileCreatedEvent, "/a.md", "", [("a.md", False)]),
        (events.FileModifiedEvent, "/sub/a.md", "", [("sub/a.md", False)]),
        (events.FileClosedEvent, "/a.md", "", [("a.md", True)]),
        (events.FileDeletedEvent, "/a.md", "", [("a.md", True)]),
        (events.FileMovedEvent, "/a.md", "/b.md", [("a.md", True), ("b.md", True)]),
        (events.FileMovedEvent, "/a.tmp", "/a.md", [("a.md", True)]),
        (events.FileMovedEvent, "", "/a.md", [("a.md", True)]),
        (events.FileMovedEvent, "/a.md", "", [("a.md", True)]),
        (events.FileCreatedEvent, "/.git/a.md", "", []),
        (events.FileCreatedEvent, "/a.png", "", []),
    ],
)
def test_event_of_a_file_is_a_hint(
    root: Path,
    handler: HintingHandler,
    recorder: Recorder,
    *,
    kind: type[events.FileSystemEvent],
    source: str,
    target: str,
    marks: list[tuple[str, bool]],
) -> None:
    handler.dispatch(kind(source and f"{root}{source}", target and f"{root}{target}"))
    assert recorder.marks == marks
    assert recorder.rescans == []


def test_path_in_bytes_is_decoded(root: Path, handler: HintingHandler, recorder: Recorder) -> None:
    handler.dispatch(events.FileClosedEvent(bytes(root) + b"/caf\xe9.md"))
    assert recorder.marks == [("caf\udce9.md", True)]


def test_folder_that_came_is_walked(
    root: Path, handler: HintingHandler, recorder: Recorder
) -> None:
    (root / "sub/deep").mkdir(parents=True)
    (root / "sub/deep/a.md").touch()
    handler.dispatch(events.DirCreatedEvent(f"{root}/sub"))
    assert recorder.marks == [("sub/deep/a.md", False)]


def test_folder_that_moved_is_walked_where_it_is_and_rescanned_where_it_was(
    root: Path, handler: HintingHandler, recorder: Recorder
) -> None:
    (root / "new").mkdir()
    (root / "new/a.md").touch()
    handler.dispatch(events.DirMovedEvent(f"{root}/old", f"{root}/new"))
    assert recorder.marks == [("new/a.md", True)]
    assert recorder.reasons == ["directory old went"]


def test_folder_that_was_deleted_needs_a_rescan(
    root: Path, handler: HintingHandler, recorder: Recorder
) -> None:
    handler.dispatch(events.DirDeletedEvent(f"{root}/sub"))
    assert recorder.reasons == ["directory sub went"]


def test_handler_never_raises_but_says_that_it_failed(root: Path, recorder: Recorder) -> None:
    def dirty(at: SeedPath, complete: bool) -> None:
        raise RuntimeError("boom")

    failed = threading.Event()
    hints = Hints(RootConfig(path=root), dirty=dirty, rescan=recorder.rescan)
    HintingHandler(str(root), hints, failed.set).dispatch(events.FileClosedEvent(f"{root}/a.md"))
    assert failed.is_set()


def test_write_and_atomic_save_are_seen(root: Path, observer: Observer, recorder: Recorder) -> None:
    assert observer.health()[0].state is WatchState.WATCHING
    (root / "a.md").write_text("x")
    recorder.wait_for_mark("a.md")
    (root / "b.md.tmp").write_text("x")
    (root / "b.md.tmp").rename(root / "b.md")
    recorder.wait_for_mark("b.md")
    assert recorder.marked == {"a.md", "b.md"}


def test_reading_is_not_seen(root: Path, observer: Observer, recorder: Recorder) -> None:
    (root / "a.md").write_text("x")
    recorder.wait_for_mark("a.md")
    recorder.forget()
    (root / "a.md").read_text()
    (root / "end.md").write_text("x")
    recorder.wait_for_mark("end.md")
    assert "a.md" not in recorder.marked


def test_root_deleted_and_made_again_is_watched_again(
    root: Path, observer: Observer, recorder: Recorder
) -> None:
    root.rmdir()
    root.mkdir()

    def is_asked_to_rescan() -> bool:
        observer.check()
        return bool(recorder.rescans)

    recorder.wait_until(is_asked_to_rescan)
    (root / "a.md").write_text("x")
    recorder.wait_for_mark("a.md")


def test_dead_observer_is_replaced(root: Path, observer: Observer, recorder: Recorder) -> None:
    assert observer._backend is not None
    observer._backend.shut()
    observer.check()
    assert recorder.reasons == ["the watch on the root was lost"]
    (root / "a.md").write_text("x")
    recorder.wait_for_mark("a.md")


def test_stopped_observer_leaves_nothing(root: Path) -> None:
    threads, files = set(threading.enumerate()), open_inotify_files()
    observer = Observer(
        [RootConfig(path=root)],
        dirty=lambda *_: _unexpected(),
        rescan=lambda *_: _unexpected(),
        make_backend=PlainBackend,
    )
    observer.start()
    observer.stop()
    observer.stop()
    assert set(threading.enumerate()) == threads
    assert open_inotify_files() == files
