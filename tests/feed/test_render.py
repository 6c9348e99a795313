import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.feed.samples import (
    EPOCH,
    HOSTILE_TEXTS,
    KNOWN_AT,
    article,
    assert_valid_atom,
    feed_config,
    parsed,
    real_articles,
    rendered,
    xml,
)
from watcher.feed.entry import readable_article
from watcher.feed.render import EntryCache, LeftOut
from watcher.model.article import Article
from watcher.model.seed import Content, Image, Provider

FORMATS = ("atom", "rss", "json")
MARKS = {"atom": b"<entry>", "rss": b"<item>", "json": b'"_seedwatch"'}


def ids(form: str, data: bytes) -> list[str]:
    return [entry.id for entry in parsed(data).entries]


@pytest.fixture(params=FORMATS)
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the articles that were rendered and not taken from a cache."""
    found: list[str] = []

    def note(article: Article) -> Article:
        found.append(article.id)
        return readable_article(article)

    monkeypatch.setattr("watcher.feed.render.readable_article", note)
    return found


def test_entries_keep_the_order_of_the_articles(form: str) -> None:
    articles = [article(n) for n in (3, 1, 2)]
    assert ids(form, rendered(form, articles).data) == [a.id for a in articles]


def test_the_same_articles_give_the_same_bytes(form: str) -> None:
    assert rendered(form, real_articles()).data == rendered(form, real_articles()).data


def test_no_articles_are_an_empty_feed(form: str) -> None:
    data = rendered(form, []).data
    assert parsed(data).entries == []
    assert parsed(data).feed.title == "All articles"


def test_a_time_in_another_zone_gives_the_same_bytes(form: str) -> None:
    here = article()
    zone = timezone(timedelta(hours=5, minutes=30))
    there = replace(
        here,
        updated_at=here.updated_at.astimezone(zone),
        first_seen_at=here.first_seen_at.astimezone(zone),
        content=replace(
            here.content,
            published_at=here.content.published_at and here.content.published_at.astimezone(zone),
        ),
    )
    assert rendered(form, [there]).data == rendered(form, [here]).data


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS)
def test_hostile_text_anywhere_gives_a_good_document(form: str, text: str) -> None:
    hostile = article(
        title=f"T{text}",
        summary=text,
        body=text,
        category=text,
        topics=(text, "AI"),
        provider=Provider(name=text, domain="example.org"),
        images=(Image(url="https://example.org/1.jpg", title=text),),
        related=(Content(title=text, url="https://example.org/r"),),
    )
    feed = feed_config(form, subtitle=text)
    result = rendered(form, [hostile, article(2)], feed=feed, title=f"F{text}")
    assert result.left_out == ()
    assert ids(form, result.data) == [hostile.id, article(2).id]
    assert len(parsed(result.data).entries) == result.data.count(MARKS[form])
    if form == "atom":
        assert_valid_atom(result.data)


@pytest.mark.parametrize("text", ["<script>x</script>", "]]> &amp; &nbsp;", "a < b & c > d", "שבת"])
def test_text_is_read_as_it_was_written(form: str, text: str) -> None:
    entry = parsed(rendered(form, [article(title=text, summary=text)]).data).entries[0]
    assert entry.title == text
    if form != "rss":  # where a description is HTML
        assert entry.summary == text


@pytest.mark.parametrize("summary", [None, ""])
def test_an_article_without_a_summary_is_an_entry(form: str, summary: str | None) -> None:
    for images in ((), article().content.images):
        result = rendered(form, [article(summary=summary, images=images)])
        assert len(parsed(result.data).entries) == 1
        if form == "atom":
            assert_valid_atom(result.data)


def test_the_barest_article_is_an_entry(form: str) -> None:
    content = Content(title="Bare", url="https://example.org/bare")
    bare = Article(id="urn:uuid:bare", content=content, first_seen_at=EPOCH, updated_at=EPOCH)
    result = rendered(form, [bare])
    assert parsed(result.data).entries[0].link == "https://example.org/bare"
    if form == "atom":
        assert_valid_atom(result.data)


@pytest.mark.parametrize("year", [1, 999, 1969, 2099, 9999])
def test_dates_far_away_are_dates(form: str, year: int) -> None:
    published_at = datetime(year, 12, 30, 23, 59, 58, tzinfo=UTC)
    known_at = datetime(9999, 12, 31, tzinfo=UTC)  # else what is in the future is not shown
    far = replace(article(published_at=published_at), first_seen_at=known_at)
    data = rendered(form, [far]).data
    assert f"{year:04d}".encode() in data
    if year > 1000:
        assert parsed(data).entries[0].published_parsed[:6] == published_at.timetuple()[:6]


def test_a_date_in_the_future_is_shown_as_that_of_first_sight(form: str) -> None:
    early = article(published_at=KNOWN_AT + timedelta(days=900))
    data = rendered(form, [early]).data
    shown = parsed(data).entries[0].published_parsed[:6]
    assert shown == early.first_seen_at.timetuple()[:6]


def test_fifty_images_are_one_enclosure(form: str) -> None:
    images = tuple(Image(url=f"https://example.org/{n}.png") for n in range(50))
    data = rendered(form, [article(images=images)]).data
    if form != "json":
        assert [e.href for e in parsed(data).entries[0].enclosures] == ["https://example.org/0.png"]
        assert b"https://example.org/1.png" not in data


@pytest.mark.parametrize(
    "bad",
    [
        article(2, title=""),
        article(2, url="nowhere"),
        article(2, published_at=KNOWN_AT.replace(tzinfo=None)),
        replace(article(2), updated_at=KNOWN_AT.replace(tzinfo=None)),
        article(2, related=(None,)),
    ],
)
def test_a_bad_article_is_left_out_with_a_warning(
    form: str, bad: Article, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        result = rendered(form, [article(3), bad, article(1)])
    assert ids(form, result.data) == [article(3).id, article(1).id]
    assert [left.article for left in result.left_out] == [bad.id]
    (record,) = caplog.records
    assert record.getMessage() == "article left out of a feed"
    assert record.__dict__["fields"]["article"] == bad.id


def test_what_is_left_out_says_why() -> None:
    assert rendered("atom", [article(title=" ")]).left_out == (
        LeftOut(article=article().id, message="ValueError: its title is empty"),
    )


def test_a_feed_of_bad_articles_alone_is_an_empty_feed(form: str) -> None:
    result = rendered(form, [article(title="")])
    assert len(result.left_out) == 1
    assert result.data == rendered(form, []).data


def test_a_feed_whose_title_is_nothing_has_one_all_the_same(form: str) -> None:
    assert parsed(rendered(form, [], title="\x00 ").data).feed.title.startswith("urn:uuid:")


class TestUpdated:
    def test_is_that_of_the_latest_entry(self) -> None:
        document = xml(rendered("atom", [article(2), article(5), article(3)]).data)
        assert document.findtext("{*}updated") == "2024-05-06T12:08:09Z"

    def test_does_not_count_what_is_left_out(self) -> None:
        document = xml(rendered("atom", [article(5, title=""), article(3)]).data)
        assert document.findtext("{*}updated") == "2024-05-06T10:08:09Z"

    def test_counts_removals(self) -> None:
        removed = [("urn:uuid:x", KNOWN_AT + timedelta(days=1))]
        document = xml(rendered("atom", [article(3)], removed=removed).data)
        assert document.findtext("{*}updated") == "2024-05-07T07:08:09Z"

    def test_is_the_callers_for_an_empty_feed(self) -> None:
        assert xml(rendered("atom", []).data).findtext("{*}updated") == "1970-01-01T00:00:00Z"

    def test_keeps_its_fraction(self) -> None:
        exact = replace(article(), updated_at=datetime(2024, 1, 2, 3, 4, 5, 67, tzinfo=UTC))
        data = rendered("atom", [exact]).data
        assert xml(data).findtext("{*}updated") == "2024-01-02T03:04:05.000067Z"
        assert_valid_atom(data)


class TestEntryCache:
    def test_cached_and_uncached_are_the_same_bytes(self, form: str) -> None:
        cache = EntryCache()
        articles = real_articles()
        first = rendered(form, articles, cache=cache).data
        assert rendered(form, articles, cache=cache).data == first
        assert rendered(form, articles).data == first

    def test_a_changed_article_is_rendered_anew(self, form: str) -> None:
        cache = EntryCache()
        rendered(form, [article(1), article(2)], cache=cache)
        changes = [
            article(1, title="Another title"),
            article(1, quality=5.0),
            replace(article(1), updated_at=KNOWN_AT),
            replace(article(1), first_seen_at=KNOWN_AT),
            article(1),
        ]
        for changed in changes:
            articles = [changed, article(2)]
            assert rendered(form, articles, cache=cache).data == rendered(form, articles).data

    def test_only_what_changed_is_rendered(self, form: str, made: list[str]) -> None:
        cache = EntryCache()
        rendered(form, [article(n) for n in range(9)], cache=cache)
        made.clear()
        changed = [article(n, title=f"Title {n}" if n == 4 else f"Article {n}") for n in range(9)]
        rendered(form, changed, cache=cache)
        assert made == [article(4).id]

    def test_feeds_of_other_titles_and_formats_share_it(self) -> None:
        cache = EntryCache()
        articles = [article(provider=None)]
        for shape in (*FORMATS, *FORMATS):
            for title in ("One", "Two"):
                shared = rendered(shape, articles, cache=cache, title=title).data
                assert shared == rendered(shape, articles, title=title).data

    def test_it_forgets_the_longest_unused(self, made: list[str]) -> None:
        cache = EntryCache(capacity=2)
        for number in (1, 2, 1, 3, 1, 2):
            rendered("atom", [article(number)], cache=cache)
        assert made == [article(n).id for n in (1, 2, 3, 2)]
