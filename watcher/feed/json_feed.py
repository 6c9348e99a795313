"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/): one item a line, no library needed."""

import json
from collections.abc import Sequence
from typing import Any

from watcher.clock import format_time
from watcher.feed.entry import (
    entry_authors,
    entry_categories,
    entry_html,
    entry_image,
    entry_published,
    entry_via,
)
from watcher.feed.head import Head
from watcher.model.article import Article
from watcher.model.public_json import article_object, story_object
from watcher.model.seed import Content
from watcher.model.story import Story


def render_item(article: Article, story: Story | None = None) -> bytes:
    """A readable article as one JSON object; ``_seedwatch`` is its public article object.

    Where the item is a ``story``, it is that one's public object.
    """
    content = article.content
    image = entry_image(content)
    published_at = entry_published(article)
    return _dump(
        {
            "id": article.id,
            "url": content.url,
            "external_url": entry_via(content),
            "title": content.title,
            **_content(content),
            "summary": content.summary,
            "image": image and image.url,
            "date_published": published_at and format_time(published_at),
            "date_modified": format_time(article.updated_at),
            "authors": _authors(content),
            "tags": [category.term for category in entry_categories(content)],
            "_seedwatch": story_object(story) if story else article_object(article),
        }
    )


def assemble_json(head: Head, items: Sequence[bytes]) -> bytes:
    """The whole document from its head and its rendered items."""
    top = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": head.title,
        "home_page_url": head.home_url,
        "feed_url": head.self_url,
        "description": head.subtitle,
        "icon": head.logo_url,
        "favicon": head.icon_url,
        "authors": [{"name": head.author}],
        "hubs": [{"type": "WebSub", "url": head.hub}] if head.hub else None,
    }
    opening = _dump(top).removesuffix(b"}") + b',"items":[\n'
    return opening + b",\n".join(items) + b"\n]}\n"


def _content(content: Content) -> dict[str, str]:
    """One of the two is required of an item."""
    html = entry_html(content)
    return {"content_html": html} if html else {"content_text": content.summary or content.title}


def _authors(content: Content) -> list[dict[str, str]]:
    return [
        {"name": author.name} | ({"url": author.uri} if author.uri else {})
        for author in entry_authors(content)
    ]


def _dump(values: dict[str, Any]) -> bytes:
    """The present values as compact JSON; ValueError for NaN, which is no JSON."""
    present = {key: value for key, value in values.items() if value not in (None, "", [])}
    text = json.dumps(present, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode()
