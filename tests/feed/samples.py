"""Articles, feeds and hostile texts for the feed stage's tests, and readers of what it made."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import feedparser
import pytest
import yaml
from feedparser import FeedParserDict
from lxml import etree

from tests.support.seeds import REAL_SEEDS
from watcher.config.feed import FeedConfig
from watcher.feed.render import EntryCache, Rendered, render_feed
from watcher.model.article import Article
from watcher.model.seed import Content, Image, Provider

ATOM = "{http://www.w3.org/2005/Atom}"
ARCHIVE_LINKS = ("current", "prev-archive", "next-archive")
MEDIA = "{http://search.yahoo.com/mrss/}"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KNOWN_AT = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
SELF_URL = "http://127.0.0.1:8765/feeds/all."
SCHEMA = Path(__file__).parents[3] / "shared" / "schema" / "atom.rng"

HOSTILE_TEXTS = {
    "control characters": "a\x00b\x01c\x0bd\x1be\x7ff\x9fg",
    "lone surrogates": "high \ud83d low \ude00 end",
    "noncharacters": "\ufffe and \uffff",
    "end of CDATA": "]]> <![CDATA[ x ]]>",
    "script": "<script>alert('1')</script>",
    "our own marks": "  <entry>    <item></feed>  </channel>",
    "entity": "&nbsp;&amp;&lt;&#0;",
    "quotes": "\"double\" 'single' `back`",
    "right to left": "\u202eשבת\u202c مرحبا",
    "emoji": "\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea ✅",
    "10,000 characters": "word " * 2_000,
    "10,000 wide characters": "日" * 10_000,
    "line breaks": "one\r\ntwo\tthree\u2028four\x85five",
}


def article(number: int = 1, **changed: Any) -> Article:
    """Article ``number``; ``changed`` replaces what its content says."""
    url = f"https://example.org/articles/{number}"
    values: dict[str, Any] = {
        "title": f"Article {number}",
        "url": url,
        "original_url": url,
        "summary": f"The summary of article {number}.",
        "category": "news",
        "provider": Provider(name="Example", domain="example.org"),
        "topics": ("AI",),
        "published_at": datetime(2024, 1, 2, 3, 4, number % 60, tzinfo=UTC),
        "images": (Image(url=f"https://example.org/{number}.jpg", width=640, height=480),),
    }
    return article_of(Content(**(values | changed)), number)


def article_of(content: Content, number: int) -> Article:
    known_at = KNOWN_AT + timedelta(hours=number)
    return Article(
        id=uuid5(NAMESPACE_URL, f"{number}").urn,
        content=content,
        first_seen_at=known_at,
        updated_at=known_at,
    )


def real_articles() -> list[Article]:
    """The five real seeds, newest first."""
    texts = [path.read_text("utf-8") for path in sorted(REAL_SEEDS.glob("*.txt"))]
    fronts = [yaml.safe_load(text.split("---\n")[1]) for text in texts]
    return [article_of(_content(front), n) for n, front in enumerate(fronts)][::-1]


def _content(front: Mapping[str, Any]) -> Content:
    return Content(
        title=front["title"],
        url=front["webUrl"],
        original_url=front.get("originalUrl"),
        amp_url=front.get("ampWebUrl"),
        summary=front["excerpt"],
        category=front.get("category"),
        type=front["type"],
        published_at=front["publishedDateTime"],
        quality=front["quality"],
        provider=Provider(**front["provider"]),
        topics=tuple(front.get("topics", ())),
        images=tuple(
            Image(url=i["url"], width=i["width"], height=i["height"])
            for i in front.get("images", ())
        ),
        related=tuple(_content(related) for related in front.get("related", ())),
    )


def feed_config(form: str = "atom", **changed: Any) -> FeedConfig:
    values = {"name": "all", "path": Path(f"/srv/feeds/all.{form}"), "url": SELF_URL + form}
    return FeedConfig(**(values | changed))


def rendered(form: str, articles: Sequence[Article], **changed: Any) -> Rendered:
    """``articles`` as a feed in ``form``; ``changed`` replaces arguments of ``render_feed``."""
    values: dict[str, Any] = {
        "feed": feed_config(form),
        "title": "All articles",
        "self_url": SELF_URL + form,
        "empty_updated_at": EPOCH,
        "cache": EntryCache(),
    }
    return render_feed(articles=articles, **(values | changed))


def xml(data: bytes) -> Any:
    return etree.fromstring(data)


def parsed(data: bytes) -> Any:
    """What feedparser reads, and it must find nothing wrong; JSON in the same words."""
    if data.startswith(b"{"):
        return _parsed_json(json.loads(data))
    feed = feedparser.parse(data, sanitize_html=False, resolve_relative_uris=False)
    assert not feed.bozo, feed.get("bozo_exception")
    return feed


def _parsed_json(document: dict[str, Any]) -> Any:
    """JSON Feed is not for feedparser 6: its keys under feedparser's names."""
    entries = [
        FeedParserDict(
            id=item["id"],
            title=item["title"],
            link=item["url"],
            summary=item.get("summary"),
            published_parsed=datetime.fromisoformat(item["date_published"]).timetuple()
            if "date_published" in item
            else None,
        )
        for item in document["items"]
    ]
    return FeedParserDict(feed=FeedParserDict(title=document["title"]), entries=entries)


def assert_valid_atom(data: bytes) -> None:
    """Valid by RFC 4287's schema, and in what a schema cannot say."""
    document = xml(data)
    schema = _atom_schema()
    assert schema.validate(document), schema.error_log
    entries = document.findall(f"{ATOM}entry")
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(set(ids)) == len(ids)
    for entry in entries:
        # RFC 4287 §4.1.2: without one there must be content
        fewest = 1 if entry.find(f"{ATOM}content") is None else 0
        assert fewest <= len(links(entry, "alternate")) <= 1
    for link in document.iter(f"{ATOM}link"):
        assert link.get("rel") in {
            "self",
            "hub",
            "alternate",
            "via",
            "related",
            "enclosure",
            *ARCHIVE_LINKS,
        }
        assert link.get("href", "").startswith(("http://", "https://"))
    for date in document.iter(f"{ATOM}updated", f"{ATOM}published"):
        text = date.text or ""
        assert text.endswith("Z")
        assert datetime.fromisoformat(text).utcoffset() == timedelta(0)


def links(entry: Any, rel: str) -> list[dict[str, str]]:
    """The attributes, but for ``rel``, of the links with it."""
    found = [dict(link.attrib) for link in entry.findall(f"{ATOM}link")]
    return [link for link in found if link.pop("rel", None) == rel]


def _atom_schema() -> etree.RelaxNG:
    if not SCHEMA.exists():
        pytest.skip("RFC 4287's schema is not there: put atom.rng into ../shared/schema/")
    return etree.RelaxNG(etree.parse(SCHEMA))
