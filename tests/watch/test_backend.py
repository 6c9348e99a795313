import shutil
from pathlib import Path

import pytest

from tests.watch.recorder import Recorder
from watcher.config.schema import RootConfig
from watcher.watch.backend import Hints


@pytest.fixture
def hints(root: Path, recorder: Recorder) -> Hints:
    return Hints(RootConfig(path=root), dirty=recorder.dirty, rescan=recorder.rescan)


def test_touched_file_is_marked_if_it_is_wanted(hints: Hints, recorder: Recorder) -> None:
    hints.file_touched("sub/a.md", complete=False)
    hints.file_touched("sub/a.png", complete=True)
    hints.file_touched(".git/a.md", complete=True)
    assert recorder.marks == [("sub/a.md", False)]


def test_folder_that_came_marks_itself_if_it_is_named_like_a_seed(
    root: Path, hints: Hints, recorder: Recorder
) -> None:
    (root / "x.md").mkdir()
    (root / "x.md/a.md").touch()
    hints.folder_came("x.md", complete=True)
    assert recorder.marks == [("x.md", True), ("x.md/a.md", True)]


def test_folder_that_is_not_wanted_is_not_walked(
    root: Path, hints: Hints, recorder: Recorder
) -> None:
    (root / ".git").mkdir()
    (root / ".git/a.md").touch()
    hints.folder_came(".git", complete=True)
    hints.folder_went(".git")
    assert recorder.marks == []
    assert recorder.rescans == []


def test_folder_that_went_at_once_and_root_that_went_are_no_error(
    root: Path, hints: Hints, recorder: Recorder
) -> None:
    hints.folder_came("sub", complete=False)
    shutil.rmtree(root)
    hints.folder_came("sub", complete=False)
    assert recorder.marks == []


def test_reason_to_rescan_can_be_printed(hints: Hints, root: Path, recorder: Recorder) -> None:
    hints.folder_went("caf\udce9")
    assert recorder.rescans == [(str(root), "directory caf\\udce9 went")]
