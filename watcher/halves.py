"""Looks at a long list of paths in two halves: the second one by a helper, in a process of its own.

Only a process without threads is forked, on Linux: a lock that a thread holds would stay taken in
the child for ever. Else one process looks at it all. Helpers write nothing.
"""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from watcher.scan.forking import count_helpers
from watcher.store.rest import Span

_MOST_SAID = 128


class Tally(NamedTuple):
    """How many files were seen, all of them as known; how many of them are known to be unusable.

    ``digest`` stands for what was seen, where that is not noted yet.
    """

    seen: int
    quarantined: int
    digest: str = ""


Saw = Callable[[int], None]
"""Told how many more files were seen."""

Look = Callable[[Span, Saw], Tally | None]
"""Counts what is in a part of all paths; None as soon as anything in it is not as known."""


def count_both(middle: bytes | None, look: Look, saw: Saw) -> list[Tally] | None:
    """What is in each half; None if anything is not as known, or a helper was lost.

    ``middle`` is where to part them; None where that would not pay. Then, or where there can be no
    helper, all is one.
    """
    if middle is None or not count_helpers():
        tally = look((b"", None), saw)
        return [tally] if tally else None
    helper = _Helper(look, (middle, None))
    try:
        mine = look((b"", middle), lambda more: saw(2 * more))  # the helper is as far, about
        theirs = helper.wait() if mine else None
    finally:
        helper.end()
    return [mine, theirs] if mine and theirs else None


class _Helper:
    """A process that looks at one part."""

    def __init__(self, look: Look, span: Span) -> None:
        self._said, say = os.pipe()
        self._pid = os.fork()
        if not self._pid:
            _work(look, span, say)
        os.close(say)

    def wait(self) -> Tally | None:
        """What it counted, in the end; None also if it said nothing."""
        words = os.read(self._said, _MOST_SAID).decode("ascii").split()
        return Tally(int(words[0]), int(words[1]), *words[2:]) if words else None

    def end(self) -> None:
        """It is over, done or not."""
        os.close(self._said)
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)


def _work(look: Look, span: Span, say: int) -> None:
    """What a helper does. It never returns; whatever goes wrong, the other process does it all."""
    try:
        tally = look(span, lambda _: None)
        if tally:
            os.write(say, "{} {} {}".format(*tally).encode())
    finally:
        os._exit(0)
