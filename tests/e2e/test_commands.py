"""What the other commands show, on an installation with the five seeds."""

import json
import re
from pathlib import Path

import jsonschema
import pytest

from tests.support.seeds import write_seed
from tests.support.site import Site


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Site(tmp_path_factory.mktemp("commands") / "site")
    site.add_real_seeds()
    (site.seeds / "bad.md").write_text("---\ntitle: [\n---\n")
    site.add_endpoint("hook", "http://127.0.0.1:9/", match={"min_quality": 99})
    site.command("scan")
    return site


def test_articles_fit_the_published_schema(scanned: Site) -> None:
    schema = json.loads(scanned.command("schema", "article").stdout)
    articles = scanned.json_lines("articles")
    assert len(articles) == 5
    for article in articles:
        jsonschema.validate(article, schema)
        assert article["state"] == "live"
        assert article["paths"][0].startswith(str(scanned.seeds))


def test_lists_can_be_narrowed(scanned: Site) -> None:
    assert len(scanned.json_lines("articles", "--limit", "2")) == 2
    assert len(scanned.json_lines("articles", "--topic", "ai in healthcare")) == 2
    assert len(scanned.json_lines("changes", "--topic", "AI Ethics")) == 1
    assert scanned.json_lines("articles", "--state", "removed") == []
    assert len(scanned.json_lines("articles", "--since", "1h")) == 5
    assert scanned.json_lines("articles", "--since", "2099-01-01") == []


def test_articles_can_be_searched(scanned: Site) -> None:
    (article, *_) = scanned.json_lines("articles", "--limit", "1", "--search", "ai*")
    title = article["title"]
    first, *others = scanned.json_lines("articles", "--search", f'"{title}"')
    assert (first["title"], others) == (title, [])
    assert scanned.json_lines("articles", "--search", "nobodywroteit") == []
    changes = scanned.json_lines("changes", "--search", f'"{title}"')
    assert [change["article"]["id"] for change in changes] == [first["id"]]
    assert scanned.json_lines("articles", "--endpoint", "hook") == []


@pytest.mark.parametrize("what", ["articles", "changes"])
def test_a_list_that_was_cut_says_so(scanned: Site, what: str) -> None:
    cut = scanned.command(what, "--limit", "2", "--json")
    assert len(cut.stdout.splitlines()) == 2
    assert "the first 2 are shown, there are more: --limit 4" in cut.stderr
    assert scanned.command(what, "--limit", "5", "--json").stderr == ""


def test_changes_say_that_they_were_first_sight(scanned: Site) -> None:
    changes = scanned.json_lines("changes")
    assert [change["sequence"] for change in changes] == [5, 4, 3, 2, 1]
    assert all(change["baseline"] and change["kind"] == "new" for change in changes)


def test_status_is_one_object(scanned: Site) -> None:
    status = scanned.json("status")
    assert status["articles"] == {"live": 5, "removed": 0, "held": 0}
    assert status["quarantine"] == 1
    assert status["attention"] == ["1 seed is in quarantine"]
    assert status["roots"][0]["present"] == 6


@pytest.mark.parametrize("name", ["seeds/bad.md", "absolute"])
def test_explain_says_why_a_seed_is_in_quarantine(scanned: Site, name: str) -> None:
    name = str(scanned.seeds / "bad.md") if name == "absolute" else name
    found = scanned.json("explain", name, "--json")["quarantine"]
    assert found["reason"] == "bad_yaml"
    assert found["message"] in scanned.command("explain", name).stdout


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("notes.txt", "Neither title nor heading.\n", "neither front matter nor heading"),
        ("README.md", "# Read me\n", "its name is left out"),
        ("picture.png", "", "its name is left out"),
        ("new.md", "---\ntitle: Not scanned\n---\nText.\n", "has not been scanned yet"),
    ],
)
def test_explain_says_why_a_file_is_no_article(
    scanned: Site, name: str, text: str, why: str
) -> None:
    (scanned.seeds / name).write_text(text, "utf-8")
    assert why in scanned.command("explain", f"seeds/{name}").stdout
    assert why in scanned.json("explain", f"seeds/{name}")["left_out"]["why"]
    scanned.command("explain", "seeds/nothing.md", check=2)


def test_a_dry_run_says_why_a_seed_is_in_quarantine(scanned: Site) -> None:
    (bad,) = scanned.json_lines("quarantine")
    (seen,) = [
        each for each in scanned.json_lines("scan", "--dry-run") if each["path"] == bad["path"]
    ]
    assert seen["verdict"] == "quarantined"
    assert bad["message"] in seen["reason"]


def test_quarantine_says_what_where_and_why(scanned: Site) -> None:
    (bad,) = scanned.json_lines("quarantine")
    assert bad["path"] == str(scanned.seeds / "bad.md")
    assert bad["reason"] == "bad_yaml"


@pytest.mark.parametrize(("words", "found"), [("BAD.md yaml", 1), ("bad.md nowhere", 0)])
def test_quarantine_is_searched_by_path_and_reason(scanned: Site, words: str, found: int) -> None:
    (bad,) = scanned.json_lines("quarantine")
    assert len(scanned.json_lines("quarantine", "--search", words)) == found, bad


@pytest.mark.parametrize(
    "words",
    [
        ("quarantine", "--topic", "AI"),
        ("quarantine", "--endpoint", "local"),
        ("quarantine", "--state", "live"),
        ("stories", "--state", "live"),
        ("articles", "--state", "held", "--endpoint", "local"),
    ],
)
def test_an_option_that_a_list_cannot_have_is_refused_with_the_reason(
    scanned: Site, words: tuple[str, ...]
) -> None:
    refused = scanned.command(*words, check=2)
    assert re.fullmatch(r"seedwatch: error: --[a-z]+: [a-z].*\n", refused.stderr)
    assert not refused.stdout


def test_explain_finds_an_article_by_id_url_or_path_and_says_why_nobody_was_told(
    scanned: Site,
) -> None:
    article = scanned.json_lines("articles")[0]
    short = article["id"].removeprefix("urn:uuid:")[:8]
    for name in (article["id"], short, article["url"], article["paths"][0]):
        found = scanned.json("explain", name)
        assert found["article"] == article
    (told,) = found["endpoints"]
    assert told["state"] == "not owed"
    assert told["why"]
    assert len(found["revisions"]) == 1
    assert not found["pruned"]
    assert scanned.command("explain", "nothing-like-it", check=2).stderr.count("\n") == 1


def test_feeds_are_listed(scanned: Site) -> None:
    (feed,) = scanned.json_lines("feeds")
    assert (feed["name"], feed["entries"]) == ("all", 5)
    assert Path(feed["path"]) == scanned.feed


def test_lists_are_plain_text_where_nobody_watches(scanned: Site) -> None:
    output = scanned.command("articles").stdout
    assert "\x1b" not in output
    assert len(output.splitlines()) == 6


def test_init_writes_a_config_that_works(tmp_path: Path) -> None:
    site = Site(tmp_path / "site")
    home = tmp_path / "home"
    site.command("init", str(home))
    write_seed(home / "seeds", 1)
    site.environ["SEEDWATCH_CONFIG"] = str(home / "config" / "seedwatch.yaml")
    words = ["--config", str(home / "config" / "seedwatch.yaml"), "scan", "--json"]
    assert json.loads(site.command(*words).stdout)["changes"]["new"] == 2, "and the first seed"
    assert "already" in site.command("init", str(home), check=2).stderr


def test_a_second_writer_is_refused_and_told_who_has_the_store(tmp_path: Path) -> None:
    site = Site(tmp_path / "site")
    with site.running() as running:
        result = site.command("scan", check=3)
        assert str(running.process.pid) in result.stderr
        assert site.json("status")["healthy"]


def test_a_store_that_cannot_be_used_is_exit_code_3(tmp_path: Path) -> None:
    site = Site(tmp_path / "site", state="postgresql://nobody:hunter22@127.0.0.1:9/nothing")
    result = site.command("status", check=3)
    assert "hunter22" not in result.stderr + result.stdout


@pytest.mark.parametrize("words", [("nonsense",), ("scan", "--nonsense"), ("test", "nobody")])
def test_bad_usage_is_exit_code_2(tmp_path: Path, words: tuple[str, ...]) -> None:
    site = Site(tmp_path / "site")
    assert "Traceback" not in site.command(*words, check=2).stderr
