"""Limits cost the part, never the article; of many lines of a kind only the first are written."""

from tests.support.seeds import write_seed
from tests.support.site import Site


def test_seeds_beyond_every_limit_are_articles_and_said_once_for_all(site: Site) -> None:
    related = [{"title": f"R{n}", "webUrl": f"https://example.org/r/{n}"} for n in range(60)]
    topics = [f"topic {n}" for n in range(980)]
    for number in range(40):
        write_seed(site.seeds, number, related=related, topics=topics)
    scanned = site.command("scan")
    said = [line for line in scanned.stderr.splitlines() if "related has 60 items" in line]
    assert len(said) == 10
    assert "and more: field dropped more=30 kind=related" in scanned.stderr
    assert len(scanned.stderr.splitlines()) < 40
    articles = site.json_lines("articles", "--limit", "100")
    assert len(articles) == 40
    assert {len(article["topics"]) for article in articles} == {50}
    assert {len(article["related"]) for article in articles} == {50}


def test_many_bad_seeds_are_said_in_few_lines(site: Site) -> None:
    for number in range(300):
        (site.seeds / f"bad-{number}.md").write_text("---\ntitle: x\ntitle: y\n---\n", "utf-8")
    scanned = site.command("scan")
    lines = [line for line in scanned.stderr.splitlines() if "seed in quarantine" in line]
    assert len(lines) == 11
    assert "more=290 kind=duplicate_key" in lines[-1]
    assert len(site.json_lines("quarantine", "--limit", "1000")) == 300


def test_no_title_turns_round_what_stands_beside_it(site: Site) -> None:
    write_seed(site.seeds, 1, title="photo_\u202egpj.exe", topics=["\u2067שבת"])
    site.command("scan")
    (article,) = site.json_lines("articles")
    assert article["title"] == "photo_gpj.exe"
    assert article["topics"] == ["\u2067שבת\u2069"]
    assert "\u202e" not in site.feed.read_text("utf-8")
