"""Pruning, at any time, changes no feed and no later decision."""

from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from tests.support.installation import Installation
from tests.support.seeds import write_seed
from watcher.store.housekeeping import Cutoffs

STEPS = 25


class Folder:
    """The same random history for everybody who has the same number."""

    def __init__(self, installed: Installation, number: int) -> None:
        self.installed = installed
        self._random = Random(number)

    def step(self) -> None:
        """Write, edit, move and delete a few; files that went may come back, with any text."""
        root = self.installed.root
        for _ in range(4):
            number = self._random.randrange(12)
            name = f"article-{self._random.choice([number, number, number + 100])}.md"
            if self._random.random() < 0.4:
                (root / name).unlink(missing_ok=True)
                continue
            summary = f"Summary {self._random.randrange(3)}."
            write_seed(root, number, name=name, excerpt=summary, topics=[f"topic {number % 3}"])

    def prune(self) -> None:
        """All that may ever go, however young."""
        at = self.installed.now + timedelta(days=1)
        self.installed.store.upkeep.prune(
            Cutoffs(attempts=at, deliveries=at, changes=at, removed=at)
        )

    def feed(self) -> str:
        text = self.installed.feed.read_text("utf-8")
        return text.replace(str(self.installed.folder), "")


@pytest.mark.parametrize("number", [1, 2, 3])
def test_it_makes_no_difference(tmp_path: Path, database_url: str, number: int) -> None:
    other = tmp_path / "kept"
    other.mkdir()
    (tmp_path / "pruned").mkdir()
    with (
        Installation(tmp_path / "pruned", database_url) as one,
        Installation(other, str(other / "seedwatch.db")) as two,
    ):
        pruned, kept = Folder(one, number), Folder(two, number)
        for _ in range(STEPS):
            for folder in (pruned, kept):
                folder.step()
                folder.installed.pass_time(90)
            found = [folder.installed.scan().totals for folder in (pruned, kept)]
            assert [(t.new, t.updated, t.removed) for t in found[:1]] == [
                (t.new, t.updated, t.removed) for t in found[1:]
            ]
            pruned.prune()
            one.scan()
            two.scan()
            assert pruned.feed() == kept.feed()
        assert len(one.announced()) < len(two.announced())
        assert one.live_titles() == two.live_titles()
