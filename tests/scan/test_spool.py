"""Paths that are put aside come back as they were, in their order."""

import pytest

from watcher.scan.spool import Spool


@pytest.mark.parametrize("count", [0, 1, 40_000])  # the last is more than is kept in memory
def test_paths_come_back_in_order(count: int) -> None:
    paths = [f"folder\n{n}/näme \udcff {n}.md" for n in range(count)]
    with Spool() as spool:
        for path in paths:
            spool.put(path)
        assert list(spool) == paths
