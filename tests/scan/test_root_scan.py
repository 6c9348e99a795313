"""What a scan reads ahead of storing it is not stored over what came in meanwhile."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.installation import Installation
from tests.support.seeds import write_seed
from watcher.model.seed import SeedPath
from watcher.pipeline.reading import Piece, Readings
from watcher.scan import root_scan as subject
from watcher.scan.read_pool import PIECE, ReadPool
from watcher.scan.result import ScanTotals
from watcher.scan.wiring import make_pipeline


class ReadsAllAtFirst(ReadPool):
    """Reads as far ahead as can be."""

    def read(self, pieces: Iterator[Piece], *, most: int, least: int) -> Iterator[list[Readings]]:
        yield from list(super().read(pieces, most=most, least=least))


def test_what_was_read_ahead_is_read_again_if_it_came_in_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "ReadPool", ReadsAllAtFirst)
    monkeypatch.setattr(subject, "BATCH", PIECE)
    monkeypatch.setattr(subject, "PIECE", 1)
    monkeypatch.setattr(subject, "BATCH", 1)
    with Installation(tmp_path, str(tmp_path / "seedwatch.db")) as installation:
        for number in (1, 2, 3):
            write_seed(installation.root, number)
        store, config, clock = installation.store, installation.config, lambda: installation.now
        pipeline = make_pipeline(store, config, clock)
        at = SeedPath(root=str(installation.root), path="article-3.md")
        taken = list[SeedPath]()

        def between() -> list[SeedPath]:
            """The first batch is stored: now article 3 is edited, and its event comes in."""
            if taken or not store.catalogue.totals().live:
                return []
            write_seed(installation.root, 3, title="Edited")
            taken.append(at)
            pipeline.process([at])
            return [at]

        rescan = subject.Rescan(
            files=store.files, roots=store.roots, pipeline=pipeline, clock=clock, between=between
        )
        rescan.scan(config.watch[0], ScanTotals(), patience=timedelta(0))
        changes = store.catalogue.changes(limit=10)
    assert taken == [at]
    assert sorted(c.article.content.title for c in changes) == ["Article 1", "Article 2", "Edited"]
    assert {change.kind for change in changes} == {"new"}
