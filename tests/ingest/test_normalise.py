# ruff: noqa: RUF001 - typography is what these tests are about
"""Normalising, from the outside: front matter in, content and warnings out."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.ingest.seeds_as_read import (
    FRONT,
    good,
    good_front,
    good_seed,
    parse,
    places,
    problem_of,
)
from watcher.config.schema import ArticlesConfig
from watcher.ingest.keys import field_keys
from watcher.model.seed import Content, Held, Image, Provider, Reason, Seed, Unusable
from watcher.store.columns import decode_content, encode_content

# ---------------------------------------------------------------- what is required


@pytest.mark.parametrize(
    ("front", "line", "column"),
    [
        ("category: news", 2, 1),
        ("title:", 2, 7),
        ("title: '&nbsp;'", 2, 8),
        ("title: [x]", 2, 8),
    ],
)
def test_a_seed_that_says_nothing_is_refused(front: str, line: int, column: int) -> None:
    problem = problem_of(f"---\n{front}\n---\n")
    assert (problem.reason, problem.key) == (Reason.MISSING_TITLE, "title")
    assert (problem.line, problem.column) == (line, column)
    assert problem.message.startswith("title is ")


def test_the_message_says_what_is_needed() -> None:
    assert problem_of("---\nheat: 1\n---\n").message == "title is missing: an article needs a title"
    assert "put the text in quotes" in problem_of("---\ntitle: [x]\n---\n").message


@pytest.mark.parametrize(
    ("front", "warned"),
    [
        ("title: x", []),
        ("title: x\nwebUrl: ''", []),
        ("title: x\noriginalUrl: /x", ["originalUrl"]),
        ("title: x\nwebUrl: javascript:alert(1)", ["webUrl"]),
        ("title: x\nurl: /x", ["url"]),
    ],
)
def test_an_article_may_have_no_link(front: str, warned: list[str]) -> None:
    seed = good(f"---\n{front}\n---\n")
    assert seed.content.url == ""
    assert [warning.key for warning in seed.warnings] == warned


def test_a_related_record_needs_a_title_and_a_url() -> None:
    seed = good_front(
        "related: [{title: x}, {webUrl: 'https://e.org/1'}, {title: y, url: 'https://e.org/2'}]"
    )
    assert [item.title for item in seed.content.related] == ["y"]
    assert [warning.key for warning in seed.warnings] == ["related[0].webUrl", "related[1].title"]


def test_the_original_url_stands_in_for_a_missing_web_url() -> None:
    content = good("---\ntitle: x\noriginalUrl: https://e.org/o\n---\n").content
    assert (content.url, content.original_url) == ("https://e.org/o", "https://e.org/o")


def test_a_bad_url_is_only_a_warning_while_there_is_a_good_one() -> None:
    seed = good("---\ntitle: x\nwebUrl: javascript:x\noriginalUrl: https://e.org/o\n---\n")
    assert seed.content.url == "https://e.org/o"
    assert places(seed.warnings) == [("webUrl", 3, 9)]
    seed = good("---\ntitle: x\nwebUrl: https://e.org/w\noriginalUrl: data:x\n---\n")
    assert (seed.content.url, seed.content.original_url) == ("https://e.org/w", None)
    assert places(seed.warnings) == [("originalUrl", 4, 14)]


# ---------------------------------------------------------------- urls


def test_the_urls_of_a_seed_are_canonical_in_order_and_once_each() -> None:
    seed = good_front(
        "originalUrl: https://Example.ORG/o?utm_source=x#y\n"
        "ampWebUrl: https://example.org/o\n"
        "cdnAmpWebUrl: http://cdn.example.org:443/o"
    )
    assert seed.urls == ("https://example.org/o", "https://example.org/1")
    assert seed.amp_urls == ("https://cdn.example.org/o",)
    assert seed.id_url == "https://example.org/o"
    assert seed.content.original_url == "https://Example.ORG/o?utm_source=x#y"


def test_an_invalid_url_is_not_among_the_urls() -> None:
    seed = good_front("ampWebUrl: /amp\ncdnAmpWebUrl: 42")
    assert seed.urls == ("https://example.org/1",)
    assert places(seed.warnings) == [("ampWebUrl", 4, 12), ("cdnAmpWebUrl", 5, 15)]


# ---------------------------------------------------------------- keys


def test_common_spellings_of_other_tools_are_understood() -> None:
    seed = good(
        "---\ntitle: x\nlink: https://e.org/\ndate: 2022-10-20\ndescription: d\ntags: [a, b]\n---\n"
    )
    content = seed.content
    assert (content.url, content.summary, content.topics) == ("https://e.org/", "d", ("a", "b"))
    assert content.published_at == datetime(2022, 10, 20, tzinfo=UTC)
    assert (content.extra, seed.warnings) == ({}, ())


def test_the_first_usable_key_wins() -> None:
    seed = good(
        "---\ntitle: x\nwebUrl: /bad\nurl: ''\nlink: https://e.org/\n"
        "summary: third\ndescription: second\nexcerpt:\n---\n"
    )
    assert (seed.content.url, seed.content.summary) == ("https://e.org/", "second")
    assert places(seed.warnings) == [("webUrl", 3, 9)]


def test_the_config_says_which_keys_hold_a_field() -> None:
    articles = ArticlesConfig(fields={"title": ("headline", "title"), "summary": ("lead",)})
    seed = good(
        f"---\n{FRONT}headline: H\nlead: L\nexcerpt: E\nrelated: [{{headline: R, url: 'http://r'}}]\n"
        "---\n",
        articles=articles,
    )
    assert (seed.content.title, seed.content.summary) == ("H", "L")
    assert seed.content.related[0].title == "R"
    assert seed.content.extra == {"excerpt": "E"}


def test_the_config_cannot_name_secured() -> None:
    articles = ArticlesConfig(fields={"summary": ("secured",)})
    seed = good(f"---\n{FRONT}secured: CIPHER\n---\n", articles=articles)
    assert "CIPHER" not in repr(seed)


def test_one_key_may_hold_two_fields() -> None:
    articles = ArticlesConfig(fields={"summary": ("lead", "title")})
    content = good(f"---\n{FRONT}---\n", articles=articles).content
    assert (content.title, content.summary) == ("A title", "A title")
    content = good(f"---\n{FRONT}lead: L\n---\n", articles=articles).content
    assert (content.title, content.summary) == ("A title", "L")


def test_a_message_names_the_keys_of_the_config() -> None:
    articles = ArticlesConfig(fields={"title": ("headline",)})
    seed = good(
        f"---\n{FRONT}headline: H\nrelated: [{{url: 'http://r'}}]\n---\n", articles=articles
    )
    assert "related[0].headline is missing: an article needs a headline" in repr(seed.warnings)


# ---------------------------------------------------------------- fields


def test_all_fields_of_the_schema_are_read() -> None:
    assert good_seed().content == Content(
        title="Article 1",
        url="https://example.org/articles/1",
        summary="The summary of article 1.",
        original_url="https://example.org/articles/1",
        category="news",
        type="article",
        published_at=datetime(2024, 1, 2, 3, 4, 1, tzinfo=UTC),
        quality=38.0,
        heat=-1.0,
        is_published=False,
        provider=Provider(name="Example", domain="example.org"),
        topics=("AI",),
        images=(Image(url="https://example.org/1.jpg", width=640, height=480),),
    )


@pytest.mark.parametrize(
    ("line", "key", "column", "words"),
    [
        ("quality: high", "quality", 10, "quality is 'high', not a number"),
        ("quality: yes", "quality", 10, "quality is yes, not a number"),
        ("heat: .nan", "heat", 7, "heat is nan, not a number"),
        ("heat: [1]", "heat", 7, "heat is a list, not a number"),
        ("date: yesterday", "date", 7, "date is 'yesterday', not a time"),
        ("publishedDateTime: 2022-02-30", "publishedDateTime", 20, "not a time"),
        ("published: 1", "published", 12, "not yes or no"),
        ("excerpt: {a: b}", "excerpt", 10, "excerpt is a mapping, not text"),
        ("type: !!binary aGk=", "type", 7, "type is binary data, not text"),
        ("provider: [x]", "provider", 11, "provider is a list, not a provider"),
        ("provider: {name: [x]}", "provider.name", 18, "not text"),
        ("provider: {images: [{url: x}]}", "provider.images[0].url", 27, "http"),
        ("topics: {a: b}", "topics", 9, "topics is a mapping, not text"),
        ("images: 5", "images", 9, "images is 5, not an image"),
        ("images: [{width: 5}]", "images[0]", 10, "has no url"),
        ("images: [{url: x, width: 5}]", "images[0].url", 16, "http"),
        ("images: [/x]", "images[0]", 10, "http"),
        ("related: 5", "related", 10, "related is 5, not an article"),
        ("related: [{title: x}]", "related[0].webUrl", 11, "is missing"),
        ("related: [{webUrl: /x, title: x}]", "related[0].webUrl", 20, "http"),
        ("featuredContent: [x]", "featuredContent", 18, "not text"),
    ],
)
def test_a_bad_optional_field_is_dropped_with_a_warning(
    line: str, key: str, column: int, words: str
) -> None:
    seed = good_front(line)
    assert seed.content == good_front("").content
    assert places(seed.warnings) == [(key, 4, column)]
    assert words in seed.warnings[0].message
    assert seed.warnings[0].message.startswith(f"{key} ")
    assert seed.warnings[0].reason is None


def test_the_place_of_a_bad_url_among_images_is_exact() -> None:
    seed = good_front(
        "images:\n  - https://e.org/1.jpg\n  - url: https://e.org/2.jpg\n    width: 5\n"
        "  - height: 3\n    url: javascript:x\n"
    )
    assert [image.url for image in seed.content.images] == [
        "https://e.org/1.jpg",
        "https://e.org/2.jpg",
    ]
    assert places(seed.warnings) == [("images[2].url", 9, 10)]


def test_what_is_empty_is_absent_without_a_warning() -> None:
    seed = good_front(
        "excerpt: ''\ndate: ' '\nquality: ''\nheat: ~\nprovider: {}\ntopics: []\nimages: [~]\n"
        "related: []\nampWebUrl: ''\nfeaturedContent: ''\npublished:\ncategory: '<b></b>'"
    )
    assert seed.content == good_front("").content
    assert seed.warnings == ()


def test_text_is_repaired_everywhere() -> None:
    seed = good_front(
        "images: [{url: 'http://x/', title: '&lt;', attribution: 'Â©'}]\n"
        "excerpt: someoneâ€™s&nbsp;<b>race</b>\ncategory: ' a  b '\ntopics: ['<i>x</i> &amp; y']\n"
        "provider: {name: cafe\u0301}"
    )
    content = seed.content
    assert content.summary == "someone’s race"
    assert content.category == "a b"
    assert content.topics == ("x & y",)
    assert content.provider == Provider(name="café")
    assert content.images == (Image(url="http://x/", title="<", attribution="©"),)


def test_numbers_and_dates_are_text_where_text_belongs() -> None:
    content = good("---\ntitle: 1984\nexcerpt: 2022-10-20\nlink: http://x/\n---\n").content
    assert (content.title, content.summary) == ("1984", "2022-10-20")


@pytest.mark.parametrize(
    ("value", "topics"),
    [
        ("[AI, ML]", ("AI", "ML")),
        ("AI, ML ,, Health", ("AI", "ML", "Health")),
        ("AI", ("AI",)),
        ("[AI, ai, STRASSE, straße, ~, '']", ("AI", "STRASSE")),
        ("['a, b']", ("a, b",)),
        ("[2022, 1.5]", ("2022", "1.5")),
        ("!!set {b, a}", ("a", "b")),
        ("''", ()),
    ],
)
def test_topics_are_a_list_or_text_with_commas(value: str, topics: tuple[str, ...]) -> None:
    seed = good_front(f"topics: {value}")
    assert seed.content.topics == topics
    assert seed.warnings == ()


@pytest.mark.parametrize(
    ("value", "provider"),
    [
        ("Some Name", Provider(name="Some Name")),
        ("{name: N, domain: Example.ORG}", Provider(name="N", domain="example.org")),
        ("{images: [http://x/]}", Provider(images=(Image(url="http://x/"),))),
        ("{id: 5}", None),
    ],
)
def test_a_provider_is_a_mapping_or_a_name(value: str, provider: Provider | None) -> None:
    seed = good_front(f"provider: {value}")
    assert seed.content.provider == provider
    assert seed.warnings == ()


def test_an_image_has_its_attributes_and_one_alone_needs_no_list() -> None:
    full = "{url: 'http://x/', width: '5', height: 6.0, title: T, attribution: A, isCached: true}"
    image = Image(url="http://x/", width=5, height=6, title="T", attribution="A", is_cached=True)
    assert good_front(f"images: {full}").content.images == (image,)
    assert good_front("images: http://x/").content.images == (Image(url="http://x/"),)


def test_a_bad_attribute_of_an_image_does_not_cost_the_image() -> None:
    seed = good_front("images: [{url: 'http://x/', width: wide, isCached: 1}]")
    assert seed.content.images == (Image(url="http://x/"),)
    assert places(seed.warnings) == [("images[0].width", 4, 36), ("images[0].isCached", 4, 52)]


def test_related_articles_are_records_of_their_own() -> None:
    seed = good_front(
        "related:\n"
        "- title: R1\n  webUrl: http://r1/\n  quality: low\n  secured: CIPHER\n"
        "  more: {secured: CIPHER}\n"
        "  related: [{title: R2, originalUrl: 'http://r2/'}]\n"
        "- just text\n"
        "- title: R3\n  link: http://r3/\n"
    )
    first, third = seed.content.related
    assert first == Content(
        title="R1",
        url="http://r1/",
        related=(Content(title="R2", url="http://r2/", original_url="http://r2/"),),
        extra={"more": {}},
    )
    assert third == Content(title="R3", url="http://r3/")
    assert places(seed.warnings) == [("related[0].quality", 7, 12), ("related[1]", 11, 3)]
    assert seed.urls == ("https://example.org/1",)


def test_unknown_keys_are_kept() -> None:
    seed = good_front("maker: {name: A, 1: x}\n2024: y\nyes: z\n? 2022-10-20\n: d\n? ~\n: n")
    assert seed.content.extra == {
        "maker": {"name": "A", "1": "x"},
        "2024": "y",
        "true": "z",
        "2022-10-20": "d",
        "null": "n",
    }


def test_featured_content_is_sanitised() -> None:
    seed = good_front("featuredContent: <p onclick='x'>a</p><iframe src='http://x/'></iframe>")
    assert seed.content.featured_content == "<p>a</p>"


def test_the_body_is_rendered() -> None:
    assert good(f"---\n{FRONT}---\n\n*Hello*\n").content.body == "<p><em>Hello</em></p>"
    assert good(f"---\n{FRONT}---\n \n").content.body is None


def test_very_many_warnings_are_counted() -> None:
    warnings = good_front(f"other: [{'.nan, ' * 300}]").warnings
    assert len(warnings) == 100
    assert [warning.key for warning in warnings[:2]] == ["other[0]", "other[1]"]
    assert warnings[-1].message.endswith("(200 more findings in this file)")


# ---------------------------------------------------------------- limits cost the part


def limited(front: str) -> tuple[Content, list[str]]:
    """The content of a seed beyond a limit, and the messages of its warnings."""
    seed = good_front(front)
    return seed.content, [warning.message for warning in seed.warnings]


def test_of_many_related_records_the_first_are_kept() -> None:
    records = "".join(f"- {{title: R{n}, link: 'http://r/{n}'}}\n" for n in range(300))
    content, said = limited(f"related:\n{records}")
    assert [one.title for one in content.related] == [f"R{n}" for n in range(50)]
    assert said == ["related has 300 items: only the first 50 are kept"]


def test_real_seeds_with_44_related_records_of_20_values_are_read_whole() -> None:
    inside = "".join(f", k{n}: v" for n in range(66))
    records = "".join(f"- {{title: R{n}, link: 'http://r/{n}'{inside}}}\n" for n in range(44))
    content, said = limited(f"related:\n{records}")
    assert (len(content.related), said) == (44, [])


def test_of_many_images_the_first_are_kept() -> None:
    images = "".join(f"  - http://i/{n}.png\n" for n in range(51))
    content, said = limited(f"images:\n{images}provider:\n  images:\n{images}")
    assert content.provider is not None
    assert (len(content.images), len(content.provider.images)) == (50, 50)
    assert said == [
        "images has 51 items: only the first 50 are kept",
        "provider.images has 51 items: only the first 50 are kept",
    ]


def test_of_many_topics_the_first_different_ones_are_kept() -> None:
    topics = ", ".join(f"t{n}, T{n}" for n in range(980))
    for written in (f"[{topics}]", topics):
        content, (said,) = limited(f"topics: {written}")
        assert content.topics == tuple(f"t{n}" for n in range(50))
        assert said.startswith("topics has more than 50: only the first are kept")
    assert limited("topics: " + ", ".join(f"t{n}, T{n}" for n in range(50)))[1] == []
    articles = ArticlesConfig(max_topics=3)
    seed = good(f"---\n{FRONT}tags: [a, b, c, d]\n---\n", articles=articles)
    assert seed.content.topics == ("a", "b", "c")


@pytest.mark.parametrize(
    ("line", "longest", "text_of"),
    [
        ("description: {}", 10_000, lambda content: content.summary),
        ("category: {}", 500, lambda content: content.category),
        ("topics: [{}]", 500, lambda content: content.topics[0]),
        ("provider: {{name: {}}}", 500, lambda content: content.provider.name),
        ("related: [{{link: 'http://r/', title: {}}}]", 1_000, lambda c: c.related[0].title),
        ("images: [{{url: 'http://i/', title: {}}}]", 500, lambda c: c.images[0].title),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_text_that_is_too_long_is_cut(
    line: str, longest: int, text_of: Callable[[Content], str]
) -> None:
    content, said = limited(line.format("x" * longest))
    assert (text_of(content), said) == ("x" * longest, [])
    for extra in (1, 300_000):
        content, (warning,) = limited(line.format("x" * (longest + extra)))
        assert text_of(content) == "x" * (longest - 1) + "…"
        assert warning.endswith(f"is longer than {longest:,} characters: the rest is left out")


def test_a_title_that_is_too_long_is_cut_and_stays_a_title() -> None:
    seed = good(f"---\ntitle: {'a b ' * 75_000}\nlink: http://x/\n---\n")
    assert seed.content.title == ("a b " * 250)[:999].rstrip() + "…"
    assert places(seed.warnings) == [("title", 2, 8)]


# ---------------------------------------------------------------- any value

VALUES = (
    "~", "yes", "0", "-1", "1.5", "9007199254740993", "1e400", "1" + "0" * 400, ".nan", ".inf",
    "''", "' '", "'38'", "'<b>a</b>'", '"\\0"', "https://e.org/2", "HTTPS://E.org", "/x",
    "2022-10-20T20:36:00Z", "2022-10-20", "2022-10-20 20:36:00",
    "'Thu, 20 Oct 2022 20:36:00 +0200'",
    "!!binary aGk=", "!!set {a}", "[]", "{}", "[~]", "[a, ~, A, 1]", "[a, [b]]", "{name: ~}",
    "{name: A, domain: 1}", "{name: '', images: []}", "{images: [{url: ''}, {url: 1}]}",
    "[{url: 'http://x/', width: 0}]", "[{title: T, webUrl: 'http://x/', related: [{title: T}]}]",
    "{title: T, webUrl: 'http://x/'}", "{1: {2: 3}, ~: [x], secured: CIPHER}",
)  # fmt: skip
ANY_KEY = [*sorted(field_keys((), 50).fields_of), "unknown"]


@pytest.mark.parametrize("key", ANY_KEY)
def test_any_value_under_any_key_is_read_or_named(key: str) -> None:
    """It never ends the reading, costs no other field, and is stored as it is."""
    others = "".join(line for line in FRONT.splitlines(True) if not line.startswith(f"{key}:"))
    for value in VALUES:
        for text in (
            f"{key}: {value}",
            f"related: [{{title: T, link: 'http://x/', {key}: {value}}}]",
        ):
            seed = parse(f"---\n{text}\n{others}---\n")
            if isinstance(seed, Unusable):
                assert seed.problem.key == key
                continue
            assert isinstance(seed, Seed | Held)
            assert "CIPHER" not in repr(seed)
            assert decode_content(encode_content(seed.content)) == seed.content
            assert all(key in (warning.key or "") for warning in seed.warnings)
