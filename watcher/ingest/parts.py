"""The parts of a record: images, provider, topics, authors, and the keys that nobody knows. Pure.

Each reader takes the value at ``path``, whatever a file gave for it but None, in all the ways that
people write it. What is bad becomes a finding, and is left out.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from math import isfinite
from typing import Any

from watcher.ingest.keys import KeyPath, folded, is_secured
from watcher.ingest.limits import MAX_IMAGES
from watcher.ingest.text import storable_text
from watcher.ingest.urls import url_value
from watcher.ingest.values import (
    BadValue,
    Findings,
    Value,
    flag_value,
    pixels_value,
    show,
    text_value,
)
from watcher.model.seed import Author, Image, Provider

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


MOST_AUTHORS = 50
_WIKI_LINK = re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]+)\]\]")
_MARKDOWN_LINK = re.compile(r"\[([^\[\]]+)\]\((?P<url>[^()\s]+)\)")
_MAIL = re.compile(r"\s*(?:<[^<>\s]*@[^<>\s]*>|\([^()\s]*@[^()\s]*\))\s*$")
_COMMAS = "[,;\uff0c\u3001]"
_NAME_KEYS = ("name", "title", "displayname", "label", "fullname", "id", "value", "slug", "term")
_URL_KEYS = ("url", "link", "uri", "href", "homepage", "website", "site", "web")


def read_authors(value: Any, path: KeyPath, findings: Findings) -> tuple[Author, ...]:
    """Authors from a text, a list or mappings; each once."""
    authors: dict[str, Author] = {}
    for item in _flat(value):
        if isinstance(item, dict):
            found = [_from_mapping(item, path, findings)]
        else:
            is_list = path and folded(path[-1]) in ("authors", "writers")
            names = _split_names(str(item), is_list=bool(is_list and isinstance(value, str)))
            found = [_from_text(name, path, findings) for name in names]
        for author in found:
            if author and len(authors) < MOST_AUTHORS:
                authors.setdefault(author.name.casefold(), author)
    return tuple(authors.values())


def _split_names(text: str, *, is_list: bool) -> list[str]:
    if ";" in text:
        return text.split(";")
    parts = [part.strip() for part in text.split(",")]
    # Jo Writer, Al Other; but not Writer, Jo, nor Al Other, Jr.
    are_names = all(" " in part for part in parts)
    return parts if is_list or are_names else [text]


def _from_text(text: str, path: KeyPath, findings: Findings) -> Author | None:
    link = _MARKDOWN_LINK.fullmatch(text.strip())
    name = _MAIL.sub("", _plain(link[1] if link else text)).removeprefix("@")
    shown = findings.convert(text_value, name, path)
    return Author(name=shown, url=_url(link["url"]) if link else None) if shown else None


def _from_mapping(item: dict[Any, Any], path: KeyPath, findings: Findings) -> Author | None:
    values = {folded(key): value for key, value in item.items()}
    name = next((values[key] for key in _NAME_KEYS if isinstance(values.get(key), str)), None)
    if name is None:
        parts = [
            values.get("first") or values.get("given"),
            values.get("last") or values.get("family"),
        ]
        name = " ".join(part for part in parts if isinstance(part, str))
    author = _from_text(name, path, findings) if name.strip() else None
    url = next((values[key] for key in _URL_KEYS if isinstance(values.get(key), str)), None)
    return Author(name=author.name, url=_url(url) if url else None) if author else None


def _url(value: str) -> str | None:
    try:
        return url_value(value)
    except BadValue:
        return None


def topic_words(value: Any, *, by_spaces: bool) -> Any:
    """Topics as they are written, in a list: text is split by commas, or else by spaces."""
    if isinstance(value, str):
        text = value.strip()
        if text.startswith("[") and text.endswith("]") and not text.startswith("[["):
            text = text[1:-1]
        marks = _COMMAS if re.search(_COMMAS, text) else r"\s+" if by_spaces else r"\Z(?!)"
        if not by_spaces and text.startswith("#") and " #" in text:
            marks = r"\s+"
        return [_plain(part).strip("\"'").lstrip("#") for part in re.split(marks, text)]
    if isinstance(value, dict):
        return _topic(value)
    is_flat = isinstance(value, list) and not any(isinstance(item, dict | list) for item in value)
    return [_topic(item) for item in (value if is_flat else _flat(value))]


def _topic(item: Any) -> Any:
    if isinstance(item, dict):
        return next((name for key, name in item.items() if folded(key) in _NAME_KEYS), item)
    return _plain(item).lstrip("#") if isinstance(item, str) else item


def _plain(text: str) -> str:
    """A text without the brackets of a wiki link: what it shows stays."""
    return (_WIKI_LINK.sub(r"\1", text) if "[[" in text else text).strip()


def _flat(value: Any) -> Iterator[Any]:
    """The members of lists in lists, in their order; of other things themselves."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list | tuple):
            waiting += reversed(item)
        elif isinstance(item, set):
            waiting += sorted(item, key=repr, reverse=True)
        elif item is not None:
            yield item
