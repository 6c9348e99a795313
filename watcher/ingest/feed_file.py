"""RSS and Atom files, entry by entry, under the keys that front matter has. Pure.

``feedparser`` reads what is well-formed and much of what is not. Entities of a document's own are
refused before it sees them: they are how a kilobyte becomes a gigabyte.
"""

import re
from calendar import timegm
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit
from xml.sax import SAXParseException

from watcher.ingest.front_matter import position_in
from watcher.ingest.text import plain_text
from watcher.model.seed import Problem, Reason

_HEAD = 4_096
_ROOT = re.compile(r"<(?:\w+:)?(?:rss|feed|RDF)[\s>]")
_ENTITY = re.compile(r"<!(?:ENTITY|ELEMENT|ATTLIST)", re.IGNORECASE)
_EXPORT = "wordpress.org/export/"
_LONGEST_TITLE = 80


def looks_like_feed(text: str) -> bool:
    """True if the root of an XML file is that of a feed."""
    return _ROOT.search(text, 0, _HEAD) is not None


def is_export(text: str) -> bool:
    """True if it is a whole site's export, which only looks like a feed."""
    return _EXPORT in text[:_HEAD]


def read_feed(text: str) -> Iterator[tuple[int, dict[str, Any]]] | Problem:
    """The entries of a feed with the line where each begins, or what is wrong with it."""
    if entity := _ENTITY.search(text):
        line, column = position_in(text, entity.start())
        return _bad("it declares entities of its own: remove them", line, column)
    import feedparser  # noqa: PLC0415  # slow to load, and most folders have no feeds

    found = feedparser.parse(
        BytesIO(text.encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
    )
    error = found.bozo_exception if found.bozo else None
    if isinstance(error, SAXParseException) and "undefined entity" not in error.getMessage():
        # It may be half of a file: what feedparser makes of it is not all that was there.
        added = not text.lstrip().startswith("<?xml")  # feedparser adds one
        line, column = (
            max(1, (error.getLineNumber() or 1) - added),
            (error.getColumnNumber() or 0) + 1,
        )
        return _bad(f"{error.getMessage()}: correct it here", line, column)
    provider = _provider(found.feed)
    lines = [position_in(text, item.start())[0] for item in _ITEMS.finditer(text)]
    if len(lines) != len(found.entries):
        lines = [1] * len(found.entries)
    return (
        (line, _record(entry, provider)) for line, entry in zip(lines, found.entries, strict=True)
    )


_ITEMS = re.compile(r"<(?:item|entry)[\s>]")


def _bad(message: str, line: int, column: int) -> Problem:
    return Problem(
        message=f"not a valid feed: {message}", reason=Reason.BAD_DATA, line=line, column=column
    )


def _provider(feed: Any) -> dict[str, str] | None:
    host = urlsplit(feed.get("link") or "").hostname
    values = {"name": feed.get("title"), "domain": host}
    return {key: value for key, value in values.items() if value} or None


def _record(entry: Any, provider: dict[str, str] | None) -> dict[str, Any]:
    content = next((part.get("value") for part in entry.get("content", ())), None)
    summary = entry.get("summary")
    if summary and "<" in summary and not content:
        content, summary = summary, None
    updated = dict.get(entry, "updated_parsed")  # feedparser's own would answer with another key
    people = [person.get("name") for person in entry.get("authors", ()) if person.get("name")]
    values = {
        "title": entry.get("title") or _beginning(content or summary),
        "url": entry.get("link"),
        "id": entry.get("id"),
        "excerpt": None if summary == content else summary,
        "content_html": content,
        "date": _time(dict.get(entry, "published_parsed") or updated),
        "lastmod": _time(updated),
        "authors": people,
        "tags": [tag.get("term") for tag in entry.get("tags", ()) if tag.get("term")],
        "image": _image(entry),
        "provider": provider,
    }
    if values["lastmod"] == values["date"]:
        del values["lastmod"]
    return {key: value for key, value in values.items() if value}


def _beginning(html: str | None) -> str | None:
    words = plain_text((html or "")[:2_000])
    return words if len(words) <= _LONGEST_TITLE else f"{words[:_LONGEST_TITLE].rstrip()}…"


def _time(parsed: Any) -> datetime | None:
    try:
        return None if parsed is None else datetime.fromtimestamp(timegm(parsed), UTC)
    except (OverflowError, ValueError):
        return None


def _image(entry: Any) -> str | None:
    for part in (*entry.get("media_thumbnail", ()), *entry.get("media_content", ())):
        if part.get("url") and part.get("medium", "image") == "image":
            return str(part["url"])
    for link in entry.get("enclosures", ()):
        if link.get("type", "").startswith("image/") and link.get("href"):
            return str(link["href"])
    return None
