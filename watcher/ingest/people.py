"""Authors and topics in all the ways that people write them. Pure.

Each reader takes the value at ``path``, whatever a file gave for it but None.
"""

import re
from collections.abc import Iterator
from typing import Any

from watcher.ingest.findings import Findings
from watcher.ingest.keys import KeyPath, folded
from watcher.ingest.urls import url_value
from watcher.ingest.values import BadValue, text_value
from watcher.model.seed import Author

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
    return text.split(",") if is_list else [text]


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
