import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.watch.recorder import folder_without_privileges, open_files
from watcher.config.schema import RootConfig
from watcher.errors import WatchError
from watcher.model.seed import Signature
from watcher.watch import walk as subject
from watcher.watch.patterns import Patterns
from watcher.watch.walk import Found, FoundKind, printable, walk_folder, walk_root


def walk(root: Path, **changed: object) -> list[Found]:
    """All of a root in which everything can be read."""
    return list(walk_root(RootConfig.model_validate({"path": root} | changed), unreadable=fail))


def fail(path: str, error: OSError) -> None:
    raise AssertionError(path) from error


def kinds(root: Path) -> dict[str, FoundKind]:
    return {found.path: found.kind for found in walk(root)}


def signatures(root: Path) -> list[tuple[str, Signature, FoundKind]]:
    return [(found.path, signature_of(found.status), found.kind) for found in walk(root)]


def write(path: Path, text: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def signature(path: Path) -> Signature:
    return signature_of(path.stat())


def signature_of(status: os.stat_result) -> Signature:
    return Signature(
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        ctime_ns=status.st_ctime_ns,
        inode=status.st_ino,
    )


def test_finds_what_the_patterns_want_with_its_signature(root: Path) -> None:
    seed = write(root / "news/a.md", "four")
    write(root / "news/a.png")
    write(root / ".git/a.md")
    write(root / "a.md~")
    assert signatures(root) == [("news/a.md", signature(seed), FoundKind.REGULAR)]


def test_empty_root_has_nothing(root: Path) -> None:
    assert walk(root) == []


def test_order_is_that_of_bytes_over_whole_paths(root: Path) -> None:
    paths = ["a.md", "a/b.md", "a-b.md", "a/b/c.md", "a0.md", "a/b.d/c.md", "B.md", "\u00e9.md"]
    for path in paths:
        write(root / path)
    write(root / os.fsdecode(b"\xc0.md"))
    found = [found.path for found in walk(root)]
    assert found == sorted([*paths, os.fsdecode(b"\xc0.md")], key=os.fsencode)


_component = st.text(
    alphabet="ab.-0/\u00e9\uffff\U0001f600\udc80\udcff", min_size=1, max_size=8
).filter(lambda text: not set(text.split("/")) & {"", ".", ".."})


@settings(max_examples=60, deadline=None)
@given(paths=st.lists(_component, max_size=12))
def test_any_tree_is_walked_in_byte_order_and_as_the_patterns_say(paths: list[str]) -> None:
    with folder_without_privileges() as root:
        made = set(_make(root, paths))
        patterns = Patterns(["*.a", "*b*"], [".*", "*-"])
        found = walk(root, include=["*.a", "*b*"], exclude=[".*", "*-"])
        wanted = {path for path in made if patterns.wants_file(path)}
        assert [f.path for f in found] == sorted(wanted, key=os.fsencode)


def _make(root: Path, paths: list[str]) -> Iterator[str]:
    """Make those files that do not collide with a folder, or the other way round."""
    for path in paths:
        try:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).touch()
        except OSError:
            continue
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            yield str((Path(folder) / name).relative_to(root))


def test_folder_named_like_a_seed_is_found_and_walked(root: Path) -> None:
    write(root / "x.md/inner.md")
    write(root / "x.md.md")
    assert [(f.path, f.kind) for f in walk(root)] == [
        ("x.md", FoundKind.DIRECTORY_NAMED_LIKE_SEED),
        ("x.md.md", FoundKind.REGULAR),
        ("x.md/inner.md", FoundKind.REGULAR),
    ]


def test_link_to_a_file_in_the_root_is_that_file(root: Path) -> None:
    target = write(root / "data/real.bin", "content")
    (root / "link.md").symlink_to("data/real.bin")
    assert signatures(root) == [("link.md", signature(target), FoundKind.REGULAR)]


def test_links_out_of_the_root_to_nothing_and_to_themselves(root: Path) -> None:
    write(root.parent / "root-beside/secret.md")
    (root / "absolute.md").symlink_to("/etc/passwd")
    (root / "relative.md").symlink_to("../root-beside/secret.md")
    (root / "dangling.md").symlink_to("nowhere")
    (root / "loop.md").symlink_to("loop.md")
    assert set(kinds(root).values()) == {FoundKind.LINK_OUT}
    assert len(kinds(root)) == 4


def test_linked_folders_are_not_walked_so_cycles_are_harmless(root: Path) -> None:
    write(root / "sub/a.md")
    (root / "sub/up").symlink_to("..")
    (root / "sub/self").symlink_to(".")
    (root / "up.md").symlink_to("sub")
    assert kinds(root) == {
        "sub/a.md": FoundKind.REGULAR,
        "up.md": FoundKind.DIRECTORY_NAMED_LIKE_SEED,
    }


def test_fifo_and_socket_are_other_and_are_not_opened(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)  # a socket's path has little room
    os.mkfifo(root / "fifo.md")
    (root / "link.md").symlink_to("fifo.md")
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind("socket.md")
        assert set(kinds(root).values()) == {FoundKind.OTHER}
        assert len(kinds(root)) == 3


def test_root_may_itself_be_a_link(root: Path) -> None:
    write(root / "data/a.md")
    (root / "b.md").symlink_to("data/a.md")
    link = root.parent / "link"
    link.symlink_to(root)
    assert kinds(link) == {"b.md": FoundKind.REGULAR, "data/a.md": FoundKind.REGULAR}


def test_deep_tree_needs_no_recursion(root: Path) -> None:
    deep = "d/" * 1200
    for end in range(2, len(deep) + 1, 2):
        (root / deep[:end]).mkdir()
    write(root / deep / "a.md")
    try:
        assert [found.path for found in walk(root)] == [f"{deep}a.md"]
    finally:
        (root / deep / "a.md").unlink()
        for end in range(len(deep), 0, -2):
            (root / deep[:end]).rmdir()


def test_unreadable_folder_is_told_and_the_rest_is_found() -> None:
    with folder_without_privileges() as root:
        for path in ("a/1.md", "b/2.md", "c/3.md"):
            write(root / path)
        told: list[tuple[str, type[OSError]]] = []
        (root / "b").chmod(0o000)
        try:
            found = list(
                walk_root(
                    RootConfig(path=root),
                    unreadable=lambda path, error: told.append((path, type(error))),
                )
            )
        finally:
            (root / "b").chmod(0o700)
    assert [f.path for f in found] == ["a/1.md", "c/3.md"]
    assert told == [("b", PermissionError)]


def test_file_that_cannot_be_looked_at_is_unknown_not_gone() -> None:
    with folder_without_privileges() as root:
        write(root / "b/2.md")
        told: list[str] = []
        (root / "b").chmod(0o400)
        try:
            walked = walk_root(RootConfig(path=root), unreadable=lambda path, _: told.append(path))
            assert list(walked) == []
        finally:
            (root / "b").chmod(0o700)
    assert told == ["b/2.md"]


def test_unreadable_root_is_an_error_and_not_an_empty_root() -> None:
    with folder_without_privileges() as folder:
        root = folder / "root"
        root.mkdir(mode=0o000)
        with pytest.raises(WatchError, match="root: cannot be scanned: Permission denied"):
            walk(root)
        root.chmod(0o700)


def test_missing_root_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WatchError, match="gone: cannot be scanned: No such file"):
        walk(tmp_path / "gone")


def test_file_as_root_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WatchError, match="Not a directory"):
        walk(write(tmp_path / "file"))


def test_what_vanishes_while_it_is_walked_is_left_out(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "AT_ONCE", 1)
    for path in ("a.md", "b.md", "c/d.md", "e.md"):
        write(root / path)
    walked = walk_root(RootConfig(path=root), unreadable=fail)
    assert next(walked).path == "a.md"
    (root / "b.md").unlink()
    shutil.rmtree(root / "c")
    assert [found.path for found in walked] == ["e.md"]


@pytest.mark.parametrize("names", [["a.md", "b.md"], ["a.md", "b/c.md"], ["a.md"]])
def test_root_that_goes_while_it_is_walked_is_an_error(root: Path, names: list[str]) -> None:
    for name in names:
        write(root / name)
    walked = walk_root(RootConfig(path=root), unreadable=fail)
    next(walked)
    root.rename(root.parent / "away")
    with pytest.raises(WatchError):
        list(walked)


def test_root_that_is_replaced_while_it_is_walked_is_an_error(root: Path) -> None:
    write(root / "a.md")
    walked = walk_root(RootConfig(path=root), unreadable=fail)
    next(walked)
    root.rename(root.parent / "away")
    root.mkdir()
    with pytest.raises(WatchError, match="replaced"):
        list(walked)


def test_one_folder_of_a_root_is_walked_with_paths_of_the_root(root: Path) -> None:
    for path in ("a.md", "b/c.md", "b/d/e.md", "b.md"):
        write(root / path)
    assert [found.path for found in walk_beneath(root, "b")] == ["b/c.md", "b/d/e.md"]
    assert walk_beneath(root, "gone") == []


def walk_beneath(root: Path, folder: str) -> list[Found]:
    config = RootConfig(path=root)
    patterns = Patterns(config.include, config.exclude)
    return list(walk_folder(config, folder, patterns=patterns, unreadable=fail))


def test_path_is_printed_with_escapes_for_what_is_no_utf8() -> None:
    assert printable("caf\u00e9/\udce9.md") == "caf\u00e9/\\udce9.md"


def test_walking_opens_no_file_that_stays_open(root: Path) -> None:
    for number in range(20):
        write(root / f"{number}/a.md")
    before = open_files()
    walked = walk_root(RootConfig(path=root), unreadable=fail)
    next(walked)
    assert open_files() == before + 1, "the root's own folder, while it is walked"
    del walked
    assert open_files() == before
