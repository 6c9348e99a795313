"""A record in which nothing is wrong, to Content: a fast way past the findings, with none to make.

It gives what :mod:`watcher.ingest.normalise` gives, or declines: at the first value that is bad, of
an unusual type or said twice. Pure.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from watcher.ingest.body import html_value
from watcher.ingest.dates import time_value
from watcher.ingest.extra import keep_mapping
from watcher.ingest.findings import Findings
from watcher.ingest.keys import SEVERAL, FieldKeys
from watcher.ingest.text import plain_text
from watcher.ingest.urls import url_value
from watcher.ingest.values import (
    MAX_PIXELS,
    BadValue,
    flag_value,
    number_value,
    pixels_value,
    text_value,
)
from watcher.model.seed import Content, Image, Provider

_SHORT = 40
_EXACT = 2**53


class Declined(Exception):
    """Something that is left to those who say what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaves:
    """How what a record holds is read, by its kind: each raises BadValue or Declined for the rest.

    ``unknown`` are all unknown keys together, of ``topics`` the whole list.
    """

    text: Callable[[Any], str | None]
    domain: Callable[[Any], str | None]
    url: Callable[[Any], str | None]
    time: Callable[[Any], datetime | None]
    number: Callable[[Any], float | None]
    pixels: Callable[[Any], int | None]
    flag: Callable[[Any], bool]
    html: Callable[[Any], str | None]
    topics: Callable[[Any], tuple[str, ...]]
    unknown: Callable[[Mapping[Any, Any]], dict[str, Any]]


def read_plain_record(
    data: Mapping[Any, Any], keys: FieldKeys, *, body: str | None = None
) -> Content | None:
    """What a record says; None if it is not as plain as that."""
    try:
        return _READER.read(data, keys, body)
    except (BadValue, Declined):
        return None


class RecordReader:
    """Finds the fields of a record, and the parts of those, and has each leaf read."""

    def __init__(self, leaves: Leaves) -> None:
        self._leaves = leaves
        self._read: dict[str, Callable[[Any], Any]] = {
            **dict.fromkeys(("title", "summary", "category", "type"), leaves.text),
            **dict.fromkeys(("web_url", "original_url", "amp_url", "cdn_amp_url"), leaves.url),
            **dict.fromkeys(("quality", "heat"), leaves.number),
            "published_at": leaves.time,
            "is_published": leaves.flag,
            "provider": self._provider,
            "topics": leaves.topics,
            "images": self._images,
            "featured_content": leaves.html,
            SEVERAL: _several,
        }

    def read(self, data: Mapping[Any, Any], keys: FieldKeys, body: str | None = None) -> Content:
        """What a record says; raises BadValue or Declined."""
        values: dict[str, Any] = {"body": body}
        unknown: dict[Any, Any] = {}
        read, field_of = self._read, keys.field_of
        for key, value in data.items():
            field = field_of.get(key)
            if field is None:
                unknown[key] = value
            elif value is not None:
                if field in values:
                    raise Declined
                is_leaf = field != "related"
                values[field] = read[field](value) if is_leaf else self._related(value, keys)
        url = values.pop("web_url", None) or values.get("original_url")
        if not url or not values.get("title"):
            raise Declined
        if unknown:
            values["extra"] = self._leaves.unknown(unknown)
        return Content(url=url, **values)

    def _related(self, value: Any, keys: FieldKeys) -> tuple[Content, ...]:
        return tuple(self.read(_mapping(item), keys) for item in _list(value))

    def _images(self, value: Any) -> tuple[Image, ...]:
        return tuple(map(self._image, _list(value)))

    def _image(self, value: Any) -> Image:
        leaves = self._leaves
        url = leaves.url(_mapping(value).get("url"))
        if not url:
            raise Declined
        width, height, title = value.get("width"), value.get("height"), value.get("title")
        attribution, is_cached = value.get("attribution"), value.get("isCached")
        return Image(
            url=url,
            width=None if width is None else leaves.pixels(width),
            height=None if height is None else leaves.pixels(height),
            title=None if title is None else leaves.text(title),
            attribution=None if attribution is None else leaves.text(attribution),
            is_cached=None if is_cached is None else leaves.flag(is_cached),
        )

    def _provider(self, value: Any) -> Provider | None:
        name, domain = _mapping(value).get("name"), value.get("domain")
        images = value.get("images")
        name = None if name is None else self._leaves.text(name)
        domain = None if domain is None else self._leaves.domain(domain)
        if not name and not domain and not images:
            raise Declined
        return Provider(
            name=name,
            domain=domain,
            images=() if images is None else self._images(images),
        )


def _several(_value: Any) -> None:
    raise Declined


def _list(value: Any) -> list[Any]:
    if type(value) is not list or None in value:
        raise Declined
    return value


def _mapping(value: Any) -> dict[Any, Any]:
    if type(value) is not dict:
        raise Declined
    return value


def _text(value: Any) -> str | None:
    if type(value) is not str:
        return text_value(value)
    return (_short_text(value) if len(value) < _SHORT else plain_text(value)) or None


_short_text = lru_cache(maxsize=4_096)(plain_text)


def _domain(value: Any) -> str | None:
    text = _text(value)
    return text.lower() if text else None


def _time(value: Any) -> datetime | None:
    is_utc = type(value) is datetime and value.tzinfo is UTC
    return value if is_utc else time_value(value)


def _number(value: Any) -> float | None:
    is_exact = type(value) is int and -_EXACT < value < _EXACT
    return float(value) if is_exact else number_value(value)


def _pixels(value: Any) -> int | None:
    is_plain = type(value) is int and 0 < value <= MAX_PIXELS
    return value if is_plain else pixels_value(value)


def _topics(value: Any) -> tuple[str, ...]:
    topics: dict[str, str] = {}
    for item in _list(value):
        if topic := _text(item):
            topics.setdefault(topic.casefold(), topic)
    return tuple(topics.values())


def _extra(unknown: Mapping[Any, Any]) -> dict[str, Any]:
    findings = Findings()
    extra = keep_mapping(unknown.items(), (), findings)
    if findings.made:
        raise Declined
    return extra


LEAVES = Leaves(
    text=_text,
    domain=_domain,
    url=url_value,
    time=_time,
    number=_number,
    pixels=_pixels,
    flag=flag_value,
    html=html_value,
    topics=_topics,
    unknown=_extra,
)
_READER = RecordReader(LEAVES)
