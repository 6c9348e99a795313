import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import requests

from tests.serve.samples import (
    BROWSER,
    NOW,
    MemoryView,
    Site,
    article,
    bad_file,
    endpoint,
    feed,
    root,
    serving,
)
from watcher.model.article import Article
from watcher.model.delivery import Attempt, Delivery, Outcome
from watcher.model.health import Check, Gravity
from watcher.model.kinds import ArticleState, EndpointState, RootState
from watcher.model.seed import Content, Image, Provider
from watcher.serve.view import MessageView, NextView

HOSTILE = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>'&"


def test_readers_see_the_newest_articles(site: Site) -> None:
    site.view.known = [article(2, published_at=NOW - timedelta(days=400)), article(1)]
    page = site.page()
    assert page.index("Article 2") < page.index("Article 1")
    assert '<a href="https://example.org/articles/2" rel="noreferrer">Article 2</a>' in page
    assert "The summary of article 2." in page
    assert "Example" in page
    assert '<time datetime="2023-04-02T12:00:00Z" title="2 April 2023, 12:00 UTC">' in page


def test_a_topic_is_a_filter_by_link(site: Site) -> None:
    site.view.known = [article(1), article(2, topics=("Space & Time",))]
    page = site.page()
    assert 'href="./?topic=Space+%26+Time"' in page
    filtered = site.page("/?topic=Space+%26+Time")
    assert "Article 2" in filtered
    assert "Article 1" not in filtered
    assert "About <bdi>Space &amp; Time</bdi>" in filtered
    assert re.search(r'href="\./\?topic=Space\+%26\+Time" aria-current="true"', filtered)


def test_a_topic_that_is_none_says_so(site: Site) -> None:
    site.view.known = [article(1)]
    page = site.page("/?topic=%3Cscript%3E")
    assert "No article is about this topic" in page
    assert "<script>" not in page


def test_feeds_are_listed_with_addresses_to_copy(site: Site) -> None:
    path = site.folder / "all.atom"
    site.view.listed = (feed(path), feed(site.folder / "t.atom", title="About AI", topic="AI"))
    page = site.page()
    assert f'value="{site.base}/feeds/all.atom"' in page
    assert f'value="{site.base}/feeds/t.atom"' in page
    assert 'type="application/atom+xml" title="All articles" href="feeds/all.atom"' in page
    assert page.index("All articles</bdi>") < page.index("About AI</bdi>")


def test_an_empty_feed_has_no_time_at_which_it_changed(site: Site) -> None:
    long_ago = datetime(1970, 1, 1, tzinfo=UTC)
    site.view.listed = (feed(site.folder / "all.atom", entries=0, updated_at=long_ago),)
    page = site.page()
    assert "0 entries" in page
    assert "1970" not in page


def test_a_chosen_topics_feed_comes_first(site: Site) -> None:
    site.view.known = [article(1)]
    site.view.listed = (
        feed(site.folder / "all.atom"),
        feed(site.folder / "t.atom", title="About AI", topic="AI"),
    )
    page = site.page("/?topic=ai")
    assert page.index("About AI</bdi>") < page.index("All articles</bdi>")


def test_older_articles_are_reached_page_by_page_to_the_last(site: Site) -> None:
    site.view.known = [article(number) for number in range(1, 100)]
    path, seen = "/?topic=AI", list[str]()
    while path:
        page = site.page(path)
        seen += re.findall(r'rel="noreferrer">(Article \d+)</a>', page)
        older = re.search(r'href="\./(\?[^"]*)" rel="next"', page)
        path = f"/{older[1].replace('&amp;', '&')}" if older else ""
    assert seen == [f"Article {number}" for number in range(1, 100)]


def test_articles_stand_by_the_day_on_which_they_were_first_seen() -> None:
    days = (0, 0, 1, 9)
    known = [
        replace(article(n), first_seen_at=NOW - timedelta(days=day)) for n, day in enumerate(days)
    ]
    with serving(MemoryView(known=known), clock=lambda: NOW) as base:
        page = requests.get(base, headers={"accept": BROWSER}, timeout=20).text
    found = re.findall(r'<h3 class="day">([^<]*)|>(Article \d)</a>', page)
    assert ["".join(each) for each in found] == [
        "Today",
        "Article 0",
        "Article 1",
        "Yesterday",
        "Article 2",
        "27 April 2024",
        "Article 3",
    ]


def test_a_story_stands_in_one_place_with_who_else_has_it(site: Site) -> None:
    site.view.known = [told(1, "One"), article(2), told(3, "Three")]
    page = site.page()
    assert page.count("<article") == 2
    assert re.search(r"Also at: <span><a [^>]*/articles/3\"[^>]*><bdi>Three", page)
    assert page.index("Article 1") < page.index("Three") < page.index("Article 2")


def told(number: int, outlet: str) -> Article:
    """An article of the one story."""
    provider = Provider(name=outlet, domain=f"{outlet.lower()}.example")
    return replace(article(number, provider=provider), story="s")


def test_outlets_are_named_that_are_not_on_the_page_and_what_is_too_much_is_linked(
    site: Site,
) -> None:
    outlets = [told(number, f"Outlet{number}") for number in range(101, 110)]
    others = [article(number) for number in range(3, 60)]
    site.view.known = [told(1, "One"), told(2, "One"), *others, *outlets]
    page = site.page()
    names = re.findall(r"<bdi>(Outlet\d+)</bdi>", page)
    assert names == [f"Outlet{number}" for number in range(109, 101, -1)]
    assert f'<a href="articles/{told(1, "").id.rpartition(":")[2]}">2 more</a>' in page
    whole = site.page(f"/articles/{told(1, 'One').id.rpartition(':')[2]}")
    assert whole.count("<li dir=") == 10
    assert re.search(r'<bdi>Outlet101</bdi>: <a href="[^"]*/articles/101"', whole)
    assert re.search(r'<li dir="auto"><a href="[^"]*/articles/2"[^>]*>Article 2<', whole)


def test_headlines_only_is_a_view_that_is_remembered(site: Site) -> None:
    site.view.known = [article(number) for number in range(1, 100)]
    page = site.page("/?view=compact")
    assert page.count("<article") == 60
    assert "The summary of article 1." not in page
    assert site.page("/").count("<article") == 60
    assert site.page("/?view=full").count("<article") == 30
    assert site.page("/").count("<article") == 30


def test_an_article_has_a_page_of_its_own(site: Site) -> None:
    body = '<p>All of it.</p><img src="https://e.org/in.jpg"><script>no()</script>'
    site.view.known = [
        article(
            1,
            title='A "title" & more',
            body=body.replace("<script>no()</script>", ""),
            images=(Image(url="https://e.org/1.jpg"),),
            related=(Content(title="Other", url="https://example.org/other"),),
        )
    ]
    address = "/articles/00000000-0000-5000-8000-000000000001"
    assert f'href="{address[1:]}"' in site.page()
    page = site.page(address)
    for words in ("<p>All of it.</p>", "The summary of article 1.", "https://example.org/other"):
        assert words in page
    assert f'<link rel="canonical" href="{site.base}{address}">' in page
    assert '<meta property="og:title" content="A &#34;title&#34; &amp; more">' in page
    assert "<img" not in page
    assert "https://e.org/in.jpg" in site.page(f"{address}?pictures=1")
    site.view.known = [replace(site.view.known[0], state=ArticleState.REMOVED)]
    assert site.get(address, accept=BROWSER).status_code == 410
    for other in ("00000000-0000-5000-8000-000000000002", "x", "..%2f", "urn:uuid:1"):
        assert site.get(f"/articles/{other}", accept=BROWSER).status_code == 404


def test_all_topics_have_a_page(site: Site) -> None:
    site.view.known = [article(n, topics=(f"Topic {n}", "All")) for n in range(100)]
    assert 'href="topics">All topics' in site.page()
    page = site.page("/topics")
    assert page.index("Topic 1<") < page.index("Topic 99<")
    assert 'href="./?topic=Topic+7"' in page


def test_the_site_goes_by_its_own_name() -> None:
    with serving(MemoryView(known=[article(1)]), title="The Wire") as base:
        for path in ("/", "/nowhere", "/operations", "/topics"):
            page = requests.get(base + path, headers={"accept": BROWSER}, timeout=20).text
            assert "<bdi>The Wire</bdi>" in page
            assert "Seedwatch" not in page


def test_pictures_are_on_at_once_where_the_config_says_so() -> None:
    view = MemoryView(known=[article(1, images=(Image(url="https://e.org/1.jpg"),))])
    with serving(view, pictures="on") as base, requests.Session() as session:
        session.headers["accept"] = BROWSER
        assert "<img" in session.get(base, timeout=20).text
        assert "<img" not in session.get(f"{base}/?pictures=0", timeout=20).text
        assert "<img" not in session.get(base, timeout=20).text


def test_operators_see_one_line_of_trouble_and_others_none() -> None:
    trouble = [
        Check(name="endpoints", ok=False, words=f"hook{n} is off", gravity=Gravity.TROUBLE)
        for n in range(3)
    ]
    note = Check(name="quarantine", ok=False, words="1 seed", gravity=Gravity.NOTE)
    view = MemoryView(checks=(note, *trouble))
    for operations, shown in (("on", True), ("off", False)):
        with serving(view, operations=operations) as base:
            page = requests.get(base, headers={"accept": BROWSER}, timeout=20).text
            assert ("Hook0 is off, and 2 more things" in page) is shown
            assert ('href="./operations"' in page) is shown
            assert "1 seed" not in page


def test_an_endpoint_shows_its_deliveries_with_their_attempts(site: Site) -> None:
    site.view.told = [endpoint("a/b <c>", consecutive_failures=2, last_error="refused")]
    site.view.sent = [
        Delivery(
            id="msg_1",
            endpoint="a/b <c>",
            body=b"secret body",
            content_type="application/json",
            members=(1, 2),
            created_at=NOW,
        )
    ]
    site.view.tried = [
        Attempt(delivery="msg_1", number=1, at=NOW, outcome=Outcome.NOT_SENT, error="refused <b>"),
        Attempt(delivery="msg_1", number=2, at=NOW, outcome=Outcome.FAILED, status=502),
    ]
    site.view.upcoming = {
        "a/b <c>": NextView(
            at=NOW.astimezone(ZoneInfo("Asia/Tokyo")),
            messages=(MessageView(text="AI (1)\n• Rain <x>", contents="1 article"),) * 7,
        )
    }
    overview = site.page("/operations")
    assert 'href="./operations/a%2Fb%20%3Cc%3E"' in overview
    page = site.page("/operations/a%2Fb%20%3Cc%3E")
    for words in ("msg_1", "2 changes", "not sent", "refused &lt;b&gt;", "status 502"):
        assert words in page
    assert "secret body" not in page
    for words in (
        "7 messages",
        ">Monday, 6 May 2024, 21:00 (Asia/Tokyo)<",
        "AI (1)\n• Rain &lt;x&gt;",
        "and 2 more messages",
    ):
        assert words in page
    assert site.get("/operations/none", accept=BROWSER).status_code == 404


def test_the_gravest_is_first(site: Site) -> None:
    site.view.told = [
        endpoint("fine"),
        *(endpoint(f"late{number}", consecutive_failures=1) for number in range(8)),
        endpoint("broken", dead=1),
    ]
    late = [
        Check(name="endpoints", ok=False, words=f"late{n} failed", gravity=Gravity.NOTE)
        for n in range(8)
    ]
    broken = Check(name="endpoints", ok=False, words="broken died", gravity=Gravity.TROUBLE)
    site.view.checks = (*late, broken)
    page = site.page("/operations")
    assert page.index("Broken died") < page.index("Late0 failed")
    cards = [page.index(f"<bdi>{name}</bdi></a></h3>") for name in ("broken", "late0", "fine")]
    assert cards == sorted(cards)


def test_operators_see_endpoints_roots_and_quarantine(site: Site) -> None:
    site.view.told = [
        endpoint("newsroom", owed=1200, pending=34),
        endpoint("archive", consecutive_failures=3, last_error="connection refused"),
        endpoint("old", state=EndpointState.DISABLED, disabled_reason="410 Gone", dead=7),
    ]
    site.view.watched = [root(present=190, state=RootState.DEGRADED, detail="too few watches")]
    site.view.unusable = [bad_file("inbox/half.md", "no closing ---")]
    page = site.page("/operations")
    assert "1,234" in page
    assert "Failing, 3 times in a row" in page
    assert "connection refused" in page
    assert "Disabled: 410 Gone" in page
    assert "too few watches" in page
    assert "<code>seeds/inbox/half.md:3:7</code>" in page
    assert "no closing ---" in page
    assert "unclosed front matter" in page


def test_what_needs_attention_stands_before_everything_else(site: Site) -> None:
    site.view.known = [article(1)]
    site.view.checks = (
        Check(
            name="endpoints",
            ok=False,
            words="endpoint newsroom has 2 dead deliveries",
            gravity=Gravity.TROUBLE,
            action="seedwatch retry --dead",
        ),
    )
    page = site.page("/operations")
    assert "seedwatch retry --dead" in page
    assert page.index("Endpoint newsroom has 2 dead deliveries") < page.index("Endpoints</h2>")
    assert "All is well" not in page


def test_nothing_needs_attention_while_all_is_well(site: Site) -> None:
    site.view.known = [article(1)]
    page = site.page("/operations")
    assert "All is well: 1 article," in page
    assert "Needs attention" not in page


def test_an_empty_store_has_a_page(site: Site) -> None:
    page = site.page() + site.page("/operations")
    for words in ("No articles yet", "No feed has been published", "no endpoint", "No folder"):
        assert words in page


def test_hostile_texts_are_only_texts(site: Site) -> None:
    site.view.known = [
        article(
            1,
            title=HOSTILE,
            summary=HOSTILE,
            topics=(HOSTILE,),
            provider=Provider(name=HOSTILE),
            url=f"https://example.org/{HOSTILE}",
            images=(Image(url=f"https://example.org/{HOSTILE}"),),
        )
    ]
    site.view.told = [endpoint(HOSTILE, last_error=HOSTILE, consecutive_failures=1)]
    site.view.unusable = [bad_file(HOSTILE, HOSTILE)]
    site.view.watched = [root(f"/x/{HOSTILE}", detail=HOSTILE, state=RootState.MISSING)]
    site.view.listed = (
        feed(site.folder / "all.atom", title=HOSTILE, url="https://e.org/" + HOSTILE),
    )
    for path in (
        "/",
        "/?pictures=1",
        "/?view=compact",
        "/operations",
        "/topics",
        "/feeds/all.atom",
    ):
        page = site.page(path)
        assert "alert(1)" in page
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert not re.search(r"<[^>]* onerror=[^>]*>", re.sub(r'"[^"]*"', '""', page))


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", " https://e.org"])
def test_a_url_that_is_not_of_the_web_is_no_link(site: Site, url: str) -> None:
    site.view.known = [article(1, url=url)]
    page = site.page()
    assert "Article 1" in page
    assert url not in page


def test_no_path_of_the_host_is_shown(site: Site) -> None:
    site.view.listed = (feed(site.folder / "all.atom"),)
    site.view.known = [article(1)]
    (site.folder / "all.atom").write_bytes(b"<feed/>")
    for path in ("/", "/operations", "/feeds/all.atom", "/feeds/none", "/opml", "/readyz"):
        text = site.get(path, accept="text/html").text
        assert str(site.folder) not in text


def test_texts_of_any_length_and_any_letters_make_a_page(site: Site) -> None:
    site.view.known = [
        article(1, title="x" * 10_000, summary="\u202e" + "y" * 10_000, topics=("z" * 5000,)),
        article(2, title="half a letter: \ud800", provider=None, summary=None, topics=()),
    ]
    site.view.unusable = [bad_file("caf\udce9.md", "z" * 10_000)]
    page = site.page()
    assert "x" * 299 + "…" in page
    assert "x" * 300 not in page
    assert "y" * 600 not in page
    assert "half a letter: ?" in page
    page = site.page("/operations")
    assert "seeds/caf\\xe9.md" in page


def test_no_picture_is_loaded_unless_asked_for(site: Site) -> None:
    site.view.known = [
        article(1, images=(Image(url="http://e.org/plain.jpg"), Image(url="https://e.org/1.jpg"))),
        article(2, images=(Image(url="http://e.org/2.jpg"),)),
    ]
    plain = site.get("/", accept="text/html")
    assert "<img" not in plain.text
    assert "img-src 'self';" in plain.headers["content-security-policy"]
    assert 'href="./?pictures=1"' in plain.text
    wanted = site.get("/?pictures=1", accept="text/html")
    assert wanted.text.count("<img") == 1
    assert '<img src="https://e.org/1.jpg"' in wanted.text
    assert 'loading="lazy"' in wanted.text
    assert 'referrerpolicy="no-referrer"' in wanted.text
    assert "img-src 'self' https:;" in wanted.headers["content-security-policy"]


def test_a_topic_and_pictures_are_chosen_together(site: Site) -> None:
    site.view.known = [article(1)]
    page = site.page("/?topic=AI")
    assert 'href="./?topic=AI&amp;pictures=1"' in page
    page = site.page("/?topic=AI&pictures=1")
    assert 'href="./?topic=AI"' in page
    assert 'href="./?topic=AI&amp;pictures=0"' in page


def test_thousands_of_topics_and_feeds_do_not_make_a_huge_page(site: Site) -> None:
    site.view.known = [article(n, topics=(f"Topic {n}",)) for n in range(3000)]
    site.view.listed = [
        feed(site.folder / f"{n}.atom", title=f"About {n}", topic=f"Topic {n}") for n in range(3000)
    ]
    page = site.page()
    assert len(page) < 400_000
    assert "2,900 feeds more" in page
    assert page.count("?topic=Topic+") < 50 + 30


def test_the_page_asks_no_other_host_for_anything(site: Site) -> None:
    site.view.known = [article(1, images=(Image(url="https://e.org/1.jpg"),))]
    page = site.page()
    loaded = re.findall(
        r'<(?:link rel="(?:icon|stylesheet)"|script|img)[^>]*?(?:src|href)="([^"]*)', page
    )
    loaded += re.findall(r'<link rel="icon"[^>]*href="([^"]*)', page)
    assert len(loaded) >= 3
    assert all(url.startswith(("./static/", "./favicon.ico")) for url in loaded)
    for url in loaded:
        assert site.get(url.removeprefix(".")).status_code == 200


_ISOLATING = r'(<bdi>|<h[134][^>]* dir="auto">(<a [^>]*>)?|title="|value="|content=")$'


def test_text_from_right_to_left_reorders_nothing_around_it(site: Site) -> None:
    spoof = "paid\u202egpj.exe"
    site.view.known = [article(1, title=spoof, topics=(spoof,), provider=Provider(name=spoof))]
    site.view.listed = (feed(site.folder / "all.atom", title=spoof),)
    for path in ("/", f"/?topic={spoof}", "/feeds/all.atom"):
        page = site.page(path)
        assert spoof in page
        for found in re.finditer(re.escape(spoof), page):
            before = page[: found.start()]
            is_isolated = before.endswith("\u2068") or re.search(_ISOLATING, before)
            assert is_isolated, page[found.start() - 80 : found.end()]


def test_words_are_searched_for_page_by_page(site: Site) -> None:
    site.view.known = [article(n, title=f"Reef {n}") for n in range(70)] + [article(99)]
    page = site.page("/?q=reef")
    assert "Search for <bdi>reef</bdi>" in page
    assert 'name="q" value="reef"' in page
    assert page.count("<article") == 30
    assert "Article 99" not in page
    last = site.page("/?q=reef&after=60")
    assert last.count("<article") == 10
    assert 'rel="next"' not in last
    assert 'href="./?q=reef&amp;after=60" rel="next">More' in site.page("/?q=reef&after=30")
    assert site.page("/?q=reef&after=x").count("<article") == 30


def test_a_search_that_finds_nothing_says_so_and_repeats_the_words_as_text(site: Site) -> None:
    page = site.page("/?q=%3Cscript%3Ealert(1)")
    assert "No article has all these words" in page
    assert "<script>alert" not in page
