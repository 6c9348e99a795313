import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from watcher.errors import PublishError
from watcher.publish.atomic_file import clean_leftovers, publish_file

REPOSITORY = Path(__file__).parents[2]

# Two documents of different lengths, each of one letter: half a document is neither.
DOCUMENTS = (b"a" * 60_000 + b"\n", b"b" * 90_000 + b"\n")

PUBLISH_FOR_EVER = f"""
import sys
from pathlib import Path
from watcher.publish.atomic_file import publish_file
print("ready", flush=True)
while True:
    publish_file(Path(sys.argv[1]), b"a" * {len(DOCUMENTS[0]) - 1} + b"\\n")
    publish_file(Path(sys.argv[1]), b"b" * {len(DOCUMENTS[1]) - 1} + b"\\n")
"""

FAIL_TO_PUBLISH = """
import os, resource, sys
from pathlib import Path
from watcher.errors import PublishError
from watcher.publish.atomic_file import publish_file
if sys.argv[2] == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
elif os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    publish_file(Path(sys.argv[1]), b"x" * 5000)
except PublishError as error:
    print(error)
else:
    sys.exit("it was published")
"""


def run_child(script: str, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_file_is_written_with_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "all.atom"
    assert publish_file(path, b"one")
    assert path.read_bytes() == b"one"
    assert [p.name for p in path.parent.iterdir()] == ["all.atom"]


def test_the_same_bytes_are_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "all.atom"
    publish_file(path, b"one")
    before = path.stat()
    assert not publish_file(path, b"one")
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("data", [b"two", b"", b"one and more"])
def test_other_bytes_replace_the_file(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "all.atom"
    publish_file(path, b"one")
    assert publish_file(path, data)
    assert path.read_bytes() == data


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_everybody_may_read_whatever_the_umask_says(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        publish_file(tmp_path / "all.atom", b"one")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "all.atom").stat().st_mode) == 0o644


def test_bytes_are_on_disk_before_the_name_is_and_the_name_before_it_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    sync, replace = os.fsync, Path.replace

    def note_sync(descriptor: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        sync(descriptor)

    def note_replace(source: Path, target: Path) -> Path:
        done.append("name")
        return replace(source, target)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(Path, "replace", note_replace)
    publish_file(tmp_path / "all.atom", b"one")
    assert done == ["file", "name", "folder"]


def test_a_folder_in_the_way_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "all.atom"
    path.mkdir()
    with pytest.raises(PublishError, match=r"all\.atom: Is a directory") as caught:
        publish_file(path, b"one")
    assert caught.value.path == str(path)
    assert isinstance(caught.value.__cause__, OSError)
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_where_the_folder_should_be_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "feeds").write_bytes(b"in the way")
    with pytest.raises(PublishError):
        publish_file(tmp_path / "feeds" / "all.atom", b"one")
    assert (tmp_path / "feeds").read_bytes() == b"in the way"


def test_an_interruption_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "all.atom"
    publish_file(path, b"one")

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        publish_file(path, b"two")
    assert path.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("why", "cause"), [("full", "File too large"), ("read-only", "denied")])
def test_a_write_that_fails_leaves_the_old_file_and_no_other(why: str, cause: str) -> None:
    # Not tmp_path: a process without privileges must be able to reach it.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "all.atom"
        publish_file(path, b"one")
        path.parent.chmod(0o755 if why == "full" else 0o555)
        with run_child(FAIL_TO_PUBLISH, str(path), why) as child:
            said, _ = child.communicate(timeout=60)
        assert child.returncode == 0, said
        assert said.startswith(f"{path}: ")
        assert cause in said
        assert path.read_bytes() == b"one"
        assert list(path.parent.iterdir()) == [path]


def test_a_reader_never_sees_half_a_document(tmp_path: Path) -> None:
    path = tmp_path / "all.atom"
    publish_file(path, DOCUMENTS[0])
    with run_child(PUBLISH_FOR_EVER, str(path)) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            writings, reads, last = 0, 0, 0
            while writings < 1000:
                with path.open("rb") as file:
                    data, inode = file.read(), os.fstat(file.fileno()).st_ino
                assert data in DOCUMENTS
                reads += 1
                writings += inode != last
                last = inode
        finally:
            child.kill()
    assert reads >= writings


def test_a_killed_process_leaves_a_whole_file_and_what_it_left_is_cleaned(tmp_path: Path) -> None:
    path = tmp_path / "all.atom"
    for number in range(5):
        with run_child(PUBLISH_FOR_EVER, str(path)) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            threading.Event().wait(0.003 * number)  # anywhere in its work will do
            child.send_signal(signal.SIGKILL)
        if path.exists():
            assert path.read_bytes() in DOCUMENTS
    clean_leftovers(tmp_path)
    assert [p for p in tmp_path.iterdir() if p != path] == []


def test_leftovers_are_cleaned_and_nothing_else_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "replace", lambda *_: None)  # as if killed before it
    for name in ("all.atom", "all.rss", "all.json", "feeds.opml"):
        publish_file(tmp_path / name, b"one")
    kept = [
        ".all.atom.tmp",
        ".hidden.tmp",
        "all.atom",
        "all.atom.abcdefgh.tmp",
        ".x.md.abcdefgh.tmp",
    ]
    for name in kept:
        (tmp_path / name).write_bytes(b"not ours")
    assert len(list(tmp_path.iterdir())) == 9
    assert clean_leftovers(tmp_path) == 4
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(kept)


def test_a_folder_that_is_not_there_has_no_leftovers(tmp_path: Path) -> None:
    assert clean_leftovers(tmp_path / "none") == 0


def test_a_folder_that_cannot_be_listed_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PublishError, match="Not a directory"):
        clean_leftovers(tmp_path / "file")
