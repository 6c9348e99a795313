import os
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest

from watcher.ingest.read import read_seed
from watcher.model.seed import Missing, RawSeed, Reason, SeedPath, Signature, Unusable

MAX_SIZE = 1000
LATER = 10_000_000_000


def read(folder: Path, name: str, **changed: Any) -> RawSeed | Unusable | Missing:
    arguments = {"max_size": MAX_SIZE, "now_ns": time.time_ns() + LATER} | changed
    return read_seed(SeedPath(root=str(folder), path=name), **arguments)


def reason(found: object) -> Reason | None:
    assert isinstance(found, Unusable), found
    assert not found.trusted
    assert found.problem.message
    return found.problem.reason


def signature_of(path: Path) -> Signature:
    status = path.lstat()
    return Signature(
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        ctime_ns=status.st_ctime_ns,
        inode=status.st_ino,
    )


def good(found: object) -> RawSeed:
    assert isinstance(found, RawSeed), found
    return found


def test_a_file_comes_with_its_bytes_digest_and_signature(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"---\r\nbytes")
    raw = good(read(tmp_path, "a.md"))
    assert raw.data == b"---\r\nbytes"
    assert raw.digest == blake2b(b"---\r\nbytes", digest_size=16).digest()
    assert raw.signature == signature_of(tmp_path / "a.md")
    assert raw.at == SeedPath(root=str(tmp_path), path="a.md")
    assert raw.trusted


def test_an_empty_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.md").touch()
    assert good(read(tmp_path, "a.md")).data == b""


@pytest.mark.parametrize(
    ("offset_ns", "trusted"),
    [
        (-2_000_000_000, True),
        (-1_999_999_999, False),
        (0, False),
        (1_999_999_999, False),
        (2_000_000_000, True),
    ],
)
def test_a_file_changed_within_two_seconds_of_reading_is_not_trusted(
    tmp_path: Path, offset_ns: int, trusted: bool
) -> None:
    (tmp_path / "a.md").write_text("x")
    mtime_ns = (tmp_path / "a.md").stat().st_mtime_ns
    assert good(read(tmp_path, "a.md", now_ns=mtime_ns + offset_ns)).trusted is trusted


def test_what_is_not_there_is_missing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "dangling.md").symlink_to(tmp_path / "nothing")
    for name in ("a.md", "no/folder/a.md", "file/a.md", "dangling.md"):
        found = read(tmp_path, name)
        assert found == Missing(at=SeedPath(root=str(tmp_path), path=name))


def test_a_file_of_the_largest_size_is_read_and_a_larger_one_is_not(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"x" * MAX_SIZE)
    (tmp_path / "b.md").write_bytes(b"x" * (MAX_SIZE + 1))
    assert len(good(read(tmp_path, "a.md")).data) == MAX_SIZE
    assert reason(read(tmp_path, "b.md")) is Reason.TOO_LARGE


def test_a_file_of_two_mebibytes_is_too_large_and_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.md").write_bytes(b"x" * 2**21)

    def no_read(*_: object) -> bytes:
        raise AssertionError("it was read")

    monkeypatch.setattr("watcher.ingest.read.os.pread", no_read)
    found = read(tmp_path, "a.md", max_size=2**20)
    assert isinstance(found, Unusable)
    assert found.problem.reason is Reason.TOO_LARGE
    assert "1,048,576 bytes" in found.problem.message
    assert found.signature == signature_of(tmp_path / "a.md")


def test_a_directory_is_not_a_regular_file(tmp_path: Path) -> None:
    (tmp_path / "x.md").mkdir()
    found = read(tmp_path, "x.md")
    assert reason(found) is Reason.NOT_REGULAR
    assert isinstance(found, Unusable)
    assert "directory" in found.problem.message
    assert found.signature == signature_of(tmp_path / "x.md")


@pytest.mark.timeout(10)
def test_a_fifo_never_blocks(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "y.md")
    assert reason(read(tmp_path, "y.md")) is Reason.NOT_REGULAR
    (tmp_path / "link.md").symlink_to("y.md")
    assert reason(read(tmp_path, "link.md")) is Reason.NOT_REGULAR


def test_a_socket_is_not_a_regular_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path has little room
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("z.md")
        assert reason(read(tmp_path, "z.md")) is Reason.NOT_REGULAR


# ---------------------------------------------------------------- symlinks


def test_a_symlink_that_leads_out_of_the_root_is_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside.md").write_text("secret")
    (tmp_path / "root-2").mkdir()
    (tmp_path / "root-2" / "a.md").write_text("secret")
    (root / "passwd.md").symlink_to("/etc/passwd")
    (root / "up.md").symlink_to("../outside.md")
    (root / "like.md").symlink_to("../root-2/a.md")
    (root / "folder").symlink_to(tmp_path)
    names = ("passwd.md", "up.md", "like.md", "folder/outside.md", "folder/root/../outside.md")
    for name in names:
        assert reason(read(root, name)) is Reason.OUTSIDE_ROOT
    assert reason(read(root, "../outside.md")) is Reason.OUTSIDE_ROOT


def test_an_unusable_symlink_has_its_own_signature(tmp_path: Path) -> None:
    (tmp_path / "passwd.md").symlink_to("/etc/passwd")
    found = read(tmp_path, "passwd.md")
    assert isinstance(found, Unusable)
    assert found.signature == signature_of(tmp_path / "passwd.md")


def test_a_symlink_inside_the_root_is_read_with_its_targets_signature(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "real").mkdir(parents=True)
    (root / "real" / "a.md").write_text("content")
    (root / "link.md").symlink_to("real/a.md")
    (root / "absolute.md").symlink_to(root / "real" / "a.md")
    (root / "folder").symlink_to("real")
    for name in ("link.md", "absolute.md", "folder/a.md", "real/a.md"):
        raw = good(read(root, name))
        assert raw.data == b"content"
        assert raw.signature == signature_of(root / "real" / "a.md")
        assert raw.at.path == name


def test_the_root_itself_may_be_a_symlink(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.md").write_text("content")
    (tmp_path / "real" / "link.md").symlink_to("a.md")
    (tmp_path / "root").symlink_to("real")
    assert good(read(tmp_path / "root", "a.md")).data == b"content"
    assert good(read(tmp_path / "root", "link.md")).data == b"content"


def test_a_circle_of_symlinks_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "a.md").symlink_to("b.md")
    (tmp_path / "b.md").symlink_to("a.md")
    assert reason(read(tmp_path, "a.md")) is Reason.UNREADABLE


# ---------------------------------------------------------------- permissions


@pytest.fixture
def plain_user() -> Iterator[Callable[[], None]]:
    """Makes the test an ordinary user, whom permissions stop; undone at its end."""
    is_root = os.geteuid() == 0
    yield lambda: os.seteuid(65534) if is_root else None
    if is_root:
        os.seteuid(0)


@pytest.fixture
def reachable_folder() -> Iterator[Path]:
    """A folder that every user can reach, unlike ``tmp_path``."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_an_unreadable_file_is_unusable(
    reachable_folder: Path, plain_user: Callable[[], None]
) -> None:
    path = reachable_folder / "a.md"
    path.write_text("x")
    path.chmod(0)
    plain_user()
    found = read(reachable_folder, "a.md")
    assert reason(found) is Reason.UNREADABLE
    assert isinstance(found, Unusable)
    assert "Permission denied" in found.problem.message
    assert found.signature == signature_of(path)


def test_a_file_in_a_locked_folder_is_unusable_without_a_signature(
    reachable_folder: Path, plain_user: Callable[[], None]
) -> None:
    locked = reachable_folder / "locked"
    locked.mkdir()
    (locked / "a.md").write_text("x")
    locked.chmod(0)
    try:
        plain_user()
        found = read(reachable_folder, "locked/a.md")
    finally:
        if os.getuid() == 0:
            os.seteuid(0)
        locked.chmod(0o755)
    assert reason(found) is Reason.UNREADABLE
    assert isinstance(found, Unusable)
    assert found.signature is None


# ---------------------------------------------------------------- moving targets


def while_reading(
    monkeypatch: pytest.MonkeyPatch, disturb: Callable[[], object], *, times: int
) -> list[int]:
    """Call ``disturb`` after each of the first reads; the list grows by one at each start."""
    real_pread = os.pread
    started: list[int] = []

    def pread(descriptor: int, length: int, offset: int) -> bytes:
        data = real_pread(descriptor, length, offset)
        if offset == 0:
            started.append(length)
            if len(started) <= times:
                disturb()
        return data

    monkeypatch.setattr("watcher.ingest.read.os.pread", pread)
    return started


def test_a_file_that_moves_while_it_is_read_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.md"
    path.write_text("old")
    started = while_reading(monkeypatch, lambda: path.write_text("newer"), times=1)
    raw = good(read(tmp_path, "a.md"))
    assert raw.data == b"newer"
    assert raw.signature == signature_of(path)
    assert raw.trusted
    assert len(started) == 2


def test_a_file_that_keeps_moving_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.md"
    path.write_text("1")
    started = while_reading(monkeypatch, lambda: path.write_text(path.read_text() + "1"), times=99)
    raw = good(read(tmp_path, "a.md"))
    assert not raw.trusted
    assert raw.signature != signature_of(path)
    assert len(started) == 2


def test_a_file_that_grows_past_the_limit_while_it_is_read_is_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.md"
    path.write_text("x")
    while_reading(monkeypatch, lambda: path.write_bytes(b"x" * 5000), times=1)
    assert reason(read(tmp_path, "a.md")) is Reason.TOO_LARGE


def test_a_file_that_goes_between_looking_and_opening_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.md"
    path.write_text("x")
    before_open(monkeypatch, path.unlink)
    assert isinstance(read(tmp_path, "a.md"), Missing)


@pytest.mark.timeout(10)
def test_a_file_that_becomes_a_fifo_before_it_is_opened_never_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.md"
    path.write_text("x")

    def become_fifo() -> None:
        path.unlink()
        os.mkfifo(path)

    before_open(monkeypatch, become_fifo)
    assert reason(read(tmp_path, "a.md")) is Reason.NOT_REGULAR


def test_a_file_that_becomes_a_symlink_before_it_is_opened_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.md"
    path.write_text("x")

    def become_link() -> None:
        path.unlink()
        path.symlink_to("/etc/passwd")

    before_open(monkeypatch, become_link)
    assert reason(read(tmp_path, "a.md")) is Reason.OUTSIDE_ROOT


def before_open(monkeypatch: pytest.MonkeyPatch, disturb: Callable[[], object]) -> None:
    """Call ``disturb`` after a file was looked at and before it is opened."""
    real_open = os.open

    def disturbed_open(path: Any, flags: int, **more: Any) -> int:
        if path == "a.md":
            monkeypatch.undo()
            disturb()
        return real_open(path, flags, **more)

    monkeypatch.setattr("watcher.ingest.read.os.open", disturbed_open)


def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("x")
    (tmp_path / "b.md").write_bytes(b"x" * 5000)
    (tmp_path / "c.md").mkdir()
    before = len(list(Path("/proc/self/fd").iterdir()))
    for name in ("a.md", "b.md", "c.md", "d.md"):
        read(tmp_path, name)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
