import pytest

from watcher.config.feed import FeedFormat
from watcher.serve.conditional import (
    accepts_gzip,
    http_date,
    is_not_modified,
    prefers_page,
    wants_page,
)

MODIFIED = 1_700_000_000


@pytest.mark.parametrize(
    ("if_none_match", "known"),
    [
        ('"abc"', True),
        ('W/"abc"', True),
        ('"other", W/"abc"', True),
        ('"with, a comma","abc"', True),
        ("*", True),
        ('"other"', False),
        ('"abc-gzip"', False),
        ("abc", False),
        ("", False),
        ('"abc', False),
    ],
)
def test_tags_are_compared_weakly(if_none_match: str, known: bool) -> None:
    answer = is_not_modified(
        if_none_match=if_none_match, if_modified_since=None, etag='"abc"', modified=None
    )
    assert answer is known


@pytest.mark.parametrize(
    ("since", "known"),
    [
        (http_date(MODIFIED), True),
        (http_date(MODIFIED + 1), True),
        (http_date(MODIFIED - 1), False),
        ("Tue, 14 Nov 2023 22:13:20 -0000", True),
        ("Tuesday, 14-Nov-23 22:13:20 GMT", True),
        ("yesterday", False),
        ("Tue, 14 Nov 99999 22:13:20 GMT", False),
        ("", False),
    ],
)
def test_dates_are_compared_in_seconds_and_nonsense_is_ignored(since: str, known: bool) -> None:
    answer = is_not_modified(
        if_none_match=None, if_modified_since=since, etag='"abc"', modified=MODIFIED
    )
    assert answer is known


def test_a_tag_that_differs_counts_more_than_a_date_that_matches() -> None:
    assert not is_not_modified(
        if_none_match='"other"',
        if_modified_since=http_date(MODIFIED),
        etag='"abc"',
        modified=MODIFIED,
    )


def test_without_a_time_of_change_no_date_will_do() -> None:
    assert not is_not_modified(
        if_none_match=None, if_modified_since=http_date(MODIFIED), etag='"abc"', modified=None
    )


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
