"""JSON Feed 1.1 as a JSON Schema, from https://www.jsonfeed.org/version/1.1/."""

from typing import Any

_URL = {"type": "string", "pattern": "^https?://[^/?#\\s]+"}
_TEXT = {"type": "string", "minLength": 1}
_TIME = {
    "type": "string",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$",
}

_AUTHORS = {
    "type": "array",
    "items": {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {"name": _TEXT, "url": _URL, "avatar": _URL},
    },
}
_ATTACHMENT = {
    "type": "object",
    "required": ["url", "mime_type"],
    "additionalProperties": False,
    "properties": {
        "url": _URL,
        "mime_type": _TEXT,
        "title": _TEXT,
        "size_in_bytes": {"type": "integer", "minimum": 0},
        "duration_in_seconds": {"type": "number", "minimum": 0},
    },
}
_ITEM = {
    "type": "object",
    "required": ["id"],
    "anyOf": [{"required": ["content_html"]}, {"required": ["content_text"]}],
    "additionalProperties": False,
    "patternProperties": {"^_[A-Za-z0-9]": {"type": "object"}},
    "properties": {
        "id": _TEXT,
        "url": _URL,
        "external_url": _URL,
        "title": _TEXT,
        "content_html": _TEXT,
        "content_text": _TEXT,
        "summary": _TEXT,
        "image": _URL,
        "banner_image": _URL,
        "date_published": _TIME,
        "date_modified": _TIME,
        "authors": _AUTHORS,
        "tags": {"type": "array", "items": _TEXT},
        "language": _TEXT,
        "attachments": {"type": "array", "items": _ATTACHMENT},
    },
}
JSON_FEED_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["version", "title", "items"],
    "additionalProperties": False,
    "patternProperties": {"^_[A-Za-z0-9]": {"type": "object"}},
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"},
        "title": _TEXT,
        "home_page_url": _URL,
        "feed_url": _URL,
        "description": _TEXT,
        "user_comment": _TEXT,
        "next_url": _URL,
        "icon": _URL,
        "favicon": _URL,
        "authors": _AUTHORS,
        "language": _TEXT,
        "expired": {"type": "boolean"},
        "hubs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["type", "url"],
                "properties": {"type": _TEXT, "url": _URL},
            },
        },
        "items": {"type": "array", "items": _ITEM},
    },
}
"""A feed's own keys begin with an underscore; anything else that it does not know is a mistake."""
