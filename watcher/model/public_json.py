"""The article object that leaves Seedwatch: webhook bodies, ``--json``, JSON Feed.

It is the same everywhere (DESIGN §4.8); absent values are left out. ``--json`` alone adds
``paths`` and ``state``. :func:`article_schema` is the published JSON Schema of it.
"""

from typing import Any

from watcher.clock import format_time
from watcher.model.article import Article, Change
from watcher.model.seed import Content, Image, Provider
from watcher.model.story import Story, StoryMember

SCHEMA_ID = "urn:seedwatch:article:1"


def article_object(article: Article) -> dict[str, Any]:
    """The public object of an article, without paths or state."""
    content = article.content
    return _present(
        {
            "id": article.id,
            "title": content.title,
            "summary": content.summary,
            "url": content.url or None,
            "original_url": content.original_url,
            "amp_url": content.amp_url,
            "category": content.category,
            "type": content.type,
            "published_at": content.published_at and format_time(content.published_at),
            "modified_at": content.modified_at and format_time(content.modified_at),
            "updated_at": format_time(article.updated_at),
            "first_seen_at": format_time(article.first_seen_at),
            "provider": _provider(content.provider),
            "authors": [_present({"name": a.name, "url": a.url}) for a in content.authors],
            "topics": list(content.topics),
            "images": [_image(image) for image in content.images],
            "related": [_related(item) for item in content.related],
            "quality": _number(content.quality),
            "heat": _number(content.heat),
            "is_published": content.is_published,
            "story": article.story,
            "reprint_of": article.reprint_of,
        }
    )


def listed_article_object(article: Article) -> dict[str, Any]:
    """The public object with ``paths`` and ``state``: for the command line's ``--json`` alone."""
    paths = [str(path).encode("utf-8", "replace").decode() for path in article.paths]
    return article_object(article) | {"paths": paths, "state": article.state.value}


def change_object(change: Change) -> dict[str, Any]:
    """The public object of a change, as in a webhook's ``data.changes``."""
    return {
        "kind": change.kind.value,
        "sequence": change.sequence,
        "at": format_time(change.at),
        "article": article_object(change.article),
    } | matched_object(change)


def matched_object(change: Change) -> dict[str, Any]:
    """What a change's object has besides, at an endpoint that chose it by one of several values."""
    if not change.matched:
        return {}
    return {"matched": {clause: list(values) for clause, values in change.matched.items()}}


def story_object(story: Story) -> dict[str, Any]:
    """A story for programs; ``articles`` and ``outlets`` are counts."""
    return {
        "id": story.id,
        "title": story.headline.title,
        "articles": len(story.members),
        "outlets": story.outlets,
        "first_at": format_time(story.members[0].at),
        "last_at": format_time(story.members[-1].at),
        "members": [_member_object(member) for member in story.members],
    }


def _member_object(member: StoryMember) -> dict[str, Any]:
    values = {
        "id": member.article,
        "title": member.title,
        "url": member.url,
        "outlet": member.outlet,
        "at": format_time(member.at),
        "reprint_of": member.reprint_of,
    }
    return {key: value for key, value in values.items() if value}


def _present(values: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value for key, value in values.items() if value is not None and value not in ([], {})
    }


def _number(value: float | None) -> float | int | None:
    return int(value) if value is not None and value == int(value) else value


def _provider(provider: Provider | None) -> dict[str, Any] | None:
    return _present({"name": provider.name, "domain": provider.domain}) if provider else None


def _image(image: Image) -> dict[str, Any]:
    return _present({"url": image.url, "width": image.width, "height": image.height})


def _related(item: Content) -> dict[str, Any]:
    return _present(
        {
            "title": item.title,
            "url": item.url,
            "summary": item.summary,
            "published_at": item.published_at and format_time(item.published_at),
            "provider": _provider(item.provider),
        }
    )


_TEXT = {"type": "string"}
_URL = {"type": "string", "format": "uri", "pattern": "^https?://"}
_TIME = {"type": "string", "format": "date-time", "pattern": "Z$"}
_PROVIDER = {
    "type": "object",
    "properties": {"name": _TEXT, "domain": _TEXT},
    "additionalProperties": False,
}


def article_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the article object, ``paths`` and ``state`` included as optional."""
    image = {
        "type": "object",
        "properties": {
            "url": _URL,
            "width": {"type": "integer", "minimum": 1},
            "height": {"type": "integer", "minimum": 1},
        },
        "required": ["url"],
        "additionalProperties": False,
    }
    author = {
        "type": "object",
        "properties": {"name": _TEXT, "url": _URL},
        "required": ["name"],
        "additionalProperties": False,
    }
    related = {
        "type": "object",
        "properties": {
            "title": _TEXT,
            "url": _URL,
            "summary": _TEXT,
            "published_at": _TIME,
            "provider": _PROVIDER,
        },
        "required": ["title", "url"],
        "additionalProperties": False,
    }
    properties: dict[str, Any] = {
        "id": {"type": "string", "pattern": "^urn:uuid:[0-9a-f-]{36}$"},
        "title": _TEXT,
        "summary": _TEXT,
        "url": _URL,
        "original_url": _URL,
        "amp_url": _URL,
        "category": _TEXT,
        "type": _TEXT,
        "published_at": _TIME,
        "modified_at": _TIME,
        "updated_at": _TIME,
        "first_seen_at": _TIME,
        "provider": _PROVIDER,
        "authors": {"type": "array", "items": author},
        "topics": {"type": "array", "items": _TEXT},
        "images": {"type": "array", "items": image},
        "related": {"type": "array", "items": related},
        "quality": {"type": "number"},
        "heat": {"type": "number"},
        "is_published": {"type": "boolean"},
        "story": {
            "type": "string",
            "description": "The same for all articles about one event",
        },
        "reprint_of": {
            "type": "string",
            "pattern": "^urn:uuid:[0-9a-f-]{36}$",
            "description": "The id of the article whose text this is again",
        },
        "paths": {
            "type": "array",
            "items": _TEXT,
            "description": "Absolute paths of the seeds; only in the command line's --json",
        },
        "state": {
            "enum": ["live", "removed", "held"],
            "description": "Only in the command line's --json",
        },
        "held_because": {
            **_TEXT,
            "description": "Why a draft is held; only in the command line's --json",
        },
        "held_until": {
            **_TIME,
            "description": "When it will be released; only in the command line's --json",
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Seedwatch article",
        "type": "object",
        "properties": properties,
        "required": ["id", "title", "updated_at", "first_seen_at"],
        "additionalProperties": False,
    }
