from pathlib import Path

import pytest

from tests.watch.conftest import Watch
from tests.watch.recorder import FakeClock, Recorder
from watcher.watch.root_watch import WatchState, filesystem_type, needs_polling


@pytest.fixture
def on_nfs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of the test's files are on NFS, as the kernel tells it."""
    mountinfo = tmp_path / "mountinfo"
    mountinfo.write_text(
        "27 1 254:0 / / rw - ext4 /dev/vda rw\n"
        f"31 27 0:41 / {tmp_path.resolve()} rw - nfs4 filer:/export rw\n"
    )
    monkeypatch.setattr("watcher.watch.root_watch._MOUNTINFO", mountinfo)


@pytest.mark.usefixtures("on_nfs")
@pytest.mark.parametrize(
    ("mode", "state"), [("auto", WatchState.POLLING), ("native", WatchState.WATCHING)]
)
def test_root_on_nfs_is_polled_unless_told_otherwise(
    root: Path, watch: Watch, mode: str, state: WatchState
) -> None:
    assert watch(root, mode=mode).health()[0].state is state


@pytest.mark.usefixtures("on_nfs")
def test_linked_root_is_polled_if_what_it_leads_to_is_on_nfs(
    root: Path, tmp_path_factory: pytest.TempPathFactory, watch: Watch
) -> None:
    link = tmp_path_factory.mktemp("local") / "link"
    link.symlink_to(root)
    assert watch(link).health()[0].state is WatchState.POLLING


def test_root_is_watched_where_mounts_are_not_known(
    root: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watcher.watch.root_watch._MOUNTINFO", root / "nothing")
    assert watch(root).health()[0].state is WatchState.WATCHING


def test_standing_is_logged_when_it_changes_and_only_then(
    root: Path, watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="watcher.watch.root_watch")
    observer = watch(root)
    for _ in range(3):
        observer.check()
    root.rename(root.parent / "away")
    for _ in range(3):
        observer.check()
    (root.parent / "away").rename(root)
    for _ in range(3):
        observer.check()
    logged = [(record.levelname, record.fields["state"]) for record in caplog.records]  # type: ignore[attr-defined]
    assert logged == [("INFO", "watching"), ("WARNING", "missing"), ("INFO", "watching")]


def test_roots_stand_each_for_itself(
    root: Path, tmp_path: Path, watch: Watch, recorder: Recorder, clock: FakeClock
) -> None:
    observer = watch(root, tmp_path / "missing")
    clock.now += 100
    observer.check()
    assert [health.state for health in observer.health()] == [
        WatchState.WATCHING,
        WatchState.MISSING,
    ]
    assert recorder.rescans == []


MOUNTINFO = r"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
30 27 0:40 / /mnt rw - autofs systemd-1 rw
31 27 0:41 / /mnt rw,relatime shared:7 master:2 - nfs4 filer:/export rw
32 27 0:42 / /mnt/with\040space rw - cifs //server/share rw
33 27 0:43 / /home/me/remote rw - fuse.sshfs me@host: rw
34 27 0:44 / /home/me/shared rw - 9p host rw
35 27 0:45 / /home/me/stick rw - fuseblk /dev/sdb1 rw
36 27 0:46 / /home/me/memory rw - tmpfs none rw
37 31 0:47 / /mnt/local rw - ext4 /dev/vdb rw
a line that is not one
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "ext4"),
        ("/srv/seeds", "ext4"),
        ("/mnt", "nfs4"),
        ("/mnt/seeds", "nfs4"),
        ("/mntx", "ext4"),
        ("/mnt/with space/seeds", "cifs"),
        ("/mnt/local/seeds", "ext4"),
        ("/home/me/remote", "fuse.sshfs"),
        ("/home/me/memory/x", "tmpfs"),
    ],
)
def test_type_is_that_of_the_nearest_topmost_mount(path: str, kind: str) -> None:
    assert filesystem_type(path, MOUNTINFO) == kind


@pytest.mark.parametrize(
    "path", ["/mnt/a", "/mnt/with space", "/home/me/remote/x", "/home/me/shared"]
)
def test_remote_file_systems_are_polled(path: str) -> None:
    assert needs_polling(path, MOUNTINFO)


@pytest.mark.parametrize("path", ["/", "/srv", "/mnt/local", "/home/me/stick/x", "/home/me/memory"])
def test_local_file_systems_are_watched(path: str) -> None:
    assert not needs_polling(path, MOUNTINFO)


def test_nothing_is_known_without_mounts() -> None:
    assert filesystem_type("/a", "") is None
    assert not needs_polling("/a", "")
