"""Column types: how the model's values are stored, the same on both engines.

Pure conversions; no queries. Times are integer microseconds since the epoch, so that they are
exact everywhere; paths are the file system's own bytes, so that any file name can be stored.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Dialect,
    LargeBinary,
    Text,
    cast,
)
from sqlalchemy.types import TypeDecorator

from watcher.clock import microseconds, moment
from watcher.model.seed import Content, Problem, Reason, Signature
from watcher.store.content_json import content_bytes, decode_content

E = TypeVar("E", bound=StrEnum)

BareText = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that is compared byte by byte on both engines."""


def key_of(text: str) -> bytes:
    """Sixteen bytes that stand for a text of any length in an index."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def storable(text: str) -> str:
    """The text without what PostgreSQL or UTF-8 cannot hold: NUL and lone surrogates."""
    text = text.replace("\0", "�")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


class Moment(TypeDecorator[datetime]):
    """An aware time, in UTC when it comes back."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        del dialect
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        del dialect
        return moment(value)


class FilePath(TypeDecorator[str]):
    """A path as the file system has it."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        del dialect
        return None if value is None else os.fsencode(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        del dialect
        return None if value is None else os.fsdecode(value)


class Prose(TypeDecorator[str]):
    """Text for people, from anywhere: what cannot be stored in it is replaced."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        del dialect
        return None if value is None else storable(value)


class Word(TypeDecorator[E], Generic[E]):
    """A member of a StrEnum, as its text."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[E]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: E | None, dialect: Dialect) -> str | None:
        del dialect
        return None if value is None else str(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> E | None:
        del dialect
        return None if value is None else self.words(value)


@lru_cache(maxsize=512)
def _decoded(text: str) -> Content:
    """Feeds read the same contents again and again; what a text says is always the same."""
    return decode_content(text)


class StoredContent(TypeDecorator[Content]):
    """An article's content, as the codec's JSON.

    It goes to SQLite as the bytes that it has there anyway, and is cast to text where that costs
    nothing: for a string, Python's driver would have to decode them, only to encode them again.
    """

    impl = Text
    cache_ok = True

    def bind_expression(self, bindvalue: BindParameter[Content]) -> ColumnElement[Any]:
        return cast(bindvalue, Text)

    def process_bind_param(self, value: Content | None, dialect: Dialect) -> str | bytes | None:
        if value is None:
            return None
        data = content_bytes(value)
        return data if dialect.name == "sqlite" else data.decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> Content | None:
        del dialect
        return None if value is None else _decoded(value)


class StoredSignature(TypeDecorator[Signature]):
    """A stat signature as four decimal numbers: inodes and times may need more than 63 bits."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Signature | None, dialect: Dialect) -> str | None:
        del dialect
        if value is None:
            return None
        return stored_signature(value.size, value.mtime_ns, value.ctime_ns, value.inode)

    def process_result_value(self, value: Any, dialect: Dialect) -> Signature | None:
        del dialect
        if value is None:
            return None
        size, mtime_ns, ctime_ns, inode = map(int, value.split())
        return Signature(size=size, mtime_ns=mtime_ns, ctime_ns=ctime_ns, inode=inode)


class StoredProblem(TypeDecorator[Problem]):
    """A problem as ASCII JSON: its message may name a file whose name is not text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Problem | None, dialect: Dialect) -> str | None:
        del dialect
        return None if value is None else json.dumps(asdict(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> Problem | None:
        del dialect
        if value is None:
            return None
        record = json.loads(value)
        reason = record.pop("reason")
        return Problem(reason=reason and Reason(reason), **record)


class Members(TypeDecorator[tuple[int, ...]]):
    """The sequence numbers in a delivery, in order, as a JSON list."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[int, ...] | None, dialect: Dialect) -> str | None:
        del dialect
        return None if value is None else json.dumps(value, separators=(",", ":"))

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[int, ...] | None:
        del dialect
        return None if value is None else tuple(json.loads(value))


ScanRow = tuple[bytes, str | None, int]
"""A file as a scan compares it: its path below its root in the file system's own bytes; its
signature as :func:`stored_signature` writes it, None if that is not to be trusted; and what else
is to be said of it: nothing, or ``QUARANTINED`` or ``ABSENT`` or both."""

QUARANTINED = 1
ABSENT = 2


def stored_signature(size: int, mtime_ns: int, ctime_ns: int, inode: int) -> str:
    """A stat signature as it is stored, so that two can be compared without reading either."""
    return f"{size} {mtime_ns} {ctime_ns} {inode}"


def as_listed(
    folder: str, names: Iterable[str], statuses: Iterable[os.stat_result]
) -> list[ScanRow]:
    """The rows of usable files that have these names in a folder, and these statuses."""
    # As stored_signature writes it, without a call for each of a million files.
    return [
        (os.fsencode(folder + name), f"{s.st_size} {s.st_mtime_ns} {s.st_ctime_ns} {s.st_ino}", 0)
        for name, s in zip(names, statuses, strict=True)
    ]
