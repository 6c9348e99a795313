"""A rescan that recognises a root finds what one finds that compares it with every row."""

import os
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.installation import Installation
from tests.support.seeds import write_seed
from tests.support.tree_changes import ACTS, NAMES, age
from watcher.config.schema import RootConfig
from watcher.model.kinds import RootState
from watcher.model.seed import SeedPath
from watcher.pipeline.pipeline import Pipeline
from watcher.scan.result import ScanTotals
from watcher.scan.root_scan import Rescan
from watcher.scan.wiring import make_pipeline, take_over
from watcher.store.columns import ScanRow
from watcher.store.files import Files
from watcher.store.rest import KnownPart
from watcher.store.store import Store
from watcher.watch.digest import WalkDigest
from watcher.watch.walk import Span, walk_stretches

NOW_AND_THEN = 40
LATER = 10.0


class Scanning(Installation):
    """An installation in which one root is rescanned as the daemon does it."""

    def __init__(self, folder: Path, state: str, *, recognises: bool = True) -> None:
        super().__init__(folder, state)
        self.recognises = recognises
        self.between: Callable[[], list[SeedPath]] = list

    @property
    def watched(self) -> RootConfig:
        return self.config.watch[0]

    def process(self, name: str) -> list[SeedPath]:
        """Take a path in, as if an event had told of it."""
        at = SeedPath(root=str(self.root), path=name)
        self.pipeline().process([at])
        return [at]

    def pipeline(self) -> Pipeline:
        return make_pipeline(self.store, self.config, lambda: self.now)

    def rescan(self) -> ScanTotals:
        self.pass_time(LATER)
        rescan = Rescan(
            files=self.store.files,
            roots=self.store.roots,
            pipeline=self.pipeline(),
            clock=lambda: self.now,
            between=self.between,
            known=self.store.known_parts if self.recognises else None,
        )
        totals = ScanTotals()
        rescan.scan(self.watched, totals, patience=timedelta(0))
        return totals

    def rows(self) -> list[ScanRow]:
        return [row for page in self.store.files.listing(str(self.root)) for row in page]

    def is_noted(self) -> bool:
        return bool(self.store.known_parts.of(str(self.root)))


@pytest.fixture
def scanning(tmp_path: Path) -> Iterator[Scanning]:
    """Nine seeds, one of them unusable, all long known."""
    with Scanning(tmp_path, str(tmp_path / "seedwatch.db")) as scanning:
        for number in range(8):
            write_seed(scanning.root / f"{number % 2}", number)
        age(scanning.root)
        take_over(scanning.store, scanning.config, lambda: scanning.now)
        scanning.rescan()
        yield scanning


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The roots of which all rows were read, each time that they were."""
    read = list[str]()
    listing = Files.listing

    def listen(files: Files, root: str) -> Iterator[list[ScanRow]]:
        read.append(root)
        return listing(files, root)

    monkeypatch.setattr(Files, "listing", listen)
    return read


def test_an_unchanged_root_is_compared_once_and_recognised_from_then_on(
    scanning: Scanning, listed: list[str]
) -> None:
    compared = scanning.rescan()
    recognised = [scanning.rescan(), scanning.rescan()]
    assert listed == [str(scanning.root)]
    assert recognised == [compared, compared]
    assert (compared.seen, compared.unchanged) == (8, 8)
    (root,) = scanning.store.roots.all()
    assert root.last_scan_at == scanning.now, "it counts as a rescan"


def test_another_process_recognises_it_too(scanning: Scanning, listed: list[str]) -> None:
    scanning.rescan()
    scanning.restart()
    take_over(scanning.store, scanning.config, lambda: scanning.now)
    listed.clear()
    assert scanning.rescan().unchanged == 8
    assert not listed


def test_what_is_known_to_be_unusable_is_counted_by_both(tmp_path: Path) -> None:
    with Scanning(tmp_path, str(tmp_path / "seedwatch.db")) as scanning:
        write_seed(scanning.root, 1)
        (scanning.root / "bad.md").write_text("no front matter", "utf-8")
        age(scanning.root)
        for _ in range(2):
            scanning.rescan()
        assert scanning.is_noted()
        found = scanning.rescan()
        assert (found.seen, found.unchanged, found.quarantined, found.read) == (2, 2, 1, 0)


def test_two_parts_are_recognised_as_one_root(scanning: Scanning, listed: list[str]) -> None:
    middle = "0/article-4.md"
    parts = [
        KnownPart("", 2, 0, digest_of(scanning.watched, (b"", os.fsencode(middle)))),
        KnownPart(middle, 6, 0, digest_of(scanning.watched, (os.fsencode(middle), None))),
    ]
    scanning.store.known_parts.begin()
    scanning.store.known_parts.note(str(scanning.root), parts)
    listed.clear()
    assert scanning.rescan().unchanged == 8
    assert not listed
    (scanning.root / "0/article-2.md").touch()
    assert scanning.rescan().read == 1


def digest_of(root: RootConfig, span: Span) -> str:
    digest = WalkDigest()
    for _ in digest.follow(walk_stretches(root, unreadable=lambda *_: None, span=span)):
        pass
    return digest.text()


def test_what_is_taken_in_while_a_root_is_compared_keeps_it_from_being_noted(
    scanning: Scanning,
) -> None:
    def change() -> list[SeedPath]:
        scanning.between = list
        write_seed(scanning.root / "0", 0, title="Another")
        return scanning.process("0/article-0.md")

    scanning.between = change
    scanning.rescan()
    assert not scanning.is_noted()
    assert "Another" in scanning.live_titles()


def test_what_changes_while_a_root_is_recognised_is_found_at_the_next_rescan(
    scanning: Scanning,
) -> None:
    def change() -> list[SeedPath]:
        scanning.between = list
        write_seed(scanning.root / "0", 0, title="Another")
        return []

    scanning.rescan()
    scanning.between = change
    assert scanning.rescan().unchanged == 8, "it was walked already"
    assert scanning.rescan().updated == 1


@pytest.mark.parametrize(
    "write",
    [
        lambda store: store.files.distrust_all(),
        lambda store: store.upkeep.note("a fact", "that is new"),
        lambda store: store.roots.set_state(store.roots.all()[0].path, RootState.SUSPICIOUS),
    ],
)
def test_any_change_of_the_store_has_a_root_compared_again(
    scanning: Scanning, write: Callable[[Store], None], listed: list[str]
) -> None:
    scanning.rescan()
    assert scanning.is_noted()
    write(scanning.store)
    assert not scanning.is_noted()
    listed.clear()
    scanning.rescan()
    assert listed


def test_a_root_that_cannot_be_seen_whole_is_neither_noted_nor_recognised(
    scanning: Scanning, monkeypatch: pytest.MonkeyPatch
) -> None:
    scanning.rescan()
    lstat = os.lstat

    def refuse(path: str, *, dir_fd: int | None = None) -> os.stat_result:
        if path == "article-0.md":
            raise PermissionError(13, "Permission denied")
        return lstat(path, dir_fd=dir_fd)

    with monkeypatch.context() as patched:
        patched.setattr(os, "lstat", refuse)
        assert scanning.rescan().seen == 7
        (root,) = scanning.store.roots.all()
        assert root.state is RootState.DEGRADED
        assert not scanning.is_noted()
    scanning.rescan()
    (root,) = scanning.store.roots.all()
    assert root.state is RootState.OK


def test_a_root_that_is_not_there_is_not_recognised(scanning: Scanning) -> None:
    scanning.rescan()
    scanning.root.rename(scanning.folder / "away")
    scanning.rescan()
    (root,) = scanning.store.roots.all()
    assert root.state is RootState.MISSING


def test_nothing_is_noted_where_others_may_take_seeds_in(tmp_path: Path, database_url: str) -> None:
    with Scanning(tmp_path, database_url) as scanning:
        write_seed(scanning.root, 1)
        age(scanning.root)
        for _ in range(3):
            assert scanning.rescan().seen == 1
        assert scanning.is_noted() is scanning.store.database.is_sqlite


# ---------------------------------------------------------------- both ways, side by side


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_it_finds_what_a_comparison_finds(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    (tmp_path / "root").mkdir()
    with (
        Scanning(tmp_path, str(tmp_path / "short.db")) as short,
        Scanning(tmp_path, str(tmp_path / "long.db"), recognises=False) as long,
    ):
        recognised = 0
        for _ in range(NOW_AND_THEN):
            for _ in range(chance.choice((0, 0, 1, 3))):
                chance.choice(ACTS)(short.root, chance)
            if chance.random() < 0.2:  # an event comes first
                name = chance.choice(NAMES)
                short.process(name)
                long.process(name)
            recognised += short.is_noted()
            assert short.rescan() == long.rescan()
            assert short.rows() == long.rows()
            assert short.live_titles() == long.live_titles()
            assert states(short) == states(long)
        assert recognised > 5


def states(scanning: Scanning) -> list[tuple[RootState, int, int, int]]:
    return [(r.state, r.present, r.missing, r.quarantined) for r in scanning.store.roots.all()]
