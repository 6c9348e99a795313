"""A bar for what takes more than a second, on a terminal; elsewhere nothing at all."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress

Advance = Callable[[int, str], None]
"""Told how much is done by now, and what else is to be said beside the bar."""

Count = Callable[[], int | None]

PATIENCE = 1.0
"""Seconds without a bar: what is quicker needs none."""


@contextmanager
def progress(what: str, count: Count, *, stream: TextIO | None = None) -> Iterator[Advance]:
    """Show how far ``what`` is of ``count()``, which is asked only if there is a bar.

    Where nobody knows how much there is, ``count()`` is None, and the bar only moves.
    """
    out = stream or sys.stderr
    if not out.isatty():
        yield lambda _done, _note: None
        return
    bar = _Bar(what, count, out, time.monotonic() + PATIENCE)
    try:
        yield bar.show
    finally:
        bar.close()


class _Bar:
    """Begins to show itself when its time has come; is gone when all is done."""

    def __init__(
        self, what: str, count: Callable[[], int | None], out: TextIO, begins_at: float
    ) -> None:
        self._what = what
        self._count = count
        self._out = out
        self._begins_at = begins_at
        self._began_at = time.monotonic()
        self._shown: Progress | None = None

    def show(self, done: int, note: str) -> None:
        if self._shown is None and time.monotonic() >= self._begins_at:
            self._shown = _start(self._what, self._count(), self._out)
        if self._shown is not None:
            rate = done / max(time.monotonic() - self._began_at, 0.001)
            task = self._shown.tasks[0]
            amount = f"{done:,}" if task.total is None else f"{done:,} of {task.total:,.0f}"
            said = f"{amount} {note}, {rate:,.0f}/s, left:"
            self._shown.update(task.id, completed=done, note=said)

    def close(self) -> None:
        if self._shown is not None:
            self._shown.stop()


def _start(what: str, total: int | None, out: TextIO) -> "Progress":
    # Slow to import, and only for a terminal.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[note]}"),
        TimeRemainingColumn(),
        console=Console(file=out),
        transient=True,
    )
    bar.add_task(what, total=total, note="")
    bar.start()
    return bar
