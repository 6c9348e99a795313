"""Has a root's first seeds read while the program is still loading what a first scan needs.

Only where there is no store yet: then all that is there will be read, in the order of the walk. It
is a guess all the same: the scan walks by itself, and takes up only what it asks for. This opens no
store, and says nothing: what is wrong with a root, the scan says.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from watcher.clock import utc_now
from watcher.config.schema import Config, RootConfig
from watcher.errors import WatchError
from watcher.model.seed import SeedPath
from watcher.scan.collector import seldom_collecting
from watcher.scan.forking import count_helpers
from watcher.watch.walk import walk_root

if TYPE_CHECKING:
    from watcher.scan.read_pool import ReadAhead


@contextmanager
def head_start(config: Config) -> Iterator["ReadAhead | None"]:
    """Helpers that have begun with the first root; None where there is nothing to begin with."""
    helpers = count_helpers() if _is_first(config.state) else 0
    if not helpers:
        yield None
        return
    # What reads seeds is loaded before there are two processes, and not once in each.
    from watcher.pipeline.reading import Piece, read_piece  # noqa: PLC0415
    from watcher.scan.read_pool import AHEAD, MANY, PIECE, ReadAhead  # noqa: PLC0415

    paths = list(islice(_paths(config.watch[0]), AHEAD * PIECE))
    if len(paths) < MANY:
        yield None
        return
    read = partial(read_piece, config=config, clock=utc_now)
    with seldom_collecting(), ReadAhead(read, helpers=helpers) as ahead:
        starts = range(0, len(paths), PIECE)
        ahead.begin(Piece(paths=paths[at : at + PIECE], digests={}) for at in starts)
        yield ahead


def _is_first(state: str) -> bool:
    """Whether there is no store yet, of those that are a file."""
    if not state.startswith("/"):
        return False
    with suppress(OSError):
        return Path(state).stat().st_size == 0
    return True


def _paths(root: RootConfig) -> Iterator[SeedPath]:
    """The paths of a root in the order of a scan, as far as they can be found."""
    path = str(root.path)
    with suppress(WatchError):
        for found in walk_root(root, unreadable=lambda _path, _why: None):
            yield SeedPath(root=path, path=found.path)
