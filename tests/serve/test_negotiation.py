import pytest

from watcher.config.schema import FeedFormat
from watcher.serve.negotiation import accepts_gzip, prefers_page, wants_page

BROWSERS = [
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "text/html, */*;q=0.1",
    "text/html",
    "TEXT/HTML ; charset=utf-8 , */* ; Q=0.5",
]
READERS = [
    None,
    "",
    "*/*",
    "application/atom+xml",
    "application/atom+xml,application/rss+xml,application/xml;q=0.9,text/xml;q=0.2,*/*;q=0.1",
    "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/html;q=0.7, */*;q=0.5",
    "application/xml, application/atom+xml, application/feed+json, text/html, */*;q=0.9",
    "text/html;q=0.5, */*;q=0.5",
    "text/html;q=0, */*",
    "text/html;q=nonsense, */*;q=0.1",
    "text/*",
    "image/png",
    ",;,=;q",
]


@pytest.mark.parametrize("feed_format", FeedFormat)
@pytest.mark.parametrize("accept", BROWSERS)
def test_browsers_get_the_page(accept: str | None, feed_format: FeedFormat) -> None:
    assert prefers_page(accept, feed_format)


@pytest.mark.parametrize("accept", READERS)
def test_readers_get_an_xml_feed(accept: str | None) -> None:
    assert not prefers_page(accept, FeedFormat.ATOM)
    assert not prefers_page(accept, FeedFormat.RSS)


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "application/feed+json, */*"])
def test_readers_get_a_json_feed(accept: str | None) -> None:
    assert not prefers_page(accept, FeedFormat.JSON)


@pytest.mark.parametrize(
    ("header", "gzip"),
    [
        (None, False),
        ("", False),
        ("gzip", True),
        ("x-gzip", True),
        ("GZip, deflate, br", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0, *", False),
        ("br, *;q=0.1", True),
        ("*;q=0", False),
        ("identity", False),
        ("gzip;q=0.5, identity", False),
        ("gzip;q=0.5, identity;q=0.5", True),
        ("notgzip", False),
    ],
)
def test_gzip_is_sent_to_those_who_accept_it(header: str | None, gzip: bool) -> None:
    assert accepts_gzip(header) is gzip


def test_only_those_who_name_html_get_refusals_as_pages() -> None:
    assert wants_page("text/html,*/*")
    assert not wants_page("*/*")
    assert not wants_page(None)
