"""Which seeds are one article, and which edits are news: through the real command."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.seeds import write_seed
from tests.support.site import Site

CASES = Path(__file__).parents[1] / "cases"
HOST = "paper.example.org"


def cases(name: str) -> list[dict[str, Any]]:
    lines = (CASES / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def write(site: Site, name: str, url: str, **more: Any) -> Path:
    more = {"title": f"Title of {name}", "excerpt": "One summary.", "webUrl": url} | more
    return write_seed(site.seeds, name=f"{name}.md", originalUrl=None, **more)


def titles(site: Site) -> list[str]:
    return sorted(a["title"] for a in site.json_lines("articles", "--limit", "1000", "--json"))


@pytest.mark.parametrize("at_once", [True, False], ids=["one scan", "one by one"])
def test_urls_tell_articles_apart_as_the_cases_say(site: Site, at_once: bool) -> None:
    pairs = cases("urls")
    for which in ("a", "b"):
        for number, case in enumerate(pairs):
            for text in ("same", "title", "summary"):
                url = case[which].replace(HOST, f"paper{number}{text}.example.org")
                more = {"title": f"Title {number} {text}", "excerpt": f"Summary {number} {text}."}
                if which == "b" and text != "same":
                    more[{"title": "title", "summary": "excerpt"}[text]] += " But another."
                write(site, f"{number}-{text}-{which}", url, **more)
        if which == "b" or not at_once:
            site.command("scan")
    found = site.json_lines("articles", "--limit", "1000", "--json")
    for number, case in enumerate(pairs):
        for text in ("same", "title", "summary"):
            count = sum(f"paper{number}{text}." in article["url"] for article in found)
            is_one = case["same_article"] == "always" or (
                case["same_article"] == "same text" and text == "same"
            )
            assert count == (1 if is_one else 2), (case, text)


def test_edits_are_news_as_the_cases_say(site: Site) -> None:
    edits = cases("edits")
    edits += [
        {"before": "Rain—and wind", "after": "Rain - and wind", "news": False},
        {"before": "Straße", "after": "STRASSE", "news": False},
        {"before": "He said »no«", "after": 'He said "no"', "news": False},
        {"before": "A \u00adsoft hyphen", "after": "A soft\ufeff hyphen", "news": False},
        {"before": "Wait [...] for it", "after": "Wait … for it", "news": False},
        {"before": "5 < 6", "after": "5 > 6", "news": True},
        {"before": "Up 1.5 %", "after": "Up 15 %", "news": True},
        {"before": "résumé", "after": "resume", "news": True},
    ]
    for key in ("before", "after"):
        for number, case in enumerate(edits):
            for field in ("title", "excerpt"):
                more = {field: case[key]}
                write(site, f"{number}-{field}", f"https://example.org/{number}/{field}", **more)
        site.command("scan")
    updated = site.json_lines("changes", "--state", "updated", "--limit", "1000", "--json")
    news = {change["article"]["url"] for change in updated}
    for number, case in enumerate(edits):
        for field in ("title", "excerpt"):
            assert (f"https://example.org/{number}/{field}" in news) is case["news"], (case, field)


@pytest.mark.parametrize("key", ["ampWebUrl", "cdnAmpWebUrl"])
@pytest.mark.parametrize("first", ["victim", "thief"])
def test_an_amp_address_hides_no_other_article(site: Site, key: str, first: str) -> None:
    site.add_endpoint("hook", "http://127.0.0.1:9/", first_run="announce")
    victim = {"webUrl": "https://example.org/news", "title": "Real news", "name": "victim.md"}
    thief = {
        "webUrl": "https://example.org/spam",
        "title": "Spam",
        "name": "thief.md",
        key: "http://example.org/news?utm_source=x",
    }
    order = [victim, thief] if first == "victim" else [thief, victim]
    for number, more in enumerate(order):
        write_seed(site.seeds, 10 + number, originalUrl=None, **more)
        said = site.command("scan").stderr
    assert titles(site) == ["Real news", "Spam"]
    assert len(site.json_lines("changes", "--json")) == 2
    assert "address is another article's" in said
    status = site.json("status", "--json", check=None)
    assert "an address that is another article's" in json.dumps(status)
    checked = site.command("check").stdout
    assert "warning" in checked
    assert "https://example.org/news" in checked


def test_an_amp_address_confirms_where_the_title_is_the_same(site: Site) -> None:
    amp = "https://amp.example.org/a"
    write(site, "a", "https://example.org/a", title="One", ampWebUrl=amp)
    write(site, "b", "https://other.example.org/a", title="One", ampWebUrl=amp)
    write(site, "c", amp, title="one ", excerpt="Another summary.")
    write(site, "d", "https://example.org/d", title="Two", ampWebUrl=amp)
    site.command("scan")
    assert titles(site) == ["One", "Two"]
    (found,) = [a for a in site.json_lines("articles", "--json") if a["title"] == "One"]
    assert len(found["paths"]) == 3
    assert site.json("explain", f"{amp}?utm_source=x", "--json")["article"]["id"] == found["id"]


def test_one_address_with_two_titles_is_one_article_and_said(site: Site) -> None:
    write(site, "a", "https://example.org/a", title="One")
    write(site, "b", "https://example.org/a", title="Two")
    said = site.command("scan").stderr
    assert titles(site) == ["One"]
    assert "address is another article's" in said
    assert "https://example.org/a is also the address of" in site.command("check").stdout


def test_a_home_page_is_nobodys_address(site: Site) -> None:
    for name in ("a", "b"):
        write(site, name, f"https://example.org/{name}", title=name)
        text = (site.seeds / f"{name}.md").read_text("utf-8")
        text = text.replace("webUrl:", "originalUrl: https://example.org/\nwebUrl:")
        (site.seeds / f"{name}.md").write_text(text, "utf-8")
    write(site, "c", "https://example.org", title="c")
    write(site, "d", "https://example.org/", title="d")
    site.command("scan")
    assert titles(site) == ["a", "b", "c", "d"]


def test_an_article_without_an_address_may_be_moved_and_copied(site: Site) -> None:
    write(site, "a", "https://example.org", title="c")
    site.command("scan")
    before = site.json_lines("articles", "--json")[0]
    (site.seeds / "a.md").rename(site.seeds / "b.md")
    site.command("scan")
    (after,) = site.json_lines("articles", "--json")
    assert after["id"] == before["id"]
    write(site, "a", "https://example.org", title="another, at the old path")
    site.command("scan")
    assert titles(site) == ["another, at the old path", "c"]
    kinds = [change["kind"] for change in site.json_lines("changes", "--json")]
    assert kinds == ["new", "new"]
