"""The parts of a record: images, provider, topics. What is bad becomes a finding, and is left out.

Each reader takes the value at ``path``, whatever YAML gave for it but None.
"""

from collections.abc import Callable, Iterator
from typing import Any

from watcher.ingest.findings import Findings, Value
from watcher.ingest.keys import KeyPath
from watcher.ingest.urls import url_value
from watcher.ingest.values import flag_value, pixels_value, show, text_value
from watcher.model.seed import Image, Provider


def read_each(
    read: Callable[[Any, KeyPath, Findings], Value | None],
    value: Any,
    path: KeyPath,
    findings: Findings,
) -> tuple[Value, ...]:
    """What ``read`` makes of each item of a list, or of what stands there instead of a list."""
    made = (read(item, at, findings) for item, at in _items(value, path))
    return tuple(item for item in made if item is not None)


def _items(value: Any, path: KeyPath) -> Iterator[tuple[Any, KeyPath]]:
    if isinstance(value, set):  # it has no order of its own: any fixed one will do
        value = sorted(value, key=repr)
    if isinstance(value, list):
        yield from ((item, (*path, n)) for n, item in enumerate(value) if item is not None)
    else:
        yield value, path


def read_topics(value: Any, path: KeyPath, findings: Findings) -> tuple[str, ...]:
    """Topics from a list, or from one text with commas; each once, whatever its letter case."""
    if isinstance(value, str):
        value = value.split(",")
    topics: dict[str, str] = {}
    for topic in read_each(_read_topic, value, path, findings):
        topics.setdefault(topic.casefold(), topic)
    return tuple(topics.values())


def _read_topic(value: Any, path: KeyPath, findings: Findings) -> str | None:
    return findings.convert(text_value, value, path)


def read_images(value: Any, path: KeyPath, findings: Findings) -> tuple[Image, ...]:
    """Images from a list of mappings or of URLs."""
    return read_each(_read_image, value, path, findings)


def _read_image(value: Any, path: KeyPath, findings: Findings) -> Image | None:
    if isinstance(value, str):
        url = findings.convert(url_value, value, path)
        return Image(url=url) if url else None
    if not isinstance(value, dict):
        findings.add(path, f"is {show(value)}, not an image: write a mapping with a url")
        return None
    if not value.get("url"):
        findings.add(path, "has no url: add one, or remove the image")
        return None
    url = findings.read(url_value, value, "url", path)
    return _image(url, value, path, findings) if url else None


def _image(url: str, data: dict[Any, Any], path: KeyPath, findings: Findings) -> Image:
    return Image(
        url=url,
        width=findings.read(pixels_value, data, "width", path),
        height=findings.read(pixels_value, data, "height", path),
        title=findings.read(text_value, data, "title", path),
        attribution=findings.read(text_value, data, "attribution", path),
        is_cached=findings.read(flag_value, data, "isCached", path),
    )


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
