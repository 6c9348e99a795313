from email.utils import parsedate_to_datetime
from typing import Any

from tests.feed.golden import RSS_OF_ONE
from tests.feed.samples import SELF_URL, article, feed_config, parsed, real_articles, rendered, xml
from watcher.clock import format_time
from watcher.feed.head import Site
from watcher.model.seed import Author as Writer

ATOM_LINK = "channel/{http://www.w3.org/2005/Atom}link"
CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"
COMPLETE = "channel/{http://purl.org/syndication/history/1.0}complete"


def item_of(**changed: Any) -> Any:
    return xml(rendered("rss", [article(**changed)]).data).find("channel/item")


def test_one_real_article_is_exactly_this() -> None:
    assert rendered("rss", real_articles()[-1:]).data.decode() == RSS_OF_ONE


def test_feedparser_reads_what_the_seeds_say() -> None:
    feed = parsed(rendered("rss", real_articles()).data)
    for entry, expected in zip(feed.entries, real_articles(), strict=True):
        content = expected.content
        assert (entry.id, entry.title, entry.link) == (expected.id, content.title, content.url)
        assert content.provider is not None
        assert entry.author == content.provider.name
        assert [tag.term for tag in entry.tags] == [*content.topics, content.category]
        assert entry.media_thumbnail[0]["url"] == entry.enclosures[0].href == content.images[0].url
        assert content.published_at is not None
        assert entry.published_parsed[:6] == content.published_at.timetuple()[:6]


def test_the_guid_is_the_id_and_no_link() -> None:
    guid = item_of().find("guid")
    assert (guid.text, guid.get("isPermaLink")) == (article().id, "false")


def test_dates_are_rfc_822() -> None:
    document = xml(rendered("rss", [article()]).data)
    assert document.findtext("channel/item/pubDate") == "Tue, 02 Jan 2024 03:04:01 +0000"
    assert document.findtext("channel/lastBuildDate") == "Mon, 06 May 2024 08:08:09 +0000"


def test_an_undated_article_has_the_date_of_its_first_sight() -> None:
    item = item_of(published_at=None)
    known_at = article().first_seen_at
    assert parsedate_to_datetime(item.findtext("pubDate")) == known_at
    assert item.findtext("{http://www.w3.org/2005/Atom}updated") == format_time(known_at)


def test_the_channel_has_a_picture_where_our_server_has_one() -> None:
    site = Site(title="The Wire", public_url="https://news.example.org/")
    channel = xml(rendered("rss", [article()], site=site).data).find("channel")
    assert channel.findtext("link") == "https://news.example.org/"
    assert channel.findtext("image/url") == "https://news.example.org/static/icon.png"
    assert xml(rendered("rss", [article()]).data).find("channel/image") is None


def test_a_description_is_html() -> None:
    assert item_of(summary="a < b & c").findtext("description") == "a &lt; b &amp; c"


def test_the_content_stands_beside_the_description() -> None:
    item = item_of(body="<p>body ]]></p>", images=())
    assert item.findtext(ENCODED) == "<p>body ]]></p>"
    assert item.findtext("description") == "The summary of article 1."


def test_without_a_summary_the_content_is_the_description() -> None:
    item = item_of(body="<p>body</p>", images=(), summary=None)
    assert item.findtext("description") == "<p>body</p>"
    assert item.find(ENCODED) is None


def test_the_author_is_the_creator() -> None:
    assert item_of().findtext(CREATOR) == "Example"
    assert item_of(provider=None).find(CREATOR) is None


def test_the_channel_says_what_the_feed_is() -> None:
    feed = feed_config("rss", subtitle="What is new", hub="https://hub.example.org/")
    document = xml(rendered("rss", [], feed=feed).data)
    assert document.get("version") == "2.0"
    assert document.findtext("channel/title") == "All articles"
    assert document.findtext("channel/description") == "What is new"
    assert document.findtext("channel/link") == "http://127.0.0.1:8765/"
    assert [dict(link.attrib) for link in document.findall(ATOM_LINK)] == [
        {"href": f"{SELF_URL}rss", "rel": "self", "type": "application/rss+xml"},
        {"href": "https://hub.example.org/", "rel": "hub"},
    ]


def test_a_channel_without_subtitle_and_url_has_what_rss_requires() -> None:
    channel = xml(rendered("rss", [], self_url=None).data).find("channel")
    assert channel.findtext("description") == "All articles"
    assert channel.findtext("link").startswith("urn:uuid:")


def test_only_a_complete_feed_says_so() -> None:
    assert xml(rendered("rss", [], complete=True).data).find(COMPLETE) is not None
    assert b"history" not in rendered("rss", []).data


def test_namespaces_are_declared_once() -> None:
    data = rendered("rss", real_articles()).data
    for prefix in (b"media", b"dc", b"content", b"atom"):
        assert data.count(b"xmlns:" + prefix) == 1


def test_every_author_is_a_creator() -> None:
    item = item_of(authors=(Writer(name="Ada"), Writer(name="Bob")))
    assert [creator.text for creator in item.findall(CREATOR)] == ["Ada", "Bob"]
