"""What the subclass leans on in watchdog's undocumented inotify classes.

When one of these fails after an upgrade, read watchdog's ``observers/inotify_c.py`` again before
touching ``watcher/watch/inotify.py``; where a fault of watchdog went, so can the work-around.
"""

import inspect
import threading
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet
from watchdog.observers.inotify_c import (
    CallbackId,
    InotifyConstants,
    InotifyEvent,
    InotifyFD,
    Mask,
    WatchCallback,
    WatchDescriptor,
)

from tests.watch.recorder import folder_without_privileges, open_inotify_files

MASK = Mask(InotifyConstants.IN_CREATE | InotifyConstants.IN_DELETE_SELF)
ID = CallbackId(1)


class Calls(WatchCallback):
    """Records what the reader calls."""

    def __init__(self) -> None:
        self.events: list[InotifyEvent] = []
        self.deleted: list[WatchDescriptor] = []
        self.overflows = 0
        self.came = threading.Event()

    def on_event(self, event: InotifyEvent) -> None:
        self.events.append(event)
        self.came.set()

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        self.deleted.append(wd)
        self.came.set()

    def on_queue_overflow(self) -> None:
        self.overflows += 1


@pytest.fixture
def calls() -> Calls:
    return Calls()


RANGE = ">=7.1,<7.2"
"""The versions of watchdog whose undocumented classes were read, and are held by this file."""


def test_the_version_is_in_the_range_that_was_read_and_no_other_can_be_installed() -> None:
    assert version("watchdog") in SpecifierSet(RANGE)
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    assert f"watchdog{RANGE}" in project["project"]["dependencies"]


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("run", ["self"]),
        ("close", ["self"]),
        ("handle_event", ["self", "event"]),
        ("add_callback", ["self", "path", "mask", "callback", "id_"]),
        ("remove_callbacks", ["self", "callbacks"]),
        ("_add_callback", ["self", "path", "mask", "callback", "id_"]),
        ("_get_or_create_watch", ["self", "path", "mask"]),
    ],
)
def test_methods_take_what_they_took(name: str, parameters: list[str]) -> None:
    assert list(inspect.signature(getattr(InotifyFD, name)).parameters) == parameters


def test_attributes_are_there() -> None:
    reader = InotifyFD()
    reader.start()
    with reader._lock:
        assert reader._closed is False
        assert reader._watch_for_wd == {}
    assert isinstance(reader._is_reading, bool)
    reader.stop()
    reader.join(10)
    assert reader._closed is True


def test_adding_goes_through_the_two_methods_that_are_replaced(root: Path, calls: Calls) -> None:
    passed = []

    class Subclass(InotifyFD):
        def _add_callback(
            self, path: bytes, mask: Mask, callback: WatchCallback, id_: CallbackId
        ) -> WatchDescriptor:
            assert self._lock.locked()
            watch = self._get_or_create_watch(path, mask)
            watch.callbacks[id_] = callback
            passed.append(watch.wd)
            return watch.wd

    reader = Subclass()
    reader.start()
    wd = reader.add_callback(bytes(root), MASK, calls, ID)
    assert passed == [wd]
    (root / "a.md").touch()
    assert calls.came.wait(10)
    assert [(event.wd, event.name) for event in calls.events] == [(wd, b"a.md")]
    reader.stop()
    reader.join(10)


def test_adding_a_folder_twice_gives_the_same_descriptor_and_a_warning(
    root: Path, calls: Calls
) -> None:
    reader = InotifyFD()
    reader.start()
    wd = reader.add_callback(bytes(root), MASK, calls, ID)
    with pytest.warns(RuntimeWarning, match="already exists"):
        assert reader.add_callback(bytes(root), MASK, calls, ID) == wd
    reader.stop()
    reader.join(10)


def test_unreadable_folder_is_taken_for_watched(calls: Calls) -> None:
    """The fault that ``_get_or_create_watch`` is replaced for."""
    with folder_without_privileges() as folder:
        (folder / "shut").mkdir(mode=0o000)
        reader = InotifyFD()
        reader.start()
        assert reader.add_callback(bytes(folder / "shut"), MASK, calls, ID) == -1
        with reader._lock:
            reader._watch_for_wd.clear()
        reader.stop()
        reader.join(10)


def test_deleted_folder_and_closed_reader_tell_of_their_watches(root: Path, calls: Calls) -> None:
    (root / "sub").mkdir()
    reader = InotifyFD()
    reader.start()
    sub = reader.add_callback(bytes(root / "sub"), Mask(InotifyConstants.IN_CREATE), calls, ID)
    top = reader.add_callback(bytes(root), Mask(InotifyConstants.IN_DELETE_SELF), calls, ID)
    (root / "sub").rmdir()
    assert calls.came.wait(10)
    assert calls.deleted == [sub]
    reader.stop()
    reader.join(10)
    assert calls.deleted == [sub, top]


def test_removed_watch_tells_nothing_more(root: Path, calls: Calls) -> None:
    reader = InotifyFD()
    reader.start()
    wd = reader.add_callback(bytes(root), MASK, calls, ID)
    reader.remove_callbacks([(wd, ID)])
    reader.remove_callbacks([(wd, ID)])  # one that is not there is no error
    (root / "a.md").touch()
    reader.stop()
    reader.join(10)
    assert calls.events == []


def test_overflow_is_told_once_to_each_callback(root: Path, calls: Calls) -> None:
    (root / "sub").mkdir()
    reader = InotifyFD()
    reader.start()
    for folder in (root, root / "sub"):
        reader.add_callback(bytes(folder), MASK, calls, ID)
    overflow = InotifyEvent(WatchDescriptor(-1), InotifyConstants.IN_Q_OVERFLOW, 0, b"")
    reader.handle_event(overflow)
    assert calls.overflows == 1
    reader.stop()
    reader.join(10)


def test_callbacks_run_without_the_readers_lock(root: Path) -> None:
    class Adding(Calls):
        def on_event(self, event: InotifyEvent) -> None:
            assert reader._lock.acquire(timeout=10)
            reader._lock.release()
            super().on_event(event)

    calls = Adding()
    reader = InotifyFD()
    reader.start()
    reader.add_callback(bytes(root), MASK, calls, ID)
    (root / "a.md").touch()
    assert calls.came.wait(10)
    reader.stop()
    reader.join(10)


def test_stopped_reader_leaves_no_descriptor() -> None:
    before = open_inotify_files()
    for _ in range(5):
        reader = InotifyFD()
        reader.start()
        reader.stop()
        reader.join(10)
        assert not reader.is_alive()
    assert open_inotify_files() == before
