import gzip
import os
import time
from collections.abc import Sequence
from dataclasses import replace

import pytest
import requests

from tests.serve.samples import BROWSER, MemoryView, Site, article, feed, serving
from watcher.serve.view import FeedView

ATOM = b'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"/>' * 20


@pytest.fixture
def published(site: Site) -> Site:
    """The site with one feed that was written long ago."""
    path = site.folder / "all.atom"
    path.write_bytes(ATOM)
    os.utime(path, (time.time() - 100, time.time() - 100))
    site.view.listed = (feed(path),)
    site.view.known = [article(1), article(2)]
    return site


def test_a_reader_gets_the_files_bytes_with_all_headers(published: Site) -> None:
    response = published.get("/feeds/all.atom", accept_encoding=None)
    assert response.status_code == 200
    assert response.content == ATOM
    headers = response.headers
    assert headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert headers["content-length"] == str(len(ATOM))
    assert "content-encoding" not in headers
    assert headers["etag"].startswith('"')
    assert headers["last-modified"].endswith(" GMT")
    assert headers["cache-control"] == "public, max-age=60"
    assert headers["vary"] == "Accept, Accept-Encoding"
    assert "access-control-allow-origin" not in headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["link"] == '<./all.atom>; rel="self"'
    assert "server" not in headers


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.rss", "application/rss+xml; charset=utf-8"),
        ("a.json", "application/feed+json; charset=utf-8"),
    ],
)
def test_each_format_has_its_media_type(site: Site, name: str, media_type: str) -> None:
    (site.folder / name).write_bytes(b"{}")
    site.view.listed = (feed(site.folder / name),)
    assert site.get(f"/feeds/{name}").headers["content-type"] == media_type


def test_gzip_has_the_same_bytes_and_another_tag(published: Site) -> None:
    plain = published.get("/feeds/all.atom", accept_encoding=None)
    packed = published.session.get(
        f"{published.base}/feeds/all.atom", headers={"Accept-Encoding": "gzip"}, stream=True
    )
    raw = packed.raw.read(decode_content=False)
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["content-length"] == str(len(raw))
    assert gzip.decompress(raw) == plain.content
    assert packed.headers["etag"] != plain.headers["etag"]
    assert packed.headers["vary"] == plain.headers["vary"]


@pytest.mark.parametrize("encoding", [None, "gzip"])
@pytest.mark.parametrize("weak", ["", "W/"])
def test_a_known_tag_gets_304_without_a_body(
    published: Site, encoding: str | None, weak: str
) -> None:
    first = published.get("/feeds/all.atom", accept_encoding=encoding)
    again = published.get(
        "/feeds/all.atom",
        accept_encoding=encoding,
        if_none_match=f'"other", {weak}{first.headers["etag"]}',
    )
    assert again.status_code == 304
    assert again.content == b""
    assert "content-length" not in again.headers
    assert "content-encoding" not in again.headers
    for name in ("etag", "last-modified", "cache-control", "vary"):
        assert again.headers[name] == first.headers[name]


def test_the_tag_of_the_packed_bytes_is_not_that_of_the_plain_ones(published: Site) -> None:
    packed = published.get("/feeds/all.atom", accept_encoding="gzip").headers["etag"]
    plain = published.get("/feeds/all.atom", accept_encoding=None, if_none_match=packed)
    assert plain.status_code == 200


def test_a_known_date_gets_304(published: Site) -> None:
    date = published.get("/feeds/all.atom").headers["last-modified"]
    assert published.get("/feeds/all.atom", if_modified_since=date).status_code == 304
    both = published.get("/feeds/all.atom", if_modified_since=date, if_none_match='"other"')
    assert both.status_code == 200


def test_a_published_change_is_seen_at_once(published: Site) -> None:
    path = published.folder / "changing.atom"
    (published.folder / "all.atom").rename(path)
    published.view.listed = (feed(path),)
    first = published.get("/feeds/changing.atom")
    path.with_suffix(".tmp").write_bytes(b"<feed>other</feed>")
    path.with_suffix(".tmp").replace(path)
    tag, date = first.headers["etag"], first.headers["last-modified"]
    assert published.get("/feeds/changing.atom", if_none_match=tag).content == b"<feed>other</feed>"
    assert published.get("/feeds/changing.atom", if_modified_since=date).status_code == 200


@pytest.mark.parametrize("path", ["/feeds/all.atom", "/opml", "/", "/healthz", "/readyz"])
def test_head_says_what_get_would_without_a_body(published: Site, path: str) -> None:
    get, head = published.get(path), published.get(path, "HEAD")
    assert head.status_code == get.status_code == 200
    assert head.content == b""
    for name in set(get.headers) - {"Date", "date"}:
        assert head.headers[name] == get.headers[name]


def test_head_is_conditional_too(published: Site) -> None:
    tag = published.get("/feeds/all.atom", "HEAD").headers["etag"]
    assert published.get("/feeds/all.atom", "HEAD", if_none_match=tag).status_code == 304


def test_hub_and_self_are_in_the_links_and_cannot_break_out_of_them(published: Site) -> None:
    path = published.folder / "all.atom"
    url = 'https://example.org/fé eds/all.atom?a=1&b=%20>; rel="x'
    published.view.listed = (feed(path, url=url, hub="https://hub.example.org/"),)
    assert published.get("/feeds/all.atom").headers["link"] == (
        '<https://example.org/f%C3%A9%20eds/all.atom?a=1&b=%20%3E;%20rel=%22x>; rel="self", '
        '<https://hub.example.org/>; rel="hub"'
    )


def test_a_browser_gets_a_page_about_the_feed(published: Site) -> None:
    response = published.get("/feeds/all.atom", accept=BROWSER)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "Accept" in response.headers["vary"]
    assert "default-src 'none'" in response.headers["content-security-policy"]
    page = response.text
    assert f'value="{published.base}/feeds/all.atom"' in page
    assert 'rel="alternate" type="application/atom+xml" title="All articles" href="?raw=1"' in page
    assert '<a href="?raw=1">' in page
    assert "Article 1" in page
    assert 'href="../static/seedwatch.css' in page


def test_the_raw_feed_is_one_click_away(published: Site) -> None:
    response = published.get("/feeds/all.atom?raw=1", accept=BROWSER)
    assert response.content == ATOM
    assert response.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("accept", ["*/*", "application/atom+xml", None, ""])
def test_readers_always_get_the_feed(published: Site, accept: str | None) -> None:
    assert published.get("/feeds/all.atom", accept=accept).content == ATOM


def test_a_topics_feed_lies_in_its_folder_whatever_the_topic(site: Site) -> None:
    path = site.folder / "topics" / "ki--0123.atom"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(ATOM)
    topical = feed(path, topic="<KI>", title="<KI>")
    site.view.listed = (topical,)
    assert site.get("/feeds/topics/ki--0123.atom").content == ATOM
    page = site.get("/feeds/topics/ki--0123.atom", accept=BROWSER).text
    assert "&lt;KI&gt;" in page
    assert "<KI>" not in page
    assert 'href="../../static/seedwatch.css' in page


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/",
        "/feeds",
        "/feeds/other.atom",
        "/feeds/secret.txt",
        "/feeds/../secret.txt",
        "/feeds/%2e%2e/secret.txt",
        "/feeds/..%2fsecret.txt",
        "/feeds/all.atom/",
        "/feeds//all.atom",
        "/feeds/all.atom%00",
        "/feeds/%ff",
        "/feeds/.all.atom.abcdefgh.tmp",
    ],
)
def test_nothing_but_published_feeds_is_served(published: Site, path: str) -> None:
    (published.folder / "secret.txt").write_text("secret")
    (published.folder / ".all.atom.abcdefgh.tmp").write_text("half a feed")
    response = published.get(path)
    assert response.status_code == 404
    assert "secret" not in response.text


def test_a_feed_without_a_file_is_not_found_and_comes_later(site: Site) -> None:
    path = site.folder / "later.atom"
    site.view.listed = (feed(path),)
    missing = site.get("/feeds/later.atom")
    assert missing.status_code == 404
    assert "not been published yet" in missing.text
    assert str(site.folder) not in missing.text
    path.write_bytes(ATOM)
    assert site.get("/feeds/later.atom").content == ATOM


def test_opml_names_every_feed_by_its_absolute_address(published: Site) -> None:
    path = published.folder / "all.atom"
    published.view.listed = (feed(path), feed(path, title="Own", url="https://example.org/own"))
    response = published.get("/opml")
    assert response.headers["content-type"] == "text/x-opml; charset=utf-8"
    assert response.text.splitlines() == [
        f"All articles\t{published.base}/feeds/all.atom",
        "Own\thttps://example.org/own",
    ]


def test_the_list_of_feeds_is_made_when_feeds_change_not_when_asked(published: Site) -> None:
    made: list[int] = []

    class Counting(MemoryView):
        def opml(self, addresses: Sequence[tuple[FeedView, str]]) -> bytes:
            made.append(len(addresses))
            return super().opml(addresses)

    view = Counting(listed=published.view.listed)
    with serving(view) as base, requests.Session() as session:
        first = session.get(f"{base}/opml", timeout=20)
        for _ in range(5):
            assert session.get(f"{base}/opml", timeout=20).content == first.content
        etag = {"if-none-match": first.headers["etag"]}
        assert session.get(f"{base}/opml", headers=etag, timeout=20).status_code == 304
        view.listed = tuple(replace(feed, entries=feed.entries + 1) for feed in view.listed)
        assert session.get(f"{base}/opml", timeout=20).content == first.content
        assert len(made) == 1
        view.listed = tuple(replace(feed, title="Other") for feed in view.listed)
        assert b"Other" in session.get(f"{base}/opml", timeout=20).content
        assert len(made) == 2
        for number in range(20):  # whatever the names by which it is called
            headers = {"host": f"name{number}.localhost"}
            assert session.get(f"{base}/opml", headers=headers, timeout=20).ok
