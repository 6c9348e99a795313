"""Why a file in a root is no article that is known: what ``explain`` says of it."""

from functools import partial
from pathlib import Path

from watcher.clock import utc_now
from watcher.config.schema import Config, RootConfig
from watcher.model.seed import NotArticle, SeedPath
from watcher.pipeline.reading import Piece, read_piece
from watcher.scan.read_pool import ReadPool, can_fork
from watcher.watch.walk import patterns_of


def why_left_out(path: Path, config: Config) -> str | None:
    """Why a file is no article, in words; None if it lies in no root, or is not there."""
    for root in config.watch:
        if path.is_relative_to(root.path) and path.is_file():
            return _why_left_out(root, str(path.relative_to(root.path)), config)
    return None


def _why_left_out(root: RootConfig, path: str, config: Config) -> str:
    if not patterns_of(root).wants_file(path):
        return "its name is left out: by include, exclude, like, or as one that no article has"
    piece = Piece(paths=[SeedPath(root=str(root.path), path=path)], digests={})
    read = partial(read_piece, config=config, clock=utc_now)
    with ReadPool(read, helpers=1 if can_fork() else 0, only_helpers=True) as pool:
        readings = [each for some in pool.read(iter([piece]), together=1) for each in some]
    for reading in (reading for each in readings for reading in each.readings):
        if isinstance(reading, NotArticle):
            return reading.why
    return "it has not been scanned yet, or was written since: seedwatch scan takes it in"
