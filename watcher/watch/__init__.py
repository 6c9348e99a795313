"""Watch: roots in, dirty paths and reasons to rescan out.

In: the config's roots, and what the kernel tells of them. Out: from the observer, hints (a path is
dirty, a root needs a rescan) and how each root stands; from a scan, every path that the patterns
want, with its stat signature; from the settler, batches of paths that are quiet. It may not: read
a seed's content, decide what a change means, or know the store. Events are hints; a scan alone is
sufficient.
"""

from typing import TYPE_CHECKING

from watcher.on_demand import on_demand

if TYPE_CHECKING:
    from watcher.watch.digest import WalkDigest
    from watcher.watch.observer import Observer
    from watcher.watch.patterns import Patterns
    from watcher.watch.scan import (
        EVERYTHING,
        Found,
        FoundKind,
        Root,
        Span,
        Walked,
        printable,
        walk_root,
        walk_stretches,
    )
    from watcher.watch.settle import Settler
    from watcher.watch.standing import RootHealth, WatchState

__all__ = [
    "EVERYTHING",
    "Found",
    "FoundKind",
    "Observer",
    "Patterns",
    "Root",
    "RootHealth",
    "Settler",
    "Span",
    "WalkDigest",
    "Walked",
    "WatchState",
    "printable",
    "walk_root",
    "walk_stretches",
]

__getattr__ = on_demand(
    __name__,
    digest="WalkDigest",
    observer="Observer",
    patterns="Patterns",
    scan="EVERYTHING Found FoundKind Root Span Walked printable walk_root walk_stretches",
    settle="Settler",
    standing="RootHealth WatchState",
)
