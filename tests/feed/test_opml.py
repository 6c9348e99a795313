from tests.feed.samples import xml
from watcher.feed.opml import render_opml

FEEDS = [
    ("All articles", "http://127.0.0.1/feeds/all.atom", "http://127.0.0.1/"),
    ('"AI" & <more>', "http://127.0.0.1/feeds/ai.atom?a=1&b=2", None),
]


def test_every_feed_is_an_outline_in_order() -> None:
    opml = xml(render_opml("Our feeds", FEEDS))
    assert (opml.tag, opml.get("version")) == ("opml", "2.0")
    assert opml.findtext("head/title") == "Our feeds"
    assert [dict(outline.attrib) for outline in opml.iterfind("body/outline")] == [
        {
            "type": "rss",
            "text": "All articles",
            "title": "All articles",
            "xmlUrl": "http://127.0.0.1/feeds/all.atom",
            "htmlUrl": "http://127.0.0.1/",
        },
        {
            "type": "rss",
            "text": '"AI" & <more>',
            "title": '"AI" & <more>',
            "xmlUrl": "http://127.0.0.1/feeds/ai.atom?a=1&b=2",
        },
    ]


def test_a_hostile_title_is_made_readable() -> None:
    opml = xml(render_opml("a\x00b\ud800", [("c\x01d", "http://127.0.0.1/", None)]))
    assert opml.findtext("head/title") == "ab"
    assert opml.find("body/outline").get("text") == "cd"


def test_no_feeds_are_an_empty_body() -> None:
    assert len(xml(render_opml("None", [])).find("body")) == 0


def test_the_same_feeds_give_the_same_bytes() -> None:
    assert render_opml("Our feeds", FEEDS) == render_opml("Our feeds", FEEDS)
