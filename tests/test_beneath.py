"""Nothing that is opened beneath a root lies outside of it, whatever is put there meanwhile."""

import errno
import os
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.exchange import exchanging
from watcher import beneath
from watcher.beneath import OutsideRoot, opened_folder, opened_root, resolve_beneath
from watcher.config.schema import RootConfig
from watcher.errors import WatchError
from watcher.ingest.read import read_seed
from watcher.model.seed import Missing, RawSeed, SeedPath, Unusable
from watcher.watch.walk import walk_root

TRIES = 1500


@pytest.fixture(params=["_open_at_once", "_open_step_by_step"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With openat2(2), and as where the kernel does not have it."""
    way = getattr(beneath, request.param)
    monkeypatch.setattr(beneath, "_open_folder", lambda: way)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A root with a folder, and beside the root one that is none of its business."""
    for folder, text in (("root/sub/deep", "inside"), ("outside/deep", "OUTSIDE")):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "a.md").write_text(text)
        (tmp_path / folder).parent.joinpath("a.md").write_text(text)
    return tmp_path


pytestmark = pytest.mark.usefixtures("either_way")


def open_in(root: Path, folder: str) -> list[str]:
    with (
        opened_root(str(root)) as top,
        opened_folder(top, folder) as descriptor,
        os.scandir(descriptor) as entries,
    ):
        return sorted(entry.name for entry in entries)


def test_a_folder_is_opened_and_a_link_on_the_way_is_not_followed(tree: Path) -> None:
    root = tree / "root"
    (root / "link").symlink_to("sub")
    (root / "out").symlink_to("../outside")
    assert open_in(root, "") == ["link", "out", "sub"]
    assert open_in(root, "sub/deep/") == ["a.md"]
    for way in ("link", "link/deep", "out", "out/deep", "..", "../outside", "sub/../.."):
        with pytest.raises(OSError, match=r".") as caught:
            open_in(root, way)
        assert caught.value.errno == errno.ELOOP, way
    with pytest.raises(FileNotFoundError):
        open_in(root, "gone/deep")
    with pytest.raises(NotADirectoryError):
        open_in(root, "sub/a.md")


def test_links_are_resolved_if_they_stay_inside(tree: Path) -> None:
    root = tree / "root"
    (root / "absolute").symlink_to(root / "sub")
    (root / "out-and-in").symlink_to("../root/sub")
    (root / "out").symlink_to("../outside")
    assert resolve_beneath(str(root), "absolute/a.md") == "sub/a.md"
    assert resolve_beneath(str(root), "out-and-in/deep/a.md") == "sub/deep/a.md"
    for way in ("out/a.md", "../outside/a.md", "sub/../../outside/a.md"):
        with pytest.raises(OutsideRoot):
            resolve_beneath(str(root), way)


@pytest.mark.parametrize("path", ["sub/a.md", "sub/deep/a.md"])
def test_no_read_comes_from_outside_while_a_folder_and_a_link_change_places(
    tree: Path, path: str
) -> None:
    (tree / "root/evil").symlink_to("../outside")
    read: set[bytes] = set()
    with exchanging(tree / "root/sub", tree / "root/evil"):
        for _ in range(TRIES):
            found = read_seed(SeedPath(root=f"{tree}/root", path=path), max_size=100, now_ns=0)
            assert isinstance(found, RawSeed | Unusable | Missing)
            read.add(found.data if isinstance(found, RawSeed) else b"")
    assert read == {b"inside", b""}, "both were there to be read"


def test_no_read_comes_from_outside_while_a_file_and_a_link_change_places(tree: Path) -> None:
    (tree / "root/sub/evil.md").symlink_to("../../outside/a.md")
    read: set[bytes] = set()
    with exchanging(tree / "root/sub/a.md", tree / "root/sub/evil.md"):
        for _ in range(TRIES):
            at = SeedPath(root=f"{tree}/root", path="sub/a.md")
            found = read_seed(at, max_size=100, now_ns=0)
            read.add(found.data if isinstance(found, RawSeed) else b"")
    assert read == {b"inside", b""}


def test_no_walk_leaves_the_root_while_a_folder_and_a_link_change_places(tree: Path) -> None:
    (tree / "outside/only-outside.md").write_text("OUTSIDE")
    (tree / "root/evil").symlink_to("../outside")
    root, walked, seen = RootConfig(path=tree / "root"), 0, set[int]()
    with exchanging(tree / "root/sub", tree / "root/evil"):
        for _ in range(TRIES // 3):
            found = list(walk_root(root, unreadable=_fail))
            walked += len(found)
            seen.update(one.status.st_ino for one in found)
    assert walked
    outside = {(tree / "outside" / name).stat().st_ino for name in ("a.md", "only-outside.md")}
    assert not seen & outside


def test_a_root_that_changes_places_itself_is_told_from_the_other(tree: Path) -> None:
    other = tree / "other"
    other.mkdir()
    (other / "b.md").touch()
    root, paths = RootConfig(path=tree / "root"), set[tuple[str, ...]]()
    with exchanging(tree / "root", other):
        for _ in range(TRIES // 10):
            with suppress(WatchError):  # it was replaced while it was walked
                paths.add(tuple(one.path for one in walk_root(root, unreadable=_fail)))
    assert paths <= {("sub/a.md", "sub/deep/a.md"), ("b.md",)}, "never half of each"


def _fail(path: str, error: OSError) -> None:
    raise AssertionError(path) from error
