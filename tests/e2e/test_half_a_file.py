"""Whoever reads the feed while 5,000 changes are published never sees half of one.

tests/publish/test_atomic_file.py does it with bytes; here it is a real feed, read from the
disk and over HTTP by turns.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import requests

from tests.feed.samples import parsed
from tests.serve.samples import MemoryView, feed, serving

CHANGES = 5_000
WINDOW = 3
PROJECT = Path(__file__).parents[2]

# Article after article becomes known; each is in the feed until it leaves the window.
PUBLISH = f"""
import sys
from pathlib import Path
from tests.feed.samples import article, feed_config, rendered
from watcher.feed.render import EntryCache
from watcher.publish.atomic_file import publish_file
path, cache = Path(sys.argv[1]), EntryCache()
feed = feed_config("atom", path=path)
for last in range({CHANGES}):
    known = [article(n) for n in range(last, max(last - {WINDOW}, -1), -1)]
    assert publish_file(path, rendered("atom", known, feed=feed, cache=cache).data)
    if last == 0:
        print("published", flush=True)
"""


def newest(document: bytes) -> int:
    """The number of the newest article of a document, which must be whole."""
    assert document.endswith(b"</entry>\n</feed>\n")
    number = int(document.partition(b">Article ")[2].partition(b"<")[0])
    expected = min(number + 1, WINDOW)
    assert document.count(b"  <entry>") == document.count(b"</entry>") == expected
    return number


def watch_it_grow(publisher: "subprocess.Popen[str]", readers: list[Callable[[], bytes]]) -> int:
    """Let the readers read by turns until the last change; how many versions were seen."""
    versions, last = 0, -1
    for read in cycle(readers):
        is_over = publisher.poll() is not None
        number = newest(document := read())
        assert number >= last, "an older version came after a newer one"
        if number // 250 > last // 250:
            assert len(parsed(document).entries) == min(number + 1, WINDOW)
        versions, last = versions + (number != last), number
        if is_over:
            break
    assert last == CHANGES - 1
    return versions


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """In memory where there is such a place: what is written matters here, not when a disk has it.

    Two syncs a change would make it a test of the disk, and of whoever else uses it.
    """
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


def test_readers_see_whole_documents_only(folder: Path) -> None:
    path = folder / "all.atom"
    view = MemoryView(listed=[feed(path)])
    command = [sys.executable, "-c", PUBLISH, str(path)]
    with (
        serving(view, folder=folder) as base,
        requests.Session() as session,
        subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as publisher,
    ):
        session.trust_env = False

        def fetch() -> bytes:
            answer = session.get(f"{base}/feeds/all.atom", timeout=20)
            assert answer.status_code == 200
            return answer.content

        try:
            assert publisher.stdout is not None
            assert publisher.stdout.readline() == "published\n"
            versions = watch_it_grow(publisher, [*[path.read_bytes] * 20, fetch])
        finally:
            publisher.kill()
    assert publisher.returncode == 0
    assert versions > 100
