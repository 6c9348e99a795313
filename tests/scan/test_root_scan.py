"""One pass over a root: what was read ahead, and what others took meanwhile."""

from datetime import timedelta
from pathlib import Path

from tests.support.installation import Installation
from tests.support.seeds import write_seed
from watcher.model.seed import SeedPath
from watcher.scan.read_pool import PIECE
from watcher.scan.root_scan import ScanTotals
from watcher.scan.wiring import make_pipeline, scan_starter


def test_what_was_read_ahead_is_read_again_if_it_came_in_meanwhile(tmp_path: Path) -> None:
    """The first piece is read and not stored yet when an event about one of its seeds is taken."""
    with Installation(tmp_path, str(tmp_path / "seedwatch.db")) as installation:
        for number in range(PIECE + 1):
            write_seed(installation.root, number)
        store, config, clock = installation.store, installation.config, lambda: installation.now
        pipeline = make_pipeline(store, config, clock)
        begin = scan_starter(store, config, clock, pipeline, patience=timedelta(0))
        scan = begin(config.watch[0], ScanTotals())
        at = SeedPath(root=str(installation.root), path="article-3.md")
        for number, _ in enumerate(scan.steps()):
            if number == 0:
                assert not store.catalogue.totals().live, "nothing is stored yet"
                write_seed(installation.root, 3, title="Edited")
                pipeline.process([at])
                scan.note_taken([at])
        assert store.catalogue.totals().live == PIECE + 1
        assert {kind for kind, _ in installation.news()} == {"new"}
        assert "Edited" in installation.live_titles()
