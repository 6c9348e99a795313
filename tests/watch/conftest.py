"""Fixtures of the watch tests: an observer that is always stopped again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.watch.recorder import FakeClock, Recorder
from watcher.config.schema import RootConfig
from watcher.watch.observer import Observer


class Watch(Protocol):
    def __call__(self, *roots: Path, **changed: Any) -> Observer: ...


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


@pytest.fixture
def watch(recorder: Recorder, clock: FakeClock) -> Iterator[Watch]:
    """Start an observer of these roots; keywords are of the roots' config."""
    observers: list[Observer] = []

    def start(*roots: Path, **changed: Any) -> Observer:
        observer = Observer(
            [RootConfig(path=root, **changed) for root in roots],
            dirty=recorder.dirty,
            rescan=recorder.rescan,
            clock=clock,
        )
        observers.append(observer)
        observer.start()
        return observer

    yield start
    for observer in observers:
        observer.stop()
