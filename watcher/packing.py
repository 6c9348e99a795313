"""Readings on their way from one process to another: little to make, and little to make good again.

A seed goes as values that need no constructing, its content as the bytes that the store wants.
"""

import pickle
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from watcher.model.seed import Content, Reading, Seed, SeedPath, Signature
from watcher.pipeline.reading import Readings
from watcher.store.content_json import EncodedContent, content_bytes

_SIGNATURE = ("size", "mtime_ns", "ctime_ns", "inode")
_READY = ("title", "summary", "body", "published_at", "topics")
"""What is asked of the content of every seed, also of one that is new."""

_signature_values = attrgetter(*_SIGNATURE)
_ready_values = attrgetter(*_READY)


def pack_readings(found: Readings) -> bytes:
    """Readings as bytes, for :func:`unpack_readings` with the same paths."""
    packed = [_pack(one) if isinstance(one, Seed) else one for one in found.readings]
    values = (packed, found.read, found.parsed, found.seconds)
    return pickle.dumps(values, pickle.HIGHEST_PROTOCOL)


def unpack_readings(data: bytes, paths: Sequence[SeedPath]) -> Readings:
    """The inverse, for bytes from a process of our own; ``paths`` are those that were read."""
    packed, read, parsed, seconds = pickle.loads(data)  # noqa: S301
    readings = tuple(
        _unpack(one, at) if isinstance(one, tuple) else one
        for one, at in zip(packed, paths, strict=True)
    )
    return Readings(readings=readings, read=read, parsed=parsed, seconds=seconds)


def _pack(seed: Seed) -> tuple[Any, ...]:
    content = seed.content
    return (
        _signature_values(seed.signature),
        seed.trusted,
        seed.digest,
        content_bytes(content),
        _ready_values(content),
        seed.urls,
        seed.warnings,
    )


def _unpack(packed: tuple[Any, ...], at: SeedPath) -> Reading:
    signature, trusted, digest, encoded, ready, urls, warnings = packed
    size, mtime_ns, ctime_ns, inode = signature
    content: Content = EncodedContent.of(encoded, dict(zip(_READY, ready, strict=True)))
    return Seed(
        at=at,
        signature=Signature(size=size, mtime_ns=mtime_ns, ctime_ns=ctime_ns, inode=inode),
        trusted=trusted,
        digest=digest,
        content=content,
        urls=urls,
        warnings=warnings,
    )
