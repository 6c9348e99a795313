import gzip
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from watcher.serve.feed_files import CHUNK, FeedFiles

ROOM = 1024 * 1024


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2024, 5, 6, 12, 0, 0, 900_000, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> int:
        return int(self.now.timestamp())


def put(path: Path, data: bytes, at: float) -> None:
    """Replace the file as publishing does, with ``at`` as the time of its change."""
    fresh = path.with_suffix(".tmp")
    fresh.write_bytes(data)
    os.utime(fresh, (at, at))
    fresh.replace(path)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def files(clock: Clock) -> FeedFiles:
    return FeedFiles(room=ROOM, clock=clock)


def test_the_bytes_come_back_packed_or_not_under_different_tags(
    tmp_path: Path, files: FeedFiles, clock: Clock
) -> None:
    put(tmp_path / "a.atom", b"<feed/>" * 100, clock.seconds() - 10)
    file = files.read(tmp_path / "a.atom")
    assert b"".join(file.chunks(packed=False)) == b"<feed/>" * 100
    assert len(b"".join(file.chunks(packed=True))) < 100
    assert file.etag(packed=True) != file.etag(packed=False)
    assert file.modified == clock.seconds() - 10


def test_an_unchanged_file_is_not_read_again(
    tmp_path: Path, files: FeedFiles, clock: Clock
) -> None:
    path = tmp_path / "a.atom"
    put(path, b"one", clock.seconds() - 10)
    first = files.read(path)
    assert files.read(path) is first


def test_other_bytes_are_seen_at_once_even_if_the_signature_does_not_tell(
    tmp_path: Path, files: FeedFiles, clock: Clock
) -> None:
    path = tmp_path / "a.atom"
    at = clock.now.timestamp() - 0.5
    path.write_bytes(b"one")
    os.utime(path, (at, at))
    assert b"".join(files.read(path).chunks(packed=False)) == b"one"
    path.write_bytes(b"two")  # same file, same length
    os.utime(path, (at, at))
    assert b"".join(files.read(path).chunks(packed=False)) == b"two"


def test_the_same_bytes_keep_their_date(tmp_path: Path, files: FeedFiles, clock: Clock) -> None:
    path = tmp_path / "a.atom"
    put(path, b"one", clock.seconds() - 10)
    first = files.read(path)
    put(path, b"one", clock.seconds() - 5)
    assert files.read(path).modified == first.modified


def test_two_versions_in_one_second_never_share_a_date(
    tmp_path: Path, files: FeedFiles, clock: Clock
) -> None:
    path = tmp_path / "a.atom"
    second = clock.seconds()
    put(path, b"one", second + 0.1)
    assert files.read(path).modified == second
    put(path, b"two", second + 0.5)
    assert files.read(path).modified is None, "a later date would be in the future"
    put(path, b"three", second + 0.8)
    assert files.read(path).modified is None
    clock.now += timedelta(seconds=5)
    assert files.read(path).modified == second + 1
    assert b"".join(files.read(path).chunks(packed=False)) == b"three"


def test_a_file_from_the_future_has_no_date(tmp_path: Path, files: FeedFiles, clock: Clock) -> None:
    put(tmp_path / "a.atom", b"one", clock.seconds() + 100)
    assert files.read(tmp_path / "a.atom").modified is None


def test_what_was_not_asked_for_lately_makes_room(tmp_path: Path, clock: Clock) -> None:
    noise = [os.urandom(400) for _ in range(3)]
    for number, data in enumerate(noise):
        put(tmp_path / f"{number}.atom", data, clock.seconds() - 10)
    files = FeedFiles(room=1000, clock=clock)
    first, second = (files.read(tmp_path / f"{n}.atom") for n in (0, 1))
    files.read(tmp_path / "0.atom")
    files.read(tmp_path / "2.atom")
    assert files.read(tmp_path / "0.atom") is first
    again = files.read(tmp_path / "1.atom")
    assert again is not second
    assert again == second


def test_a_file_larger_than_the_room_is_served_all_the_same(tmp_path: Path, clock: Clock) -> None:
    put(tmp_path / "a.atom", b"x" * 5000, clock.seconds() - 10)
    assert (
        b"".join(FeedFiles(room=1, clock=clock).read(tmp_path / "a.atom").chunks(packed=False))
        == b"x" * 5000
    )


@pytest.mark.parametrize(
    ("kind", "error"),
    [("nothing", FileNotFoundError), ("folder", IsADirectoryError), ("pipe", OSError)],
)
def test_what_is_no_file_is_an_error(
    tmp_path: Path, files: FeedFiles, kind: str, error: type[OSError]
) -> None:
    path = tmp_path / "a.atom"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    with pytest.raises(error):
        files.read(path)


def test_a_file_that_went_is_not_found_though_it_was_known(
    tmp_path: Path, files: FeedFiles, clock: Clock
) -> None:
    path = tmp_path / "a.atom"
    put(path, b"one", clock.seconds() - 10)
    files.read(path)
    path.unlink()
    with pytest.raises(FileNotFoundError):
        files.read(path)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 50 * CHUNK + 7])
def test_no_more_than_a_chunk_is_unpacked_at_once(
    tmp_path: Path, files: FeedFiles, clock: Clock, size: int
) -> None:
    for number, data in enumerate((b"x" * size, os.urandom(size))):
        put(tmp_path / f"{number}.atom", data, clock.seconds() - 10)
        file = files.read(tmp_path / f"{number}.atom")
        for packed in (False, True):
            chunks = list(file.chunks(packed=packed))
            assert max(map(len, chunks), default=0) <= CHUNK
            assert sum(map(len, chunks)) == file.length(packed=packed)
        assert gzip.decompress(b"".join(file.chunks(packed=True))) == data
        assert b"".join(file.chunks(packed=False)) == data
