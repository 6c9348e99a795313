"""Column types: how the model's values are stored, the same on both engines.

Pure conversions; no queries. Times are integer microseconds since the epoch, so that they are
exact everywhere; paths are the file system's own bytes, so that any file name can be stored.
Content is JSON, lossless for what ingest makes; absent fields are left out, so a field that is
added later changes no stored row.
"""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from dataclasses import fields as dataclass_fields
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from operator import attrgetter
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

from watcher.clock import format_time, microseconds, moment, parse_time
from watcher.model.seed import Author, Content, Image, Problem, Provider, Reason, Signature
from watcher.store.places import places_of

_CONTENT = tuple(f.name for f in dataclass_fields(Content))
_IMAGE = tuple(f.name for f in dataclass_fields(Image))
_content_values = attrgetter(*_CONTENT)
_image_values = attrgetter(*_IMAGE)
_COLLECTION = (tuple, dict)
encode_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def encode_content(content: Content) -> str:
    """Content as compact JSON with its fields in a fixed order."""
    return encode_json(_content_record(content))


def content_bytes(content: Content) -> bytes:
    """Content as it is stored: its JSON in UTF-8, with ``?`` for a surrogate that has no other."""
    return encode_content(content).encode("utf-8", "replace")


def decode_content(text: str | bytes) -> Content:
    """The inverse of :func:`encode_content` and of :func:`content_bytes`."""
    return _content(json.loads(text))


def _content_record(content: Content) -> dict[str, Any]:
    record = {
        name: value
        for name, value in zip(_CONTENT, _content_values(content), strict=True)
        if value or (value is not None and not isinstance(value, _COLLECTION))
    }
    for name, convert in _COMPOUND:
        if name in record:
            record[name] = convert(record[name])
    return record


def _image_record(image: Image) -> dict[str, Any]:
    pairs = zip(_IMAGE, _image_values(image), strict=True)
    return {name: value for name, value in pairs if value is not None}


def _provider_record(provider: Provider) -> dict[str, Any]:
    record: dict[str, Any] = {}
    if provider.name is not None:
        record["name"] = provider.name
    if provider.domain is not None:
        record["domain"] = provider.domain
    if provider.images:
        record["images"] = _image_records(provider.images)
    return record


def _author_records(authors: Iterable[Author]) -> list[dict[str, Any]]:
    return [{"name": a.name, "url": a.url} if a.url else {"name": a.name} for a in authors]


def _image_records(images: Iterable[Image]) -> list[dict[str, Any]]:
    return [_image_record(image) for image in images]


def _content_records(contents: Iterable[Content]) -> list[dict[str, Any]]:
    return [_content_record(content) for content in contents]


_COMPOUND: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("published_at", format_time),
    ("modified_at", format_time),
    ("authors", _author_records),
    ("provider", _provider_record),
    ("images", _image_records),
    ("related", _content_records),
)
"""The fields of content whose values JSON has no word for."""


def _content(record: Mapping[str, Any]) -> Content:
    values = dict(record)
    for name in ("published_at", "modified_at"):
        if name in values:
            values[name] = parse_time(values[name])
    if "authors" in values:
        values["authors"] = tuple(Author(**author) for author in values["authors"])
    if "provider" in values:
        provider = values["provider"]
        images = tuple(Image(**image) for image in provider.get("images", ()))
        values["provider"] = Provider(
            name=provider.get("name"), domain=provider.get("domain"), images=images
        )
    if "topics" in values:
        values["topics"] = tuple(values["topics"])
    if "images" in values:
        values["images"] = tuple(Image(**image) for image in values["images"])
    if "related" in values:
        values["related"] = tuple(_content(item) for item in values["related"])
    return Content(**values)


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


class RootPath(TypeDecorator[str]):
    """A root by its path, or by its identity if it is another node's; stored by its identity."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else os.fsencode(places_of(dialect).stored(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else places_of(dialect).shown(os.fsdecode(value))


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
