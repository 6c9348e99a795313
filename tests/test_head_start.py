"""A first scan has its first seeds read while it still loads; nobody else has."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.seeds import write_seed
from watcher import head_start as subject
from watcher.config.load import load_config
from watcher.config.schema import Config
from watcher.head_start import head_start
from watcher.scan.read_pool import MANY
from watcher.store.database import Database

# In a process of its own: only one without threads may fork, and this one has some.
SCRIPT = """
import sys
from pathlib import Path
from watcher.config.load import load_config
from watcher.head_start import head_start

config = load_config(Path(sys.argv[1]), environ={})
with head_start(config) as begun:
    assert "sqlalchemy" not in sys.modules
    from watcher.model.seed import SeedPath
    from watcher.pipeline.reading import Piece, read_piece
    alone = []
    read, begun._read = begun._read, lambda piece: (alone.append(piece), read(piece))[1]
    root = str(config.watch[0].path)
    paths = [SeedPath(root=root, path=name) for name in sys.argv[2:]]
    pieces = [Piece(paths=paths[at : at + 200], digests={}) for at in range(0, len(paths), 200)]
    found = [each for some in begun.read(iter(pieces), most=5, least=5) for each in some]
assert [reading.at for each in found for reading in each.readings] == paths
assert found[0].parsed == 200
assert pieces[0] not in alone
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a root of just so many seeds as are worth a helper."""
    for number in range(MANY):
        write_seed(tmp_path / "seeds", number)
    return tmp_path


def config_file(folder: Path, **changed: Any) -> Path:
    config = {"state": "seedwatch.db", "watch": [{"path": "seeds"}]} | changed
    file = folder / "seedwatch.yaml"
    file.write_text(json.dumps(config), "utf-8")
    return file


def config_of(folder: Path, **changed: Any) -> Config:
    return load_config(config_file(folder, **changed), environ={})


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="with one core nobody helps")
def test_helpers_read_what_a_first_scan_will_ask_for(folder: Path) -> None:
    names = sorted(path.name for path in (folder / "seeds").iterdir())
    words = [sys.executable, "-c", SCRIPT, str(config_file(folder)), *names]
    subprocess.run(words, check=True, timeout=60)


@pytest.fixture
def could_help(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody comes that far: this process has threads."""
    monkeypatch.setattr(subject, "count_helpers", lambda: 1)


@pytest.mark.usefixtures("could_help")
def test_nobody_begins_with_few_seeds(folder: Path) -> None:
    (folder / "seeds" / "article-0.md").unlink()
    with head_start(config_of(folder)) as begun:
        assert begun is None


@pytest.mark.usefixtures("could_help")
@pytest.mark.parametrize(
    "changed", [{"watch": [{"path": "away"}]}, {"state": "postgresql://user@host/name"}]
)
def test_nobody_begins_with_what_cannot_be_known(folder: Path, changed: dict[str, Any]) -> None:
    with head_start(config_of(folder, **changed)) as begun:
        assert begun is None


@pytest.mark.usefixtures("could_help")
def test_nobody_begins_where_there_is_a_store(folder: Path) -> None:
    config = config_of(folder)
    Database.open(config.state).close()
    with head_start(config) as begun:
        assert begun is None
