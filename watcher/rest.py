"""A scan that finds all at rest: the seeds as they were, and nothing left to do since the last one.

Most scans are so. This one looks at all that would give a scan something to do, and loads neither
what reads seeds nor what renders feeds, nor the config's schema: what it must know of the roots was
noted when the store began to rest. The first one compares all seeds with what the store knows, and
notes what they were; the next ones recognise them. Where anything is different it does nothing, and
says so: then the other one does it all. Only for SQLite, where one process at a time takes seeds
in.
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from watcher import __version__
from watcher.clock import Clock
from watcher.config.outline import Outline
from watcher.errors import StoreError, WatchError
from watcher.halves import Saw, Tally, count_both
from watcher.ingest.keys import INGEST_VERSION
from watcher.recognition import is_as_noted, spans_of
from watcher.scan.compare import Sight, compare_rows
from watcher.scan.forking import count_helpers
from watcher.scan.result import PassResult, ScanTotals
from watcher.store.rest import MANY, KnownPart, RestingStore, Span
from watcher.store.sqlite_file import take_lock
from watcher.watch.digest import WalkDigest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from watcher.config.schema import Config
    from watcher.publish.feed_file import PublishedFeed


class _Root(NamedTuple):
    """What a walk must know of a root."""

    path: str
    include: tuple[str, ...]
    exclude: tuple[str, ...]


_Parted = tuple[bytes | None, Sequence[KnownPart]]
"""Where the second half of a root begins, if two are to look; and its parts, if they are noted."""


def describe_rest(
    config: "Config", feeds: "Iterable[PublishedFeed]", devices: "Mapping[str, int | None]"
) -> str | None:
    """What a store rests with, as text; None if the next scan may have something to do.

    That is the program, its config, the feeds as they were published, and the disks of the roots.
    """
    from watcher.config.matching import depends_on_time  # noqa: PLC0415  # loads the config's schema

    published = tuple(feeds)
    timed = any(depends_on_time(feed.match) for feed in config.feeds)
    if config.digest is None or timed or any(feed.error for feed in published):
        return None
    described = {
        "config": _with_program(config.digest),
        "roots": [(str(root.path), root.include, root.exclude) for root in config.watch],
        "feeds": {str(feed.path): feed.digest for feed in published},
        "archives": [str(path) for feed in published for path in feed.archives],
        "devices": {path: device for path, device in devices.items() if device is not None},
    }
    return json.dumps(described)


def scan_at_rest(config: Outline, clock: Clock, *, saw: Saw = lambda _: None) -> PassResult | None:
    """Scan all roots, if there is nothing to do; else None, and nothing was done."""
    if not config.state.startswith("/") or not Path(config.state).exists():
        return None
    with suppress(sqlite3.Error, StoreError, WatchError, OSError), _locked(config.state):
        return _scan(config, clock, saw)
    return None  # what is wrong, the other scan says


def _scan(config: Outline, clock: Clock, saw: Saw) -> PassResult | None:
    roots = _resting_roots(config)
    if roots is None:
        return None
    totals, found = ScanTotals(), dict[str, list[KnownPart]]()
    for root, (middle, parts) in roots.items():
        look = partial(_recognise, root, parts) if parts else partial(_compare, config.state, root)
        tallies = count_both(middle, look, saw)
        if tallies is None:
            return None
        for tally in tallies:
            totals.seen += tally.seen
            totals.unchanged += tally.seen
            totals.quarantined += tally.quarantined
        if not parts:
            firsts = ("", os.fsdecode(middle or b""))
            found[root.path] = list(map(KnownPart, firsts, *zip(*tallies, strict=True)))
    with closing(RestingStore.open(config.state)) as store:
        store.scanned((root.path for root in roots), clock(), found)
    return PassResult(totals=totals, feeds=())


@contextmanager
def _locked(file: str) -> Iterator[None]:
    lock = take_lock(file)
    try:
        yield
    finally:
        os.close(lock)


def _resting_roots(config: Outline) -> dict[_Root, _Parted] | None:
    """How to part each root; None if the store does not rest, or not as it is noted.

    Closed again before anything is forked: SQLite's connections must not go into another process.
    """
    with closing(RestingStore.open(config.state)) as store:
        note = store.note()
        noted = json.loads(note or "{}")
        if not noted or not _is_as_noted(noted, config):
            return None
        roots = (_Root(path, tuple(to), tuple(out)) for path, to, out in noted["roots"])
        parts = store.parts()
        return {root: _part(store, root.path, parts.get(root.path, ())) for root in roots}


def _part(store: RestingStore, root: str, parts: Sequence[KnownPart]) -> _Parted:
    """Where the halves of a root meet; one part for which a helper would pay is none."""
    if not parts or (len(parts) == 1 and parts[0].seen >= MANY and count_helpers()):
        return store.middle(root), ()
    return (os.fsencode(parts[1].first) if len(parts) > 1 else None), parts


def _is_as_noted(noted: dict[str, Any], config: Outline) -> bool:
    return (
        noted["config"] == _with_program(config.digest)
        and all(_device_of(path) == device for path, device in noted["devices"].items())
        and all(_digest_in(path).startswith(digest) for path, digest in noted["feeds"].items())
        and all(map(os.path.exists, noted["archives"]))
    )


def _recognise(root: _Root, parts: Sequence[KnownPart], span: Span, saw: Saw) -> Tally | None:
    """Count what is noted of the parts in a span, if all are as noted."""
    seen = quarantined = 0
    for of, part in zip(spans_of(parts), parts, strict=True):
        if of[0] < span[0] or (span[1] is not None and of[0] >= span[1]):
            continue
        if not is_as_noted(root, of, part, saw):
            return None
        seen += part.seen
        quarantined += part.quarantined
    return Tally(seen, quarantined)


def _compare(file: str, root: _Root, span: Span, saw: Saw) -> Tally | None:
    """Count what is in a part of a root; None as soon as anything in it is not as known."""
    blind, digest = dict[str, OSError](), WalkDigest()
    seen = quarantined = 0
    with closing(RestingStore.open(file)) as store:
        listed = store.listing(root.path, span)
        for stretch in compare_rows(root, listed, blind, span, digest=digest):
            if blind or any(one.sight is not Sight.AS_KNOWN for one in stretch.others):
                return None
            more = len(stretch.known) + len(stretch.others)
            seen += more
            saw(more)
            quarantined += sum(one.quarantined for one in stretch.others)
    return None if blind else Tally(seen, quarantined, digest.text())


def _with_program(digest: str) -> str:
    """A config, and the program that reads seeds and renders feeds by it."""
    return f"{__version__} {INGEST_VERSION} {digest}"


def _digest_in(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _device_of(path: str) -> int:
    return Path(path).stat().st_dev
