"""Shows a progress bar for what takes more than a second, on a terminal only."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO, cast

if TYPE_CHECKING:
    import logging

    from rich.progress import Progress

Advance = Callable[[int, Callable[[], str]], None]
"""Called with how much is done by now, and what else to show beside the bar, if there is one."""

Count = Callable[[], int | None]

PATIENCE = 1.0
"""Seconds before the bar appears: what is quicker needs none."""


@contextmanager
def progress(what: str, count: Count, *, stream: TextIO | None = None) -> Iterator[Advance]:
    """Show the progress of ``what`` out of ``count()``, which is called only if there is a bar.

    If the total is unknown, ``count()`` returns None, and the bar only counts.
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
    """Appears after a second, and disappears when all is done."""

    def __init__(
        self, what: str, count: Callable[[], int | None], out: TextIO, begins_at: float
    ) -> None:
        self._what = what
        self._count = count
        self._out = out
        self._begins_at = begins_at
        self._began_at = time.monotonic()
        self._shown: Progress | None = None
        self._logs: list[logging.StreamHandler[TextIO]] = []

    def show(self, done: int, note: Callable[[], str]) -> None:
        if self._shown is None and time.monotonic() >= self._begins_at:
            self._shown = _start(self._what, self._count(), self._out)
            self._make_room_for_logs()
        if self._shown is not None:
            rate = done / max(time.monotonic() - self._began_at, 0.001)
            task = self._shown.tasks[0]
            amount = f"{done:,}" if task.total is None else f"{done:,} of {task.total:,.0f}"
            left = "" if task.total is None else ", left:"
            said = f"{amount} {note()}, {rate:,.0f}/s{left}"
            self._shown.update(task.id, completed=done, note=said)

    def close(self) -> None:
        if self._shown is not None:
            self._shown.stop()
            for handler in self._logs:
                handler.setStream(self._out)

    def _make_room_for_logs(self) -> None:
        """Print log lines above the bar instead of into it."""
        import logging  # noqa: PLC0415  # a scan that finds nothing to do logs nothing

        self._logs = [
            handler
            for handler in logging.getLogger().handlers
            if isinstance(handler, logging.StreamHandler) and handler.stream is self._out
        ]
        for handler in self._logs:
            handler.setStream(cast("TextIO", _InPlaceOfBar(self._out)))


class _InPlaceOfBar:
    """A stream for a logging handler."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, text: str) -> None:
        self._out.write(f"\r\033[2K{text}")

    def flush(self) -> None:
        self._out.flush()


def _start(what: str, total: int | None, out: TextIO) -> "Progress":
    # Slow to import, and only for a terminal.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = [
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[note]}", markup=False),
        TimeRemainingColumn(),
    ]
    bar = Progress(
        *(columns if total is not None else columns[::2]),
        console=Console(file=out),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    bar.add_task(what, total=total, note="")
    bar.start()
    return bar
