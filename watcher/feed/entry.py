"""What an article says as a feed entry, whatever the format. Pure: no feedgen, no clock.

Renderers take an article through :func:`readable_article` first, and then ask for its parts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from html import escape
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from watcher.model.article import Article
from watcher.model.seed import Author as Writer
from watcher.model.seed import Content, Image, Provider

TOPIC_SCHEME = "urn:seedwatch:topic"
CATEGORY_SCHEME = "urn:seedwatch:category"

# What XML 1.0 §2.2 does not allow; lxml refuses it, and lone surrogates are not even UTF-8.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)*\.?")

# Not the mimetypes module: it reads the host's files, so two hosts would render other bytes.
_IMAGE_TYPES: Mapping[str, str] = MappingProxyType(
    {
        ".avif": "image/avif",
        ".bmp": "image/bmp",
        ".gif": "image/gif",
        ".heic": "image/heic",
        ".png": "image/png",
        ".svg": "image/svg+xml",
        ".tif": "image/tiff",
        ".tiff": "image/tiff",
        ".webp": "image/webp",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link of an entry (RFC 4287 §4.2.7); ``length`` in bytes, as text."""

    rel: str
    href: str
    type: str | None = None
    title: str | None = None
    length: str | None = None

    def attributes(self) -> dict[str, str]:
        """The attributes that are there, by their names."""
        pairs = ((f.name, getattr(self, f.name)) for f in fields(self))
        return {name: value for name, value in pairs if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    name: str
    uri: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    term: str
    scheme: str


def readable_article(article: Article) -> Article:
    """The article without characters that XML forbids; ValueError if no entry can be made of it."""
    content: Content = _readable(article.content)
    if not content.title.strip():
        raise ValueError("its title is empty")
    if content.url and urlsplit(content.url).scheme not in {"http", "https"}:
        raise ValueError("its URL is not an absolute http(s) URL")
    if not all(_is_aware(t) for t in (article.updated_at, content.published_at) if t):
        raise ValueError("one of its times has no zone")
    return replace(article, content=content)


def readable_text(text: str) -> str:
    """The text without characters that XML 1.0 forbids."""
    return _FORBIDDEN.sub("", text)


def _is_aware(moment: datetime) -> bool:
    return moment.utcoffset() is not None


def _readable(value: Any) -> Any:
    if isinstance(value, str):
        return readable_text(value)
    if isinstance(value, tuple):
        return tuple(_readable(item) for item in value)
    if isinstance(value, Content | Image | Provider | Writer):
        return replace(value, **{f.name: _readable(getattr(value, f.name)) for f in fields(value)})
    return value


def entry_published(article: Article) -> datetime | None:
    """When it was published, as far as its seed says so; in the future: when it was first seen."""
    published_at = article.content.published_at
    return published_at and min(published_at, article.first_seen_at)


def entry_links(content: Content) -> tuple[Link, ...]:
    """One alternate, unless it has no link; via, related and enclosure as the article has them."""
    links = [Link(rel="alternate", href=content.url)] if content.url else []
    if via := entry_via(content):
        links.append(Link(rel="via", href=via))
    links += [Link(rel="related", href=r.url, title=r.title or None) for r in content.related]
    if image := entry_image(content):
        links.append(Link(rel="enclosure", href=image.url, type=image_type(image.url), length="0"))
    return tuple(links)


def entry_via(content: Content) -> str | None:
    """Where the article came from, if that is not where it is."""
    return content.original_url if content.original_url != content.url else None


def entry_image(content: Content) -> Image | None:
    """The one image that stands for the article: its first."""
    return content.images[0] if content.images else None


def image_type(url: str) -> str:
    """The media type that an image's URL suggests; most of those that do not say are JPEG."""
    path = urlsplit(url).path
    suffix = PurePosixPath(path).suffix or PurePosixPath(url).suffix
    return _IMAGE_TYPES.get(suffix.lower(), "image/jpeg")


def entry_authors(content: Content) -> tuple[Author, ...]:
    """Who wrote it, else its provider. Without either the feed's author holds (RFC 4287 §4.2.1).

    That also keeps an entry's bytes the same in every feed.
    """
    writers = [Author(name=w.name, uri=_web_url(w.url)) for w in content.authors if w.name.strip()]
    if writers:
        return tuple(writers)
    provider = content.provider
    name = provider and (provider.name or provider.domain)
    if not provider or not name:
        return ()
    is_host = provider.domain and _HOST.fullmatch(provider.domain)
    return (Author(name=name, uri=f"https://{provider.domain}/" if is_host else None),)


def _web_url(url: str | None) -> str | None:
    return url if url and urlsplit(url).scheme in {"http", "https"} else None


def entry_categories(content: Content) -> tuple[Category, ...]:
    """Its topics, then its category."""
    categories = [Category(term=topic, scheme=TOPIC_SCHEME) for topic in content.topics if topic]
    if content.category:
        categories.append(Category(term=content.category, scheme=CATEGORY_SCHEME))
    return tuple(categories)


def entry_html(content: Content) -> str | None:
    """The image, then the body or else the summary; None where there is neither image nor body.

    An entry without a link must have some content (RFC 4287 §4.1.2).
    """
    image = entry_image(content)
    if image is None and not content.body and content.url:
        return None
    words = content.summary or ("" if content.url else content.title)
    text = content.body or (f"<p>{escape(words)}</p>" if words else "")
    return (_img(image, content.title) if image else "") + text


def _img(image: Image, title: str) -> str:
    attributes = {
        "src": image.url,
        "alt": image.title or title,
        "width": image.width,
        "height": image.height,
    }
    pairs = (f'{name}="{escape(str(value))}"' for name, value in attributes.items() if value)
    return f"<p><img {' '.join(pairs)}></p>"
