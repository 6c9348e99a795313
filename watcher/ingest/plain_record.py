"""A record in which nothing is wrong, to Content: a fast way past the findings, with none to make.

It gives what :mod:`watcher.ingest.normalise` gives, or declines: at the first value that is bad, of
an unusual type or said twice. Pure.
"""

from collections.abc import Callable, Mapping
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
from watcher.model import Content, Image, Provider

_SHORT = 40
_EXACT = 2**53


class _Declined(Exception):
    """Something that is left to those who say what is wrong."""


def read_plain_record(
    data: Mapping[Any, Any], keys: FieldKeys, *, body: str | None = None
) -> Content | None:
    """What a record says; None if it is not as plain as that."""
    try:
        return _content(data, keys, body)
    except (BadValue, _Declined):
        return None


def _content(data: Mapping[Any, Any], keys: FieldKeys, body: str | None) -> Content:
    values: dict[str, Any] = {"body": body}
    unknown: dict[Any, Any] = {}
    field_of = keys.field_of
    for key, value in data.items():
        field = field_of.get(key)
        if field is None:
            unknown[key] = value
        elif value is not None:
            if field in values:
                raise _Declined
            values[field] = _READ[field](value) if field != "related" else _related(value, keys)
    url = values.pop("web_url", None) or values.get("original_url")
    if not url or not values.get("title"):
        raise _Declined
    if unknown:
        values["extra"] = _extra(unknown)
    return Content(url=url, **values)


def _related(value: Any, keys: FieldKeys) -> tuple[Content, ...]:
    return tuple(_content(_mapping(item), keys, None) for item in _list(value))


def _extra(unknown: Mapping[Any, Any]) -> dict[str, Any]:
    findings = Findings()
    extra = keep_mapping(unknown.items(), (), findings)
    if findings.made:
        raise _Declined
    return extra


def _list(value: Any) -> list[Any]:
    if type(value) is not list or None in value:
        raise _Declined
    return value


def _mapping(value: Any) -> dict[Any, Any]:
    if type(value) is not dict:
        raise _Declined
    return value


def _text(value: Any) -> str | None:
    if type(value) is not str:
        return text_value(value)
    return (_short_text(value) if len(value) < _SHORT else plain_text(value)) or None


_short_text = lru_cache(maxsize=4_096)(plain_text)


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


def _images(value: Any) -> tuple[Image, ...]:
    return tuple(map(_image, _list(value)))


def _image(value: Any) -> Image:
    url = url_value(_mapping(value).get("url"))
    if not url:
        raise _Declined
    width, height, title = value.get("width"), value.get("height"), value.get("title")
    attribution, is_cached = value.get("attribution"), value.get("isCached")
    return Image(
        url=url,
        width=None if width is None else _pixels(width),
        height=None if height is None else _pixels(height),
        title=None if title is None else _text(title),
        attribution=None if attribution is None else _text(attribution),
        is_cached=None if is_cached is None else flag_value(is_cached),
    )


def _provider(value: Any) -> Provider | None:
    name, domain = _mapping(value).get("name"), value.get("domain")
    images = value.get("images")
    name = None if name is None else _text(name)
    domain = None if domain is None else _text(domain)
    if not name and not domain and not images:
        raise _Declined
    return Provider(
        name=name,
        domain=domain.lower() if domain else None,
        images=() if images is None else _images(images),
    )


def _several(_value: Any) -> None:
    raise _Declined


_READ: dict[str, Callable[[Any], Any]] = {
    "title": _text,
    "summary": _text,
    "web_url": url_value,
    "original_url": url_value,
    "amp_url": url_value,
    "cdn_amp_url": url_value,
    "published_at": _time,
    "category": _text,
    "type": _text,
    "quality": _number,
    "heat": _number,
    "is_published": flag_value,
    "provider": _provider,
    "topics": _topics,
    "images": _images,
    "featured_content": html_value,
    SEVERAL: _several,
}
