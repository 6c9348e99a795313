"""Content and stored JSON, one into the other. Pure, and lossless for what ingest makes.

Absent fields are left out, so a field that is added later changes no stored row.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields as dataclass_fields
from operator import attrgetter
from typing import Any

from watcher.clock import format_time, parse_time
from watcher.model.seed import Author, Content, Image, Provider

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
