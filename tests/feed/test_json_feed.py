import json
import math
from typing import Any

import jsonschema

from tests.feed.golden import JSON_OF_ONE
from tests.feed.samples import SELF_URL, article, feed_config, parsed, real_articles, rendered
from watcher.model.public_json import article_object, article_schema
from watcher.model.seed import Provider

_TEXT = {"type": "string", "minLength": 1}
_URL = {"type": "string", "pattern": "^https?://"}
_TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"}
_AUTHORS = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "properties": {"name": _TEXT, "url": _URL},
        "minProperties": 1,
        "additionalProperties": False,
    },
}
# The rules of https://www.jsonfeed.org/version/1.1/, for the keys that we use.
JSON_FEED = {
    "type": "object",
    "required": ["version", "title", "items"],
    "additionalProperties": False,
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"},
        "title": _TEXT,
        "home_page_url": _URL,
        "feed_url": _URL,
        "description": _TEXT,
        "authors": _AUTHORS,
        "hubs": {"type": "array", "items": {"required": ["type", "url"]}},
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id"],
                "anyOf": [{"required": ["content_html"]}, {"required": ["content_text"]}],
                "additionalProperties": False,
                "properties": {
                    **dict.fromkeys(("id", "title", "content_html", "content_text"), _TEXT),
                    "summary": _TEXT,
                    **dict.fromkeys(("url", "external_url", "image"), _URL),
                    **dict.fromkeys(("date_published", "date_modified"), _TIME),
                    "authors": _AUTHORS,
                    "tags": {"type": "array", "minItems": 1, "items": _TEXT},
                    "_seedwatch": {"type": "object"},
                },
            },
        },
    },
}


def document(*articles: Any, **changed: Any) -> Any:
    """The parsed document; it follows JSON Feed's rules and our own schema of an article."""
    found = json.loads(rendered("json", articles, **changed).data)
    jsonschema.validate(found, JSON_FEED)
    for item in found["items"]:
        jsonschema.validate(item["_seedwatch"], article_schema())
    return found


def test_one_real_article_is_exactly_this() -> None:
    assert rendered("json", real_articles()[-1:]).data.decode() == JSON_OF_ONE


def test_an_item_says_what_the_article_says() -> None:
    changed = article(original_url="https://example.com/original")
    (item,) = document(changed)["items"]
    assert item == {
        "id": changed.id,
        "url": "https://example.org/articles/1",
        "external_url": "https://example.com/original",
        "title": "Article 1",
        "content_html": '<p><img src="https://example.org/1.jpg" alt="Article 1" width="640"'
        ' height="480"></p><p>The summary of article 1.</p>',
        "summary": "The summary of article 1.",
        "image": "https://example.org/1.jpg",
        "date_published": "2024-01-02T03:04:01Z",
        "date_modified": "2024-05-06T08:08:09Z",
        "authors": [{"name": "Example", "url": "https://example.org/"}],
        "tags": ["AI", "news"],
        "_seedwatch": article_object(changed),
    }


def test_the_real_articles_follow_the_rules() -> None:
    found = document(*real_articles())
    assert [item["id"] for item in found["items"]] == [a.id for a in real_articles()]


def test_an_item_without_html_has_text() -> None:
    texts = [
        document(article(images=(), summary=summary))["items"][0]["content_text"]
        for summary in ("The summary", None)
    ]
    assert texts == ["The summary", "Article 1"]


def test_what_an_article_does_not_say_is_left_out() -> None:
    bare = article(images=(), summary="", topics=(), category=None, published_at=None,
                   provider=Provider())  # fmt: skip
    (item,) = document(bare)["items"]
    assert sorted(item) == ["_seedwatch", "content_text", "date_modified", "id", "title", "url"]


def test_an_author_without_a_domain_has_no_url() -> None:
    (item,) = document(article(provider=Provider(name="Example")))["items"]
    assert item["authors"] == [{"name": "Example"}]


def test_the_feed_says_what_it_is() -> None:
    feed = feed_config("json", subtitle="What is new", hub="https://hub.example.org/")
    assert document(feed=feed) == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "All articles",
        "home_page_url": "http://127.0.0.1:8765/",
        "feed_url": f"{SELF_URL}json",
        "description": "What is new",
        "authors": [{"name": "All articles"}],
        "hubs": [{"type": "WebSub", "url": "https://hub.example.org/"}],
        "items": [],
    }


def test_a_feed_without_a_url_follows_the_rules() -> None:
    assert "feed_url" not in document(article(), self_url=None)


def test_a_number_that_json_does_not_know_costs_its_article_alone() -> None:
    result = rendered("json", [article(1, quality=math.nan), article(2)])
    assert [left.article for left in result.left_out] == [article(1).id]
    assert [entry.id for entry in parsed(result.data).entries] == [article(2).id]
