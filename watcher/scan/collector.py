"""Keeps the garbage collector from going through all that stays, while much comes and goes.

A seed is many small objects and no cycles: with Python's own thresholds a twelfth of the time in
which seeds are taken in goes into looking for cycles that are not there.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

OBJECTS = 50_000
"""How many new objects there are before it is looked for cycles among them: those of one batch."""


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """Leave out what there is already, and look at the rest less often, to the end of the block."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
