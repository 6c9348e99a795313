import pytest

from tests.feed.samples import HOSTILE_TEXTS, article
from watcher.feed.entry import (
    entry_authors,
    entry_categories,
    entry_html,
    entry_links,
    image_type,
    readable_article,
)
from watcher.model.seed import Content, Image, Provider

BAD = "a\x00b\ud800c\uffffd"
GOOD = "abcd"


def test_every_text_of_an_article_becomes_readable() -> None:
    related = Content(title=BAD, url="https://example.org/r", provider=Provider(name=BAD))
    images = (Image(url="https://example.org/i.png", title=BAD, attribution=BAD),)
    dirty = article(title=BAD, summary=BAD, body=BAD, category=BAD, topics=(BAD,), images=images,
                    related=(related,), provider=Provider(name=BAD, images=images))  # fmt: skip
    content = readable_article(dirty).content
    assert (content.title, content.summary, content.body, content.category) == (GOOD,) * 4
    assert content.topics == (GOOD,)
    assert content.images[0].title == content.images[0].attribution == GOOD
    assert content.related[0].title == GOOD
    assert "\\x00" not in repr(content)


@pytest.mark.parametrize("title", ["", "  ", "\x00\x01", "\ud800"])
def test_an_article_without_a_title_is_not_readable(title: str) -> None:
    with pytest.raises(ValueError, match="title"):
        readable_article(article(title=title))


@pytest.mark.parametrize("url", ["/articles/1", "javascript:alert(1)", "mailto:a@example.org"])
def test_an_article_without_an_absolute_url_is_not_readable(url: str) -> None:
    with pytest.raises(ValueError, match="URL"):
        readable_article(article(url=url))


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS)
def test_readable_text_keeps_everything_that_xml_allows(text: str) -> None:
    title = readable_article(article(title=text)).content.title
    lost = set(text) - set(title)
    assert all(c < " " or "\ud800" <= c <= "\udfff" or c in "\ufffe\uffff" for c in lost)
    assert title.encode()


@pytest.mark.parametrize(
    ("url", "media_type"),
    [
        ("https://example.org/a.jpg", "image/jpeg"),
        ("https://example.org/a.PNG", "image/png"),
        ("https://example.org/a.webp?w=100", "image/webp"),
        ("https://example.org/resize/?url=https%3A%2F%2Fexample.com%2Fa.png", "image/png"),
        ("https://example.org/a.gif/", "image/gif"),
        ("https://example.org/image", "image/jpeg"),
        ("https://example.org/", "image/jpeg"),
        ("https://example.org/page.html", "image/jpeg"),
    ],
)
def test_an_images_type_follows_from_its_url(url: str, media_type: str) -> None:
    assert image_type(url) == media_type


@pytest.mark.parametrize(
    ("provider", "author"),
    [
        (Provider(name="Example", domain="example.org"), ("Example", "https://example.org/")),
        (Provider(domain="example.org"), ("example.org", "https://example.org/")),
        (Provider(name="Example"), ("Example", None)),
        (Provider(), None),
        (None, None),
    ],
)
def test_the_provider_is_the_author(
    provider: Provider | None, author: tuple[str, str | None] | None
) -> None:
    found = next(iter(entry_authors(article(provider=provider).content)), None)
    assert (found and (found.name, found.uri)) == author


def test_links_without_images_related_or_another_source_are_the_alternate_alone() -> None:
    content = article(images=(), related=(), original_url=None).content
    assert [link.rel for link in entry_links(content)] == ["alternate"]


def test_a_related_article_without_a_title_has_a_link_without_one() -> None:
    content = article(related=(Content(title="", url="https://example.org/r"),), images=()).content
    assert entry_links(content)[1].attributes() == {
        "rel": "related",
        "href": "https://example.org/r",
    }


def test_empty_topics_are_no_categories() -> None:
    terms = [c.term for c in entry_categories(article(topics=("", "AI"), category="").content)]
    assert terms == ["AI"]


def test_html_is_the_image_and_the_summary() -> None:
    content = article(title='"A" & <B>', summary="1 < 2 & 3", images=(
        Image(url='https://example.org/?a=1&b="2"'),)).content  # fmt: skip
    assert entry_html(content) == (
        '<p><img src="https://example.org/?a=1&amp;b=&quot;2&quot;"'
        ' alt="&quot;A&quot; &amp; &lt;B&gt;"></p><p>1 &lt; 2 &amp; 3</p>'
    )


def test_html_prefers_the_body_to_the_summary_and_the_images_own_title() -> None:
    images = (Image(url="https://example.org/1.jpg", title="A cat", width=3, height=2),)
    content = article(body="<p>The <em>body</em></p>", images=images).content
    assert entry_html(content) == (
        '<p><img src="https://example.org/1.jpg" alt="A cat" width="3" height="2"></p>'
        "<p>The <em>body</em></p>"
    )


def test_html_of_a_body_alone_is_that_body() -> None:
    assert entry_html(article(body="<p>x</p>", images=()).content) == "<p>x</p>"


def test_without_body_and_image_there_is_no_html() -> None:
    assert entry_html(article(images=()).content) is None
