import uuid
from typing import Any

import pytest

from tests.feed.golden import ATOM_OF_ONE
from tests.feed.samples import (
    ATOM,
    KNOWN_AT,
    MEDIA,
    SELF_URL,
    article,
    assert_valid_atom,
    feed_config,
    links,
    parsed,
    real_articles,
    rendered,
    xml,
)
from watcher.feed.head import Site
from watcher.model.seed import Author as Writer
from watcher.model.seed import Content, Image, Provider

HISTORY = "{http://purl.org/syndication/history/1.0}"
TOMBSTONES = "{http://purl.org/atompub/tombstones/1.0}"


def entry_of(**changed: Any) -> Any:
    return xml(rendered("atom", [article(**changed)]).data).find(f"{ATOM}entry")


def test_one_real_article_is_exactly_this() -> None:
    assert rendered("atom", real_articles()[-1:]).data.decode() == ATOM_OF_ONE


def test_the_real_articles_are_a_valid_feed() -> None:
    data = rendered("atom", real_articles()).data
    assert_valid_atom(data)
    assert len(parsed(data).entries) == 5


def test_every_kind_of_entry_is_valid() -> None:
    articles = [
        article(1),
        article(2, body="<p>body</p>"),
        article(3, images=(), summary=None),
        article(4, provider=None, topics=(), category=None, published_at=None),
        article(5, images=(Image(url="https://example.org/i.svg"),)),
    ]
    assert_valid_atom(rendered("atom", articles).data)


def test_feedparser_reads_what_the_seeds_say() -> None:
    feed = parsed(rendered("atom", real_articles()).data)
    for entry, expected in zip(feed.entries, real_articles(), strict=True):
        content, provider = expected.content, expected.content.provider
        assert provider is not None
        assert (entry.id, entry.title, entry.link) == (expected.id, content.title, content.url)
        assert entry.summary == content.summary
        assert (entry.author_detail.name, entry.author_detail.href) == (
            provider.name,
            f"https://{provider.domain}/",
        )
        assert [tag.term for tag in entry.tags] == [*content.topics, content.category]
        assert entry.media_thumbnail[0]["url"] == entry.enclosures[0].href == content.images[0].url
        assert entry.content[0].value.startswith('<p><img src="')


class TestLinks:
    def test_via_is_there_only_where_the_source_differs(self) -> None:
        assert links(entry_of(), "via") == []
        url = "https://example.com/original"
        assert links(entry_of(original_url=url), "via") == [{"href": url}]

    def test_related_articles_keep_their_titles_and_order(self) -> None:
        related = tuple(
            Content(title=f"R{n} & <co>", url=f"https://example.org/r/{n}") for n in range(3)
        )
        assert links(entry_of(related=related), "related") == [
            {"href": f"https://example.org/r/{n}", "title": f"R{n} & <co>"} for n in range(3)
        ]

    def test_the_image_is_the_enclosure_and_the_thumbnail(self) -> None:
        image = Image(url="https://example.org/a.png?x=1&y=2", width=640, height=480)
        entry = entry_of(images=(image,))
        assert links(entry, "enclosure") == [
            {"href": image.url, "type": "image/png", "length": "0"}
        ]
        (thumbnail,) = entry.findall(f"{MEDIA}thumbnail")
        assert dict(thumbnail.attrib) == {"url": image.url, "width": "640", "height": "480"}

    def test_an_image_of_unknown_size_is_a_thumbnail_without_one(self) -> None:
        entry = entry_of(images=(Image(url="https://example.org/a.png"),))
        assert dict(entry.find(f"{MEDIA}thumbnail").attrib) == {"url": "https://example.org/a.png"}

    def test_without_images_there_is_neither(self) -> None:
        entry = entry_of(images=())
        assert links(entry, "enclosure") == []
        assert entry.find(f"{MEDIA}thumbnail") is None


def test_categories_have_term_label_and_scheme() -> None:
    entry = entry_of(topics=("AI in Healthcare", "日本語"), category="news")
    assert [dict(c.attrib) for c in entry.findall(f"{ATOM}category")] == [
        {"term": term, "label": term, "scheme": f"urn:seedwatch:{scheme}"}
        for term, scheme in (
            ("AI in Healthcare", "topic"),
            ("日本語", "topic"),
            ("news", "category"),
        )
    ]


def test_texts_say_their_types() -> None:
    entry = entry_of(body="<p>body</p>")
    assert entry.find(f"{ATOM}title").get("type", "text") == "text"
    assert entry.find(f"{ATOM}summary").get("type") == "text"
    assert entry.find(f"{ATOM}content").get("type") == "html"
    assert entry.findtext(f"{ATOM}content").endswith("<p>body</p>")


def test_without_body_and_image_there_is_no_content() -> None:
    assert entry_of(images=()).find(f"{ATOM}content") is None


def test_without_a_publication_date_nothing_is_published() -> None:
    entry = entry_of(published_at=None)
    assert entry.find(f"{ATOM}published") is None
    assert entry.findtext(f"{ATOM}updated") == "2024-05-06T08:08:09Z"


def test_an_entry_without_a_provider_has_its_feeds_author() -> None:
    data = rendered("atom", [article(provider=Provider())], title="Our feed").data
    assert xml(data).find(f"{ATOM}entry/{ATOM}author") is None
    assert xml(data).findtext(f"{ATOM}author/{ATOM}name") == "Our feed"
    assert_valid_atom(data)


class TestHead:
    def test_says_what_the_feed_is(self) -> None:
        feed = feed_config(subtitle="What is new", hub="https://hub.example.org/")
        document = xml(rendered("atom", [], feed=feed, title="All & more").data)
        assert document.findtext(f"{ATOM}title") == "All & more"
        assert document.findtext(f"{ATOM}subtitle") == "What is new"
        assert links(document, "self") == [
            {"href": f"{SELF_URL}atom", "type": "application/atom+xml"}
        ]
        assert links(document, "hub") == [{"href": "https://hub.example.org/"}]

    def test_its_id_is_made_of_its_url(self) -> None:
        document = xml(rendered("atom", [], title="A").data)
        again = xml(rendered("atom", [article()], title="B").data)
        assert document.findtext(f"{ATOM}id") == again.findtext(f"{ATOM}id")
        assert (
            document.findtext(f"{ATOM}id") == uuid.uuid5(uuid.NAMESPACE_URL, f"{SELF_URL}atom").urn
        )

    def test_without_a_url_its_id_is_made_of_its_name(self) -> None:
        found = {
            xml(rendered("atom", [], feed=feed_config(name=name), self_url=None).data).findtext(
                f"{ATOM}id"
            )
            for name in ("one", "one", "two")
        }
        assert len(found) == 2

    def test_without_a_url_the_feed_is_valid_all_the_same(self) -> None:
        data = rendered("atom", [article()], self_url=None).data
        assert links(xml(data), "self") == []
        assert_valid_atom(data)

    def test_namespaces_are_declared_only_where_they_are_used(self) -> None:
        data = rendered("atom", real_articles()).data
        assert b"tombstones" not in data
        assert b"history" not in data
        assert data.count(b"xmlns:media") == 1


def test_a_complete_feed_says_so() -> None:
    data = rendered("atom", [article()], complete=True).data
    assert len(xml(data).findall(f"{HISTORY}complete")) == 1
    assert_valid_atom(data)


def test_removed_articles_are_tombstones() -> None:
    removed = [("urn:uuid:one", KNOWN_AT), ("urn:uuid:two", KNOWN_AT)]
    data = rendered("atom", [article()], removed=removed).data
    assert [dict(t.attrib) for t in xml(data).findall(f"{TOMBSTONES}deleted-entry")] == [
        {"ref": ref, "when": "2024-05-06T07:08:09Z"} for ref, _ in removed
    ]
    assert_valid_atom(data)


@pytest.mark.parametrize("count", [0, 1, 100])
def test_every_size_is_valid(count: int) -> None:
    data = rendered("atom", [article(n) for n in range(count)]).data
    assert_valid_atom(data)
    assert len(parsed(data).entries) == count


@pytest.mark.parametrize(
    ("site", "self_url", "home", "has_icons"),
    [
        (Site(public_url="https://news.example.org/wire/"), SELF_URL, None, True),
        (Site(local_url="http://127.0.0.1:8765/"), None, "http://127.0.0.1:8765/", True),
        (
            Site(local_url="http://127.0.0.1:8765/"),
            "http://127.0.0.1:8765/feeds/all.atom",
            "http://127.0.0.1:8765/",
            True,
        ),
        (
            Site(local_url="http://127.0.0.1:8765/"),
            "https://cdn.example.org/x/all.atom",
            "https://cdn.example.org/",
            False,
        ),
    ],
)
def test_the_feed_leads_to_the_page_for_people(
    site: Site, self_url: str | None, home: str | None, has_icons: bool
) -> None:
    data = rendered("atom", [article()], site=site, self_url=self_url).data
    assert_valid_atom(data)
    feed = xml(data)
    (link,) = feed.findall(f"{ATOM}link[@rel='alternate']")
    home = home or "https://news.example.org/wire/"
    assert (link.get("href"), link.get("type")) == (home, "text/html")
    icons = (f"{home}favicon.ico", f"{home}static/icon.png") if has_icons else (None, None)
    assert (feed.findtext(f"{ATOM}icon"), feed.findtext(f"{ATOM}logo")) == icons


def test_the_author_of_a_feed_is_the_site() -> None:
    author = f"{ATOM}author/{ATOM}name"
    titled = rendered("atom", [article()], site=Site(title="The \x07Wire")).data
    assert xml(titled).findtext(author) == "The Wire"
    assert xml(rendered("atom", [article()]).data).findtext(author) == "All articles"


def test_every_author_is_named_before_the_provider_would_be() -> None:
    authors = (Writer(name="Ada", url="https://ada.example/"), Writer(name="Bob", url="mailto:b@c"))
    data = rendered("atom", [article(authors=authors)]).data
    assert_valid_atom(data)
    found = xml(data).findall(f"{ATOM}entry/{ATOM}author")
    assert [(a.findtext(f"{ATOM}name"), a.findtext(f"{ATOM}uri")) for a in found] == [
        ("Ada", "https://ada.example/"),
        ("Bob", None),
    ]
