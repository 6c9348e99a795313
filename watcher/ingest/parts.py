"""The parts of a record: images, provider, topics, and the keys that nobody knows. Pure.

Each reader takes the value at ``path``, whatever YAML gave for it but None. What is bad becomes a
finding, and is left out.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from math import isfinite
from typing import Any

from watcher.ingest.findings import Findings, Value
from watcher.ingest.keys import KeyPath, is_secured
from watcher.ingest.limits import MAX_IMAGES
from watcher.ingest.text import storable_text
from watcher.ingest.urls import url_value
from watcher.ingest.values import BadValue, flag_value, pixels_value, show, text_value
from watcher.model.seed import Image, Provider

_JSON_WORDS = {None: "null", True: "true", False: "false"}


def read_each(
    read: Callable[[Any, KeyPath, Findings], Value | None],
    value: Any,
    path: KeyPath,
    findings: Findings,
) -> tuple[Value, ...]:
    """What ``read`` makes of each item of a list, or of what stands there instead of a list."""
    made = [read(item, at, findings) for item, at in _items(value, path)]
    return tuple([item for item in made if item is not None])


def _items(value: Any, path: KeyPath) -> list[tuple[Any, KeyPath]]:
    value = _in_order(value)
    if not isinstance(value, list):
        return [(value, path)]
    return [(item, (*path, n)) for n, item in enumerate(value) if item is not None]


def first_of(value: Any, most: int, path: KeyPath, findings: Findings) -> Any:
    """A list without what is beyond its first ``most`` items; any other value as it is."""
    if not isinstance(value, list | set) or len(value) <= most:
        return value
    findings.add(path, f"has {len(value):,} items: only the first {most:,} are kept")
    return _in_order(value)[:most]


def _in_order(value: Any) -> Any:
    """A set as a list; it has no order of its own: any fixed one will do."""
    return sorted(value, key=repr) if isinstance(value, set) else value


def read_topics(value: Any, path: KeyPath, findings: Findings, *, most: int) -> tuple[str, ...]:
    """Topics from a list, or from one text with commas; each once, whatever its letter case."""
    if isinstance(value, str):
        value = value.split(",")
    topics: dict[str, str] = {}
    for item, at in _items(value, path):
        topic = findings.convert(text_value, item, at)
        if topic is None:
            continue
        topics.setdefault(topic.casefold(), topic)
        if len(topics) > most:
            topics.popitem()
            action = "articles.max_topics in the config changes that"
            findings.add(path, f"has more than {most:,}: only the first are kept; {action}")
            break
    return tuple(topics.values())


def read_images(
    value: Any,
    path: KeyPath,
    findings: Findings,
    *,
    address: Callable[[Any], str | None] = url_value,
) -> tuple[Image, ...]:
    """Images from a list of mappings or of URLs, which ``address`` makes absolute."""

    def read(value: Any, path: KeyPath, findings: Findings) -> Image | None:
        return _read_image(value, path, findings, address)

    return read_each(read, first_of(value, MAX_IMAGES, path, findings), path, findings)


_IMAGE_PARTS: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
    ("width", "width", pixels_value),
    ("height", "height", pixels_value),
    ("title", "title", text_value),
    ("attribution", "attribution", text_value),
    ("isCached", "is_cached", flag_value),
)
_IMAGE_KEYS = ("url", "src", "path", "image", "href", "file")


def _read_image(
    value: Any, path: KeyPath, findings: Findings, address: Callable[[Any], str | None]
) -> Image | None:
    if isinstance(value, str):
        url = findings.convert(address, value, path)
        return Image(url=url) if url else None
    if not isinstance(value, dict):
        findings.add(path, f"is {show(value)}, not an image: write a mapping with a url")
        return None
    key = next((key for key in _IMAGE_KEYS if value.get(key)), None)
    if key is None:
        findings.add(path, "has no url: add one, or remove the image")
        return None
    url = findings.read(address, value, key, path)
    return _image(url, value, path, findings) if url else None


def _image(url: str, data: Mapping[Any, Any], path: KeyPath, findings: Findings) -> Image:
    more = {
        name: findings.read(convert, data, key, path)
        for key, name, convert in _IMAGE_PARTS
        if key in data
    }
    return Image(url=url, **more)


def read_provider(value: Any, path: KeyPath, findings: Findings) -> Provider | None:
    """A provider from a mapping, or from its name alone."""
    if isinstance(value, str):
        value = {"name": value}
    if not isinstance(value, dict):
        findings.add(path, f"is {show(value)}, not a provider: write its name")
        return None
    name = findings.read(text_value, value, "name", path)
    domain = findings.read(text_value, value, "domain", path)
    images = value.get("images")
    provider = Provider(
        name=name,
        domain=domain.lower() if domain else None,
        images=read_images(images, (*path, "images"), findings) if images is not None else (),
    )
    return provider if provider != Provider() else None


# ---------------------------------------------------------------- the keys that nobody knows


def keep_mapping(
    items: Iterable[tuple[Any, Any]], path: KeyPath, findings: Findings
) -> dict[str, Any]:
    """A mapping with text as keys and JSON as values; what has no such form is left out."""
    named = ((_key(key), value) for key, value in items)
    return dict(_keep((item for item in named if not is_secured(item[0])), path, findings))


def _key(key: object) -> str:
    if isinstance(key, str):
        return storable_text(key)
    if isinstance(key, bytes):
        return storable_text(key.decode("ascii", "replace"))
    if isinstance(key, date):
        return key.isoformat()
    return _JSON_WORDS[key] if key is None or isinstance(key, bool) else str(key)


def _keep(
    items: Iterable[tuple[Any, Any]], path: KeyPath, findings: Findings
) -> Iterator[tuple[Any, Any]]:
    for key, value in items:
        if type(value) is str:
            yield key, storable_text(value)
            continue
        try:
            yield key, _json_value(value, path, key, findings)
        except BadValue as bad:
            findings.add((*path, key), str(bad))


def _json_value(value: Any, path: KeyPath, key: Any, findings: Findings) -> Any:
    match value:
        case str():
            return storable_text(value)
        case None | int():
            return value
        case float() if isfinite(value):
            return value
        case date():
            return value.isoformat()
        case dict():
            return keep_mapping(value.items(), (*path, key), findings)
        case list():
            return [kept for _, kept in _keep(enumerate(value), (*path, key), findings)]
        case set():
            return _json_value(_in_order(value), path, key, findings)
        case _:
            raise BadValue(f"is {show(value)}, which cannot be kept: write it as text")
