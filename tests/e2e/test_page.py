"""The page at ``/`` and a feed's page, in a real browser, over the running daemon."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.ingest.real_seeds import REAL
from tests.support.browser import Browser, browsing
from tests.support.seeds import seed_text, write_seed
from tests.support.served import FORMATS, ServedSite
from tests.support.waiting import wait_until

WIDTHS = (360, 1440)
SHIFTS = """
return await new Promise(resolve => {
  let sum = 0;
  new PerformanceObserver(list => { for (const e of list.getEntries()) sum += e.value; })
    .observe({type: "layout-shift", buffered: true});
  requestAnimationFrame(() => setTimeout(() => resolve(sum), 300));
});
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedSite]:
    """Real articles and awkward ones, an endpoint that nobody answers, a file that is no seed."""
    site = ServedSite(tmp_path_factory.mktemp("page") / "site")
    site.config["feeds"].append(
        {"name": "topics", "per": "topic", "path": "../var/feeds/topics/{slug}.atom"}
    )
    site.add_endpoint("newsroom", "http://127.0.0.1:9/", first_run="announce")
    site.add_real_seeds()
    write_seed(site.seeds, 6, title="x" * 400, excerpt="y" * 2_000, topics=["z" * 300, "שלם"])
    write_seed(site.seeds, 7, title="\u202eשלם <b>&amp;", provider={"name": "w" * 200})
    (site.seeds / "half.md").write_text(seed_text(8).replace("title:", "title: ["), "utf-8")
    with site.running():
        site.wait_for_titles(_titles(site))
        yield site


def _titles(site: ServedSite) -> set[str]:
    return {line["title"] for line in site.json_lines("articles")}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def browser(opened: Browser) -> Browser:
    opened.look(width=1440)
    opened.console()
    return opened


def pages(site: ServedSite) -> dict[str, str]:
    return {
        "page": f"{site.base}/",
        "topic": f"{site.base}/?topic=AI+in+Healthcare",
        "feed": site.url("atom"),
        "compact": f"{site.base}/?view=compact",
        "article": f"{site.base}/articles/{_first_article(site)}",
        "operations": f"{site.base}/operations",
        "endpoint": f"{site.base}/operations/newsroom",
        "refusal": f"{site.base}/nowhere",
    }


PAGES = ("page", "topic", "feed", "article", "operations", "endpoint", "refusal", "compact")


def _first_article(site: ServedSite) -> str:
    (change,) = requests.get(f"{site.base}/changes?limit=1", timeout=20).json()["changes"]
    return str(change["article"]["id"]).rpartition(":")[2]


class TestThePage:
    def test_lists_the_articles_as_their_seeds_say(
        self, site: ServedSite, browser: Browser
    ) -> None:
        browser.open(f"{site.base}/")
        shown = {
            article.find_element("css selector", "h4 a").text: article
            for article in browser.driver.find_elements("css selector", "#articles article")
        }
        assert len(shown) == len(REAL) + 2
        for content, _ in REAL.values():
            article = shown[content.title]
            link = article.find_element("css selector", "h4 a").get_attribute("href")
            assert link == content.url
            assert content.provider is not None
            for words in (content.summary, content.provider.name, *content.topics):
                assert words is not None
                assert words in article.text
            assert content.published_at is not None
            time = article.find_element("css selector", "time").get_attribute("datetime")
            assert time == f"{content.published_at:%Y-%m-%dT%H:%M:%SZ}"

    def test_filters_by_topic_and_back(self, site: ServedSite, browser: Browser) -> None:
        browser.open(f"{site.base}/")
        everything = browser.texts("#articles h4")
        browser.driver.find_element("partial link text", "AI in Healthcare").click()
        expected = {c.title for c, _ in REAL.values() if "AI in Healthcare" in c.topics}
        assert set(browser.texts("#articles h4")) == expected
        assert browser.text(".topics [aria-current]").startswith("AI in Healthcare")
        assert "AI in Healthcare" in browser.driver.title
        browser.driver.find_element("link text", "All").click()
        assert browser.texts("#articles h4") == everything

    def test_tells_the_operator_what_is_the_matter(
        self, site: ServedSite, browser: Browser
    ) -> None:
        browser.open(f"{site.base}/operations")
        assert "newsroom" in browser.text("#endpoints")
        browser.open(f"{site.base}/operations/newsroom")
        assert "articles.changed" in browser.text("#next ~ .deliveries")
        browser.open(f"{site.base}/operations")
        assert "seeds/half.md" in browser.text("#quarantine")
        assert "not valid YAML" in browser.text("#quarantine")
        assert browser.text("#attention")
        assert "Seeds" in browser.text("#folders")

    def test_copies_an_address(self, site: ServedSite, browser: Browser) -> None:
        browser.open(f"{site.base}/")
        permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"]
        browser.command("Browser.grantPermissions", permissions=permissions, origin=site.base)
        (button, *_) = browser.driver.find_elements("css selector", "button[data-copy]")
        button.click()
        assert browser.run("return await navigator.clipboard.readText()") == site.url("atom")
        assert browser.text("#said") == "The address is copied"
        assert button.text.startswith("Copied")

    def test_copies_with_the_keyboard_and_without_a_clipboard_api(
        self, site: ServedSite, browser: Browser
    ) -> None:
        browser.open(f"{site.base}/")
        permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"]
        browser.command("Browser.grantPermissions", permissions=permissions, origin=site.base)
        browser.run("navigator.clipboard.writeText = () => Promise.reject(new Error('refused'))")
        (_, button, *_) = browser.driver.find_elements("css selector", "button[data-copy]")
        button.send_keys("\n")
        assert browser.run("return await navigator.clipboard.readText()") == site.url("rss")

    def test_begins_with_a_way_past_the_head(self, site: ServedSite, browser: Browser) -> None:
        browser.open(f"{site.base}/")
        browser.driver.switch_to.active_element.send_keys("\t")
        first = browser.driver.switch_to.active_element
        assert first.text == "Skip to the content"
        first.send_keys("\n")
        assert browser.driver.current_url.endswith("#main")

    def test_j_and_k_go_from_headline_to_headline(self, site: ServedSite, browser: Browser) -> None:
        browser.open(f"{site.base}/")
        titles = browser.texts("#articles h4")
        for key, expected in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
            browser.driver.switch_to.active_element.send_keys(key)
            assert browser.driver.switch_to.active_element.text == titles[expected]

    def test_searches(self, site: ServedSite, browser: Browser) -> None:
        browser.open(f"{site.base}/", script=False)
        field = browser.driver.find_element("css selector", "input[type=search]")
        field.send_keys("racial identity\n")
        wait_until(lambda: "q=racial" in browser.driver.current_url, "the answer")
        (found,) = browser.texts("#articles h4")
        assert "racial identity" in found

    def test_leads_to_an_article_and_back(self, site: ServedSite, browser: Browser) -> None:
        browser.open(f"{site.base}/")
        first = browser.texts("#articles h4")[0]
        browser.driver.find_element("css selector", "a.permalink").click()
        assert browser.text("h1") == first
        browser.driver.find_element("link text", "All articles").click()
        assert browser.texts("#articles h4")[0] == first

    def test_works_without_javascript(self, site: ServedSite, browser: Browser) -> None:
        browser.open(f"{site.base}/", script=False)
        assert len(browser.texts("#articles h4")) == len(REAL) + 2
        browser.driver.find_element("partial link text", "AI in Healthcare").click()
        assert len(browser.texts("#articles h4")) < len(REAL)
        fields = browser.driver.find_elements("css selector", ".copyable input")
        assert fields[0].is_displayed()
        buttons = browser.driver.find_elements("css selector", "button[data-copy]")
        assert not any(button.is_displayed() for button in buttons)


class TestAFeedsLink:
    @pytest.mark.parametrize("form", FORMATS)
    def test_opens_a_page_with_the_raw_feed_one_click_away(
        self, site: ServedSite, browser: Browser, form: str
    ) -> None:
        browser.open(f"{site.base}/")
        browser.driver.find_element("css selector", f'#subscribe a[href$="all.{form}"]').click()
        assert browser.driver.current_url == site.url(form)
        address = browser.driver.find_element("css selector", ".copyable input")
        assert address.get_attribute("value") == site.url(form)
        assert len(browser.texts("article")) == len(REAL) + 2
        browser.driver.find_element("partial link text", "as it is").click()
        assert browser.driver.current_url == f"{site.url(form)}?raw=1"
        shown = browser.driver.execute_script("return document.documentElement.textContent")
        assert all(content.title in shown for content, _ in REAL.values())


@pytest.mark.parametrize("name", PAGES)
class TestEveryPage:
    @pytest.mark.parametrize("colours", ["light", "dark"])
    @pytest.mark.parametrize("width", WIDTHS)
    def test_looks_well(  # noqa: PLR0917
        self,
        site: ServedSite,
        browser: Browser,
        tmp_path: Path,
        name: str,
        width: int,
        colours: str,
    ) -> None:
        browser.look(width=width, dark=colours == "dark")
        browser.open(pages(site)[name])
        assert browser.run("return document.documentElement.scrollWidth") <= width
        background = "return getComputedStyle(document.documentElement).backgroundColor"
        red, *_ = browser.run(background).removeprefix("rgb(").split(",")
        assert int(red) < 64 if colours == "dark" else int(red) > 192
        assert browser.violations() == []
        browser.photograph(tmp_path / f"{name} {width} {colours}.png")

    def test_says_no_error_and_asks_nobody_else(
        self, site: ServedSite, browser: Browser, name: str
    ) -> None:
        browser.open(pages(site)[name])
        assert browser.run(SHIFTS) < 0.01
        assert browser.hosts() == {site.base.removeprefix("http://")}
        expected = 1 if name == "refusal" else 0  # the browser itself notes a 404
        assert len(browser.console()) == expected

    def test_has_one_heading_of_the_first_order_and_a_language(
        self, site: ServedSite, browser: Browser, name: str
    ) -> None:
        browser.open(pages(site)[name])
        assert len(browser.texts("h1")) == 1
        assert browser.run("return document.documentElement.lang") == "en"
