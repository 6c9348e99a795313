"""A long rescan says how far it is: files, their rate, and the time left as soon as it is known."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.installation import Installation
from tests.support.seeds import write_seed
from watcher.scan import progress as subject
from watcher.scan.progress import ScanProgress
from watcher.scan.root_scan import ScanTotals


class Watched:
    """Progress whose clock and totals a test moves on."""

    def __init__(self, installation: Installation, *, is_first: bool) -> None:
        self.now = 100.0
        self.heard: list[float] = []
        self.totals = ScanTotals()
        files = installation.store.files
        self.progress = ScanProgress(files, on_news=self._hear, clock=lambda: self.now)
        self.root = installation.config.watch[0]
        self.progress.begin(self.root, self.totals, is_first=is_first)

    def after(self, seconds: float, *, done: int) -> str:
        """What it says when so much was done in so many more seconds."""
        self.now += seconds
        self.totals.seen = self.totals.unchanged = done
        self.progress.step(str(self.root.path))
        return str(self.progress.now())

    def _hear(self) -> None:
        self.heard.append(self.now)


def test_the_first_scan_of_a_root_counts_its_files_as_it_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(subject, "COUNT_AT_ONCE", 3)
    with Installation(tmp_path, str(tmp_path / "seedwatch.db")) as installation:
        for number in range(7):
            write_seed(installation.root, number)
        it = Watched(installation, is_first=True)
        assert it.after(1, done=1) == "None"  # it may be over in a moment
        assert it.after(4, done=2) == "2 files, 0/s"
        assert it.after(1, done=3) == "3 files, 0/s"
        assert it.heard == []
        assert it.after(4, done=4) == "4 files, 0/s"
        assert it.heard == [110]
        assert it.after(5, done=5) == "5 of 7 files, 0/s, 0:00:06 left"
        assert it.heard == [110]
        assert it.after(5, done=6) == "6 of 7 files, 0/s, 0:00:05 left"
        it.progress.end(str(installation.root))
        assert it.progress.now() is None
    said = [record for record in caplog.records if record.message == "rescan goes on"]
    assert [vars(record)["fields"] for record in said] == [
        {
            "root": str(installation.root),
            "files": 4,
            "of": "unknown",
            "per_second": "0",
            "left": "unknown",
        },
        {
            "root": str(installation.root),
            "files": 6,
            "of": 7,
            "per_second": "0",
            "left": timedelta(seconds=3),
        },
    ]


def test_a_root_that_is_known_has_as_many_files_as_the_store_knows_or_more(tmp_path: Path) -> None:
    with Installation(tmp_path, str(tmp_path / "seedwatch.db")) as installation:
        for number in range(3):
            write_seed(installation.root, number)
        installation.scan()
        it = Watched(installation, is_first=False)
        assert it.after(10, done=1) == "1 of 3 files, 0/s, 0:00:20 left"
        assert it.after(10, done=1000) == "1,000 of 1,000 files, 100/s, 0:00:00 left"


def test_what_was_fast_at_first_says_nothing_of_how_fast_the_rest_is(tmp_path: Path) -> None:
    with Installation(tmp_path, str(tmp_path / "seedwatch.db")) as installation:
        it = Watched(installation, is_first=True)
        it.after(10, done=10_000)
        it.after(10, done=10_100)
        assert it.after(10, done=10_200) == "10,200 files, 10/s"


def test_a_root_that_went_cannot_be_counted(tmp_path: Path) -> None:
    with Installation(tmp_path, str(tmp_path / "seedwatch.db")) as installation:
        installation.root.rmdir()
        it = Watched(installation, is_first=True)
        assert it.after(10, done=10) == "10 files, 1/s"
