"""What no input may do to a parser: take over a second of a processor, or 200 MiB."""

import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

SECONDS = 3.0
"""A second, where two processes share the core and a third one its caches. What is not in
proportion to the length of the input takes far more."""
MIB = 2**20

_PIECES = {
    "brackets": "[", "braces": "{", "dashes": "- ", "items": "- a\n", "keys in keys": "a:\n ",
    "quotes": '"', "single quotes": "'", "escapes": "\\", "question marks": "? ", "colons": ": ",
    "tags": "! ", "anchors": "&a ", "aliases": "*a ", "tabs": "\t", "returns": "\r", "lines": "\n",
    "fences": "---\n", "ends": "...\n", "block scalars": "a: |\n", "comments": "# a\n",
    "BOMs": "\ufeff",
    "percents": "%", "merges": "<<: {}\n", "mojibake": "â€", "entities": "&amp;", "digits": "1",
    "base 60": "1:", "references": "${NAME}", "NULs": "\0", "letters": "a", "pairs": "a: b\n",
}  # fmt: skip
HOSTILE_PIECES = {name: piece * (MIB // len(piece.encode())) for name, piece in _PIECES.items()}


@contextmanager
def within_time() -> Iterator[None]:
    started = time.process_time()
    yield
    assert time.process_time() - started < SECONDS


@contextmanager
def within_memory() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < 200 * MIB
    finally:
        tracemalloc.stop()
