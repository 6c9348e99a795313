"""Recognises parts of a root that are as they were when all in them was found to be as known.

No row of the store is looked at: the store drops what it noted as soon as anything in it changes.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from watcher.watch.digest import WalkDigest
from watcher.watch.walk import Root, Span, walk_stretches

if TYPE_CHECKING:
    from watcher.scan.result import ScanTotals
    from watcher.store.known_parts import KnownParts
    from watcher.store.rest import KnownPart


def spans_of(parts: "Sequence[KnownPart]") -> Iterator[Span]:
    """From where to where each part goes; together they are the whole root."""
    firsts = [os.fsencode(part.first) for part in parts]
    return zip(firsts, (*firsts[1:], None), strict=False)


def is_as_noted(root: Root, span: Span, part: "KnownPart", saw: Callable[[int], object]) -> bool:
    """Whether a walk finds the very same in a part; ``saw`` hears how many more files it saw.

    Raises WatchError if the root itself is not there.
    """
    blind, digest = dict[str, OSError](), WalkDigest()
    walk = walk_stretches(root, unreadable=blind.__setitem__, span=span)
    for stretch in digest.follow(walk):
        saw(len(stretch.names))
    return not blind and digest.text() == part.digest


def recognise(
    root: Root, known: "KnownParts", totals: "ScanTotals", pass_by: Callable[[], object]
) -> bool:
    """Whether a root is as it was when all of it was last found to be as known; if so, count it.

    ``pass_by`` is called now and then meanwhile.
    """
    parts = known.of(str(root.path))
    before = totals.seen, totals.unchanged

    def saw(more: int) -> None:
        totals.seen += more
        totals.unchanged += more
        pass_by()

    noted = zip(spans_of(parts), parts, strict=True)
    if not all(is_as_noted(root, span, part, saw) for span, part in noted):
        totals.seen, totals.unchanged = before
        return False
    totals.quarantined += sum(part.quarantined for part in parts)
    return bool(parts)
