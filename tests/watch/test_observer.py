"""What the observer tells of real files, and how it keeps standing."""

import os
import shutil
import threading
from pathlib import Path

import pytest

from tests.support.exchange import exchange
from tests.watch.conftest import Watch
from tests.watch.recorder import FakeClock, Recorder, open_inotify_files
from watcher.config.schema import RootConfig
from watcher.model.seed import SeedPath
from watcher.watch.observer import Observer
from watcher.watch.root_watch import WatchState


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    return folder


def is_alive(observer: Observer) -> bool:
    return observer.alive


def state_of(observer: Observer) -> WatchState:
    return observer.health()[0].state


# ---------------------------------------------------------------- each kind of event


def test_plain_write_is_complete_once_closed(root: Path, watch: Watch, recorder: Recorder) -> None:
    watch(root)
    (root / "a.md").write_text("x")
    recorder.wait_for_mark("a.md")
    assert recorder.marked == {"a.md"}


def test_slow_writer_is_incomplete_until_it_closes(
    root: Path, watch: Watch, recorder: Recorder
) -> None:
    watch(root)
    with (root / "a.md").open("w") as file:
        recorder.wait_for_mark("a.md", complete=False)
        recorder.forget()
        file.write("x")
        file.flush()
        recorder.wait_for_mark("a.md", complete=False)
        assert ("a.md", True) not in recorder.marks
    recorder.wait_for_mark("a.md")


def test_atomic_save_tells_of_the_destination(root: Path, watch: Watch, recorder: Recorder) -> None:
    watch(root)
    (root / "a.md.tmp").write_text("x")
    (root / "a.md.tmp").rename(root / "a.md")
    recorder.wait_for_mark("a.md")
    assert recorder.marked == {"a.md"}


def test_rename_tells_of_both_names(root: Path, watch: Watch, recorder: Recorder) -> None:
    (root / "a.md").write_text("x")
    watch(root)
    (root / "a.md").rename(root / "b.md")
    recorder.wait_for_mark("a.md")
    recorder.wait_for_mark("b.md")


def test_move_from_outside_is_seen(
    root: Path, outside: Path, watch: Watch, recorder: Recorder
) -> None:
    (outside / "a.md").write_text("x")
    watch(root)
    (outside / "a.md").rename(root / "a.md")
    recorder.wait_until(lambda: "a.md" in recorder.marked)


def test_move_out_is_seen(root: Path, outside: Path, watch: Watch, recorder: Recorder) -> None:
    (root / "a.md").write_text("x")
    watch(root)
    (root / "a.md").rename(outside / "a.md")
    recorder.wait_for_mark("a.md")


def test_deletion_is_seen(root: Path, watch: Watch, recorder: Recorder) -> None:
    (root / "a.md").write_text("x")
    watch(root)
    (root / "a.md").unlink()
    recorder.wait_for_mark("a.md")


def test_hard_link_is_seen(root: Path, outside: Path, watch: Watch, recorder: Recorder) -> None:
    (outside / "a.md").write_text("x")
    watch(root)
    (root / "a.md").hardlink_to(outside / "a.md")
    recorder.wait_for_mark("a.md", complete=False)


def test_reading_is_not_seen(root: Path, watch: Watch, recorder: Recorder) -> None:
    (root / "a.md").write_text("x")
    watch(root)
    for _ in range(10):
        (root / "a.md").read_text()
    (root / "end.md").write_text("x")
    recorder.wait_for_mark("end.md")
    assert recorder.marked == {"end.md"}


def test_name_that_is_no_utf8_is_seen(root: Path, watch: Watch, recorder: Recorder) -> None:
    watch(root)
    name = os.fsdecode(b"caf\xe9.md")
    (root / name).write_text("x")
    recorder.wait_for_mark(name)


def test_what_the_patterns_do_not_want_is_not_told(
    root: Path, watch: Watch, recorder: Recorder
) -> None:
    (root / ".git").mkdir()
    watch(root, exclude=[".*", "drafts/*"])
    (root / "drafts").mkdir()
    for name in (".git/a.md", ".a.md", "a.png", "drafts/a.md"):
        (root / name).write_text("x")
    shutil.rmtree(root / ".git")
    (root / "end.md").write_text("x")
    recorder.wait_for_mark("end.md")
    assert recorder.marked == {"end.md"}
    assert recorder.rescans == []


# ---------------------------------------------------------------- folders


def test_file_in_a_folder_made_at_that_moment_is_seen(
    root: Path, watch: Watch, recorder: Recorder
) -> None:
    watch(root)
    paths = [f"{number}/deep/{number}.md" for number in range(50)]
    for path in paths:
        (root / path).parent.mkdir(parents=True)
        (root / path).write_text("x")
    recorder.wait_until(lambda: recorder.marked >= set(paths))


def test_writes_into_a_new_folder_are_seen(root: Path, watch: Watch, recorder: Recorder) -> None:
    watch(root)
    (root / "new").mkdir()
    (root / "new/a.md").write_text("x")
    recorder.wait_until(lambda: "new/a.md" in recorder.marked)
    recorder.forget()
    (root / "new/a.md").write_text("y")
    recorder.wait_for_mark("new/a.md")


def test_folder_named_like_a_seed_is_told(root: Path, watch: Watch, recorder: Recorder) -> None:
    watch(root)
    (root / "x.md").mkdir()
    recorder.wait_for_mark("x.md", complete=False)


def test_folder_moved_in_brings_its_files(
    root: Path, outside: Path, watch: Watch, recorder: Recorder
) -> None:
    (outside / "sub/deep").mkdir(parents=True)
    (outside / "sub/deep/a.md").write_text("x")
    (outside / "sub/b.md").write_text("x")
    watch(root)
    (outside / "sub").rename(root / "sub")
    recorder.wait_until(lambda: recorder.marked >= {"sub/deep/a.md", "sub/b.md"})
    recorder.forget()
    (root / "sub/deep/a.md").write_text("y")
    recorder.wait_for_mark("sub/deep/a.md")


def test_folder_moved_out_needs_a_rescan(
    root: Path, outside: Path, watch: Watch, recorder: Recorder
) -> None:
    (root / "sub/deep").mkdir(parents=True)
    watch(root)
    (root / "sub").rename(outside / "sub")
    recorder.wait_for_rescan("directory sub went")


def test_folder_deleted_needs_a_rescan(root: Path, watch: Watch, recorder: Recorder) -> None:
    (root / "sub").mkdir()
    (root / "sub/a.md").write_text("x")
    watch(root)
    shutil.rmtree(root / "sub")
    recorder.wait_for_mark("sub/a.md")
    recorder.wait_for_rescan("directory sub went")


def test_folder_renamed_is_followed(root: Path, watch: Watch, recorder: Recorder) -> None:
    (root / "old/deep").mkdir(parents=True)
    (root / "old/deep/a.md").write_text("x")
    watch(root)
    (root / "old").rename(root / "new")
    recorder.wait_for_mark("new/deep/a.md")
    recorder.wait_for_rescan("directory old went")
    (root / "new/deep/b.md").write_text("y")
    recorder.wait_for_mark("new/deep/b.md")
    assert "old/deep/b.md" not in recorder.marked


def test_folder_deleted_and_made_again_is_watched(
    root: Path, watch: Watch, recorder: Recorder
) -> None:
    watch(root)
    for number in range(20):
        (root / "sub").mkdir()
        (root / f"sub/{number}.md").write_text("x")
        if number < 19:
            shutil.rmtree(root / "sub")
    recorder.wait_until(lambda: "sub/19.md" in recorder.marked)
    (root / "sub/end.md").write_text("x")
    recorder.wait_for_mark("sub/end.md")


def test_linked_folder_is_not_followed(
    root: Path, outside: Path, watch: Watch, recorder: Recorder
) -> None:
    (root / "link").symlink_to(outside)
    (root / "cycle").symlink_to(".")
    watch(root)
    (root / "later").symlink_to(outside)
    (outside / "a.md").write_text("x")
    (root / "end.md").write_text("x")
    recorder.wait_for_mark("end.md")
    assert recorder.marked == {"end.md"}


# ---------------------------------------------------------------- roots that come and go


def test_root_deleted_and_made_again_is_watched_again(
    root: Path, watch: Watch, recorder: Recorder
) -> None:
    # On ext4 the new folder has the old one's inode: only the lost watch tells them apart.
    observer = watch(root)
    root.rmdir()
    root.mkdir()
    recorder.wait_until(lambda: _check(observer) or bool(recorder.rescans))
    assert state_of(observer) is WatchState.WATCHING
    (root / "a.md").write_text("x")
    recorder.wait_for_mark("a.md")


def _check(observer: Observer) -> bool:
    observer.check()
    return False


def test_missing_root_is_told_and_watched_when_it_comes_back(
    root: Path, outside: Path, watch: Watch, recorder: Recorder
) -> None:
    observer = watch(root)
    root.rename(outside / "away")
    observer.check()
    observer.check()
    assert observer.health()[0].state is WatchState.MISSING
    assert observer.health()[0].detail == "No such file or directory"
    assert recorder.rescans == []
    (outside / "away/unseen.md").write_text("x")
    (outside / "away").rename(root)
    observer.check()
    assert recorder.rescans == [(str(root), "the root came back")]
    (root / "a.md").write_text("x")
    recorder.wait_for_mark("a.md")
    assert recorder.marked == {"a.md"}


def test_root_that_is_not_there_at_start_is_watched_when_it_comes(
    tmp_path: Path, watch: Watch, recorder: Recorder
) -> None:
    observer = watch(tmp_path / "later")
    assert is_alive(observer)
    assert state_of(observer) is WatchState.MISSING
    (tmp_path / "later").mkdir()
    observer.check()
    assert recorder.reasons == ["the root came back"]
    (tmp_path / "later/a.md").write_text("x")
    recorder.wait_for_mark("a.md")


def test_file_in_place_of_a_root_is_a_missing_root(tmp_path: Path, watch: Watch) -> None:
    (tmp_path / "file").touch()
    observer = watch(tmp_path / "file")
    assert observer.health()[0].state is WatchState.MISSING
    assert observer.health()[0].detail == "Not a directory"


@pytest.mark.parametrize("by_link", [False, True])
def test_replaced_root_is_watched_in_its_place(
    root: Path, outside: Path, watch: Watch, recorder: Recorder, by_link: bool
) -> None:
    observer = watch(root)
    root.rename(root.parent / "old")
    if by_link:
        root.symlink_to(outside)
    else:
        root.mkdir()
    observer.check()
    assert recorder.reasons == ["the root was replaced"]
    (root / "a.md").write_text("x")
    recorder.wait_for_mark("a.md")


def test_linked_root_is_watched_and_noticed_when_it_leads_elsewhere(
    root: Path, outside: Path, watch: Watch, recorder: Recorder
) -> None:
    link = root.parent / "current"
    link.symlink_to(root)
    observer = watch(link)
    (root / "a.md").write_text("x")
    recorder.wait_for_mark("a.md")
    link.unlink()
    link.symlink_to(outside)
    observer.check()
    assert recorder.rescans == [(str(link), "the root was replaced")]
    (outside / "b.md").write_text("x")
    recorder.wait_for_mark("b.md")


def test_all_roots_are_watched_one_in_the_other_too(
    root: Path, outside: Path, watch: Watch, recorder: Recorder
) -> None:
    inner = root / "inner"
    inner.mkdir()
    watch(root, inner, outside)
    (inner / "a.md").write_text("x")
    (outside / "b.md").write_text("x")
    recorder.wait_until(lambda: recorder.marked >= {"a.md", "inner/a.md", "b.md"})


def test_healthy_root_is_left_alone(root: Path, watch: Watch, recorder: Recorder) -> None:
    observer = watch(root)
    for _ in range(5):
        observer.check()
    assert recorder.rescans == []
    assert observer.health()[0].root == str(root)
    assert state_of(observer) is WatchState.WATCHING


# ---------------------------------------------------------------- polling


def test_polled_root_is_rescanned_every_few_seconds_and_has_no_watch(
    root: Path, watch: Watch, recorder: Recorder, clock: FakeClock
) -> None:
    threads = threading.active_count()
    observer = watch(root, mode="polling")
    assert threading.active_count() == threads
    assert state_of(observer) is WatchState.POLLING
    assert is_alive(observer)
    for _ in range(21):
        observer.check()
        clock.now += 1
    assert recorder.rescans == [(str(root), "polling")] * 4


def test_polled_root_that_comes_back_is_rescanned(
    root: Path, watch: Watch, recorder: Recorder, clock: FakeClock
) -> None:
    observer = watch(root, mode="polling")
    root.rmdir()
    clock.now += 60
    observer.check()
    assert state_of(observer) is WatchState.MISSING
    assert recorder.rescans == []
    root.mkdir()
    observer.check()
    assert recorder.reasons == ["the root came back"]


# ---------------------------------------------------------------- faults


def test_handler_that_raises_costs_a_rescan_and_nothing_else(root: Path) -> None:
    recorder = Recorder()
    raised = threading.Event()

    def dirty(at: SeedPath, complete: bool) -> None:
        if at.path == "bad.md":
            raised.set()
            raise RuntimeError("boom")
        recorder.dirty(at, complete)

    observer = Observer([RootConfig(path=root)], dirty=dirty, rescan=recorder.rescan)
    observer.start()
    try:
        (root / "bad.md").write_text("x")
        assert raised.wait(10)
        (root / "good.md").write_text("x")
        recorder.wait_for_mark("good.md")
        assert is_alive(observer)
        observer.check()
        observer.check()
        assert recorder.rescans == [(str(root), "an event could not be handled")]
    finally:
        observer.stop()


def test_dead_backend_is_replaced(root: Path, watch: Watch, recorder: Recorder) -> None:
    observer = watch(root)
    assert observer._backend is not None
    observer._backend.shut()
    assert not is_alive(observer)
    observer.check()
    assert is_alive(observer)
    assert recorder.reasons == ["the watch on the root was lost"]
    (root / "a.md").write_text("x")
    recorder.wait_for_mark("a.md")


# ---------------------------------------------------------------- start and stop


def test_stopped_observer_tells_nothing_and_leaves_nothing(
    root: Path, watch: Watch, recorder: Recorder
) -> None:
    threads, files = set(threading.enumerate()), open_inotify_files()
    observer = watch(root)
    assert is_alive(observer)
    observer.stop()
    observer.stop()
    assert not is_alive(observer)
    (root / "a.md").write_text("x")
    observer.check()
    assert set(threading.enumerate()) == threads
    assert open_inotify_files() == files
    assert recorder.marks == []
    assert recorder.rescans == []


def test_observer_that_never_started_is_not_alive_and_can_be_stopped(root: Path) -> None:
    observer = Observer([RootConfig(path=root)], dirty=_unexpected, rescan=_unexpected)
    assert not is_alive(observer)
    observer.check()
    observer.stop()


def _unexpected(*_: object) -> None:
    raise AssertionError


# ---------------------------------------------------------------- links on the way to seeds


def config_map(root: Path, *versions: str) -> None:
    """A root as Kubernetes mounts a ConfigMap: seeds are links through ``..data``."""
    for version in versions:
        (root / version).mkdir()
        (root / version / "k.md").write_text(version)
    (root / "..data").symlink_to(versions[0])
    (root / "k.md").symlink_to("..data/k.md")


def test_config_map_that_is_exchanged_is_rescanned_at_once(
    root: Path, watch: Watch, recorder: Recorder
) -> None:
    config_map(root, "..2024_1", "..2024_2")
    watch(root)
    (root / "..data_tmp").symlink_to("..2024_2")
    (root / "..data_tmp").rename(root / "..data")
    recorder.wait_for_rescan("link ..data changed")


@pytest.mark.parametrize("link", ["current", "sub/current", ".hidden"])
def test_any_link_that_changes_places_may_lead_to_seeds(
    root: Path, watch: Watch, recorder: Recorder, link: str
) -> None:
    for version in ("releases/1", "releases/2", "sub"):
        (root / version).mkdir(parents=True)
    (root / link).symlink_to(root / "releases/1")
    (root / "other").symlink_to(root / "releases/2")
    watch(root)
    recorder.forget()
    exchange(root / link, root / "other")
    recorder.wait_for_rescan(f"link {link} changed")


def test_file_that_no_pattern_wants_and_link_in_an_excluded_folder_need_no_rescan(
    root: Path, watch: Watch, recorder: Recorder
) -> None:
    (root / ".git").mkdir()
    watch(root)
    (root / "picture.png").touch()
    (root / ".git/link").symlink_to(root)
    (root / "a.md").write_text("x")
    recorder.wait_for_mark("a.md")
    assert recorder.rescans == []


def test_path_that_is_too_long_degrades_no_root(
    root: Path, watch: Watch, recorder: Recorder
) -> None:
    handles, name = [os.open(root, os.O_RDONLY)], "d" * 250
    for _ in range(18):  # deeper than PATH_MAX: only step by step can it be made, and removed
        os.mkdir(name, dir_fd=handles[-1])  # Path has no dir_fd
        handles.append(os.open(name, os.O_RDONLY, dir_fd=handles[-1]))
    try:
        observer = watch(root)
        assert observer.health()[0].state is WatchState.WATCHING
        (root / "a.md").write_text("x")
        recorder.wait_for_mark("a.md")
    finally:
        while len(handles) > 1:
            os.close(handles.pop())
            os.rmdir(name, dir_fd=handles[-1])  # Path has no dir_fd
        os.close(handles.pop())
