"""An HTML page: what its head says, under the keys that front matter has, and its text. Pure."""

import json
import re
from collections.abc import Iterator
from html import unescape
from itertools import islice
from typing import Any

from watcher.ingest.text import plain_text

_HEAD_END = re.compile(r"</head\s*>|<body[\s>]", re.IGNORECASE)
_LONGEST_HEAD = 128 * 1024
_LONGEST_LINKED = 64 * 1024
_BODY = re.compile(r"<body[^<>]*>", re.IGNORECASE)
_BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)
_MAIN = re.compile(r"<(?P<name>article|main)[\s>]", re.IGNORECASE)
_HEADING = re.compile(r"<h1[^<>]*>", re.IGNORECASE)
_TAG = re.compile(
    r"<(title|html|link|script|meta)\b((?:[^<>\"']{1,500}|\"[^\"]{0,9000}\"|'[^']{0,9000}'){0,60}+)>",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"([\w:.-]{1,60})\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'<>]+)")
_MOST_TAGS = 2_000
_SEPARATORS = re.compile(r"\s[|\u00b7\u2022\u2013\u2014-]\s|\s*[\u00bb\u00ab]\s*")
_HOME = re.compile(r"https?://[^/?#]+/?", re.IGNORECASE)
_ARTICLES = frozenset({"article", "newsarticle", "blogposting", "report", "techarticle"})

# Best first: the page's own words before those for previews, but for titles, which a page's
# <title> often lengthens by the name of the site.
_METAS: dict[str, tuple[str, ...]] = {
    "title": ("og:title", "dc.title", "twitter:title"),
    "description": ("description", "og:description", "dc.description", "twitter:description"),
    "date": ("article:published_time", "date", "dc.date", "dcterms.created", "pubdate"),
    "lastmod": ("article:modified_time", "og:updated_time", "last-modified", "dcterms.modified"),
    "image": ("og:image", "og:image:url", "twitter:image"),
    "url": ("og:url",),
    "provider": ("og:site_name",),
}  # fmt: skip
_LISTS: dict[str, tuple[str, ...]] = {
    "author": ("author", "article:author", "dc.creator"),
    "tags": ("article:tag", "keywords", "news_keywords"),
}


class _Head:
    """The title, the metas, the canonical link and linked data of a head.

    The standard library's parser takes quadratic time over unclosed tags; this takes none of them.
    """

    def __init__(self, text: str) -> None:
        self.title = ""
        self.canonical = ""
        self.language = ""
        self.metas: dict[str, list[str]] = {}
        self.linked: list[str] = []
        for tag in islice(_TAG.finditer(text), _MOST_TAGS):
            self._take(tag, text)

    def _take(self, tag: re.Match[str], text: str) -> None:
        values = {
            name.lower(): unescape(value.strip("\"'")) for name, value in _ATTRIBUTE.findall(tag[2])
        }
        match tag[1].lower():
            case "title" if not self.title:
                self.title = unescape(_inside(tag, text)).strip()
            case "html":
                self.language = values.get("lang", "")
            case "link" if "canonical" in values.get("rel", "").lower().split():
                self.canonical = self.canonical or values.get("href", "").strip()
            case "script" if values.get("type", "").lower() == "application/ld+json":
                self.linked.append(_inside(tag, text)[:_LONGEST_LINKED])
            case "meta" if values.get("content", "").strip():
                name = values.get("property") or values.get("name") or values.get("itemprop") or ""
                self.metas.setdefault(name.lower(), []).append(values["content"].strip())


def _inside(tag: re.Match[str], text: str) -> str:
    end = text.find("</", tag.end(), tag.end() + _LONGEST_LINKED)
    return text[tag.end() : end] if end >= 0 else ""


def read_page(text: str) -> tuple[dict[str, Any], str]:
    """What the head says, and the HTML of the text itself."""
    end = _HEAD_END.search(text)
    head = _Head(text[: min(end.start() if end else len(text), _LONGEST_HEAD)])
    body = _text_of(text)
    return _values(head, body), body


def _values(head: _Head, body: str) -> dict[str, Any]:
    linked = next(iter(_linked_articles(head.linked)), {})
    begin = _HEADING.search(body)
    heading = body[begin.end() : body.find("</h1", begin.end())] if begin else None
    found: dict[str, Any] = {}
    for key, names in _METAS.items():
        found[key] = next((head.metas[name][0] for name in names if name in head.metas), None)
    for key, names in _LISTS.items():
        values = next((head.metas[name] for name in names if name in head.metas), [])
        values = [value for value in values if not value.startswith(("http:", "https:"))]
        found[key] = values[0] if len(values) == 1 else values
    title = found["title"] or linked.get("headline") or head.title or heading
    found["title"] = _without_site(title, plain_text(heading or ""), found["provider"])
    found["url"] = next(
        (url for url in (head.canonical, found["url"]) if url and _is_page(url)), None
    )
    found["date"] = found["date"] or linked.get("datePublished")
    found["lastmod"] = found["lastmod"] or linked.get("dateModified")
    found["author"] = found["author"] or linked.get("author")
    found["lang"] = head.language
    return {key: value for key, value in found.items() if value}


def _without_site(title: Any, heading: str, site: str | None) -> Any:
    """A title without the name of its site behind it, which a heading or Open Graph shows."""
    if not isinstance(title, str):
        return title
    for found in _SEPARATORS.finditer(title):
        words, rest = title[: found.start()].strip(), title[found.end() :].strip()
        if words and (rest == site or " ".join(unescape(words).split()) == heading):
            return words
    return title


def _is_page(url: str) -> bool:
    """Whether a URL names more than a site: some themes name only that in all their pages."""
    return not _HOME.fullmatch(url)


def _linked_articles(scripts: list[str]) -> Iterator[dict[str, Any]]:
    for script in scripts:
        try:
            value = json.loads(script)
        except (ValueError, RecursionError):
            continue
        items = value.get("@graph", [value]) if isinstance(value, dict) else value
        for item in items if isinstance(items, list) else ():
            kind = item.get("@type") if isinstance(item, dict) else None
            kinds = kind if isinstance(kind, list) else [kind]
            if any(str(one).lower() in _ARTICLES for one in kinds):
                yield item


def _text_of(text: str) -> str:
    """The inside of the only ``<article>`` or ``<main>``, or of the body."""
    body = _BODY.search(text)
    end = _BODY_END.search(text, body.end()) if body else None
    inside = text[body.end() : end and end.start()] if body else _after_head(text)
    found = list(_MAIN.finditer(inside))
    names = [one["name"].lower() for one in found]
    for name in ("article", "main"):
        if names.count(name) == 1:
            start = inside.index(">", found[names.index(name)].start()) + 1
            close = inside.lower().rfind(f"</{name}")
            return inside[start : close if close > start else None]
    return inside


def _after_head(text: str) -> str:
    end = _HEAD_END.search(text)
    return text[end.end() :] if end else text
