"""Folders as people have them: examples with the right answers, through the commands."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from watcher.cli import program

CASES = Path(__file__).parent.parent / "cases"


def cases(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (CASES / name).read_text("utf-8").splitlines()]


class Folders:
    """A config with roots of files, and the commands over it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.config = home / "seedwatch.yaml"

    def write(self, roots: Iterable[tuple[dict[str, Any], dict[str, str]]]) -> None:
        watch = []
        for number, (keys, files) in enumerate(roots):
            root = self.home / f"root-{number}"
            for name, text in files.items():
                file = root / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, "utf-8", newline="")
            watch.append({"path": str(root), **keys})
        config = {"state": "s.db", "watch": watch, "http": {"listen": "off"}}
        self.config.write_text(json.dumps(config), "utf-8")

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(program, ["--config", str(self.config), *words])

    def listed(self, *words: str) -> list[dict[str, Any]]:
        found = self.run("articles", "--limit", "1000", "--json", *words)
        assert found.exit_code == 0, found.output
        return [json.loads(line) for line in found.stdout.splitlines()]


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path)


def simplified(article: dict[str, Any]) -> dict[str, Any]:
    names = [author["name"] for author in article.get("authors", ())]
    return {**article, "authors": names or None, "topics": sorted(article.get("topics", ()))}


FOLDERS = [*cases("folders.jsonl"), *cases("folders_of_blogs.jsonl")]


@pytest.mark.parametrize("case", FOLDERS, ids=lambda case: case["name"])
def test_a_folder_gives_its_articles(folders: Folders, case: dict[str, Any]) -> None:
    folders.write([(case["root"], case["files"])])
    assert folders.run("scan").exit_code == 0
    found = sorted(map(simplified, folders.listed()), key=lambda article: article["title"])
    wanted = [
        {**one, "topics": sorted(one["topics"])} if "topics" in one else one
        for one in case["articles"]
    ]
    if all("title" in one for one in wanted):
        wanted.sort(key=lambda one: one["title"])
    assert [
        {key: got.get(key) for key in want} for got, want in zip(found, wanted, strict=False)
    ] == wanted
    assert len(found) == len(wanted)


def test_a_date_means_one_moment_or_none(folders: Folders) -> None:
    wanted = cases("dates.jsonl")
    files = {
        f"{n:02}.md": f"---\ntitle: t{n:02}\ndate: {case['date']}\n---\nx\n"
        for n, case in enumerate(wanted)
    }
    folders.write([({}, files)])
    assert folders.run("scan").exit_code == 0
    found = sorted(folders.listed(), key=lambda article: article["title"])
    assert [article.get("published_at") for article in found] == [c["published_at"] for c in wanted]
    said = folders.run("check").stdout.splitlines()
    warned = [any(f"/{n:02}.md" in line for line in said) for n in range(len(wanted))]
    assert warned == [case["warning"] for case in wanted]


DRAFTS = [case for case in FOLDERS if "held" in case]


@pytest.mark.parametrize("case", DRAFTS, ids=lambda case: case["name"])
def test_drafts_are_held(folders: Folders, case: dict[str, Any]) -> None:
    folders.write([(case["root"], case["files"])])
    assert folders.run("scan").exit_code == 0
    held = folders.listed("--state", "held")
    root = f"{folders.home}/root-0/"
    assert sorted(path.removeprefix(root) for one in held for path in one["paths"]) == sorted(
        case["held"]
    )
    assert all(one["state"] == "held" and one["held_because"] for one in held)


def test_a_draft_that_is_released_is_new_and_one_that_is_drawn_back_is_gone(
    folders: Folders,
) -> None:
    post, draft = "---\ntitle: D\n---\nx\n", "---\ntitle: D\ndraft: true\n---\nx\n"
    folders.write([({}, {"d.md": draft})])
    file = folders.home / "root-0" / "d.md"
    folders.run("scan")
    (held,) = folders.listed("--state", "held")
    assert "D is held: draft: true" in folders.run("explain", str(file)).stdout
    assert json.loads(folders.run("status", "--json").stdout)["articles"]["held"] == 1
    file.write_text(post)
    folders.run("scan")
    (out,) = folders.listed()
    assert (out["id"], out["state"]) == (held["id"], "live")
    (change,) = map(json.loads, folders.run("changes", "--json").stdout.splitlines())
    assert (change["kind"], change["baseline"]) == ("new", False)
    file.write_text(draft)
    folders.run("scan")
    assert folders.listed() == []
    assert [one["state"] for one in folders.listed("--state", "removed")] == ["removed"]
    assert len(folders.listed("--state", "held")) == 1


def test_a_post_is_out_when_its_time_has_come_and_gone_when_it_has_expired(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        "posts/f.md": "---\ntitle: F\ndate: 2099-01-01\n---\nx\n",
        "posts/e.md": "---\ntitle: E\ndate: 2024-01-01\nexpiryDate: 2099-01-01\n---\nx\n",
    }
    folders.write([({"like": "hugo"}, files)])
    folders.run("scan")
    assert [one["title"] for one in folders.listed("--state", "live")] == ["E"]
    (held,) = folders.listed("--state", "held")
    assert held["held_until"] == "2099-01-01T00:00:00Z"
    monkeypatch.setattr("watcher.cli.scan.utc_now", lambda: datetime(2100, 1, 1, tzinfo=UTC))
    folders.run("scan")
    assert [one["title"] for one in folders.listed("--state", "live")] == ["F"]
    assert [one["title"] for one in folders.listed("--state", "held")] == ["E"]


def test_a_title_is_the_text_that_is_written(folders: Folders) -> None:
    wanted = cases("titles.jsonl")
    files = {
        f"{n:02}.md": f"---\ntitle: {case['yaml']}\nurl: https://e.org/{n:02}\n---\nx\n"
        for n, case in enumerate(wanted)
    }
    folders.write([({}, files)])
    assert folders.run("scan").exit_code == 0
    found = sorted(folders.listed(), key=lambda article: article["url"])
    assert [article["title"] for article in found] == [case["title"] for case in wanted]


@pytest.mark.parametrize(
    "case", [*cases("urls.jsonl"), *cases("urls_more.jsonl")], ids=lambda case: case["b"]
)
def test_two_addresses_are_one_article_or_not(folders: Folders, case: dict[str, Any]) -> None:
    def articles_of(first: str, second: str) -> int:
        files = {
            f"{n}.md": f"---\ntitle: {text}\nurl: {case[name]}\nexcerpt: S {text}\n---\n"
            for n, (name, text) in enumerate([("a", first), ("b", second)])
        }
        home = folders.home / first / second
        home.mkdir(parents=True)
        pair = Folders(home)
        pair.write([({}, files)])
        assert pair.run("scan").exit_code == 0
        return len(pair.listed())

    wanted = {"always": (1, 1), "same text": (1, 2), "never": (2, 2)}[case["same_article"]]
    assert (articles_of("One", "One"), articles_of("One", "Two")) == wanted


def kinds(folders: Folders) -> list[tuple[str, str]]:
    """What changed after the first scan, oldest first."""
    lines = folders.run("changes", "--limit", "1000", "--json").stdout.splitlines()
    changes = [change for change in map(json.loads, lines) if not change["baseline"]]
    return [(one["kind"], one["article"]["title"]) for one in reversed(changes)]


def test_members_of_a_file_change_one_by_one(folders: Folders) -> None:
    def line(number: int, text: str) -> str:
        url = f"https://e.org/{number}"
        return json.dumps({"id": number, "title": text, "url": url, "body": text}) + "\n"

    folders.write([({}, {"a.jsonl": line(1, "One") + line(2, "Two")})])
    file = folders.home / "root-0" / "a.jsonl"
    folders.run("scan")
    paths = sorted(path for one in folders.listed() for path in one["paths"])
    assert paths == [f"{file}#1", f"{file}#2"]
    file.write_text(line(1, "One") + line(2, "Zwei") + line(3, "Three") + '{"title": "Fo')
    folders.run("scan")
    assert kinds(folders) == [("updated", "Zwei"), ("new", "Three")]
    file.write_text(line(3, "Three") + line(1, "One"))
    folders.run("scan")
    folders.config.write_text(
        json.dumps(json.loads(folders.config.read_text()) | {"articles": {"removal_grace": "0s"}})
    )
    folders.run("scan")
    assert kinds(folders)[2:] == [("removed", "Zwei")]


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("a.jsonl", '{"title": "T", "url": "https://e.org/1"}\n{"title": \n', 2),
        ("a.json", '[{"title": "T"},\n{"title": ]', 2),
        ("a.json", '{"title": "T",\n "title": "U"}', 1),
        ("a.json", "[" * 100_000, 1),
        ("a.json", '{"title": ' + "9" * 5_000 + "}", 1),
        ("a.toml", 'title = "T"\ndate = = 1\n', 2),
        ("a.md", '+++\ntitle = "T"\ndate = = 1\n+++\n', 3),
        ("a.yaml", "- title: One\n- title: [\n", 3),
        ("a.xml", "<rss><channel><item><title>T</titel></item></channel></rss>", 1),
        ("a.xml", '<!DOCTYPE x [\n<!ENTITY a "aaaa">\n]><rss>&a;</rss>', 2),
    ],
)
def test_what_is_broken_is_said_with_its_place_and_harms_no_neighbour(
    folders: Folders, name: str, text: str, line: int
) -> None:
    good = "---\ntitle: Good\nurl: https://e.org/good\n---\n"
    folders.write([({}, {name: text, "good.md": good})])
    said = folders.run("check").stdout.splitlines()
    assert any(one.startswith(f"{folders.home}/root-0/{name}") for one in said), said
    assert any(f":{line}:" in one and "error" in one for one in said), said
    assert folders.run("scan").exit_code == 0
    assert "Good" in [one["title"] for one in folders.listed()]


@pytest.mark.parametrize(
    "root", [{"site": "https://blog.example.org"}, {}], ids=["site", "no site"]
)
def test_a_renamed_post_is_no_news_though_its_address_is_made_of_its_path(
    folders: Folders, root: dict[str, Any]
) -> None:
    post = "---\ntitle: {}\n---\nText.\n"
    folders.write([(root, {"a.md": post.format("A"), "b.md": post.format("B")})])
    folders.run("scan")
    before = {one["title"]: one["id"] for one in folders.listed()}
    home = folders.home / "root-0"
    (home / "a.md").rename(home / "z.md")
    (home / "copy.md").write_text((home / "b.md").read_text())
    folders.run("scan")
    assert [kind for kind in kinds(folders) if kind[1] == "A"] == []
    assert {one["title"]: one["id"] for one in folders.listed()}["A"] == before["A"]


def test_a_newer_program_that_reads_the_same_bytes_otherwise_tells_nobody(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was there before it started is as it was, whatever it makes of it now."""
    files = {"a.md": "---\ntitle: A\n---\nIn [short](/x).\n\n<!-- more -->\n\nAt length.\n"}
    folders.write([({"site": "https://blog.example.org"}, files)])
    with monkeypatch.context() as older:
        older.setattr("watcher.ingest.article.summary_of", lambda *_: "Otherwise")
        older.setattr("watcher.scan.wiring.INGEST_VERSION", 4)
        folders.run("scan")
        (article,) = folders.listed()
        assert article["summary"] == "Otherwise"
    folders.run("scan")
    (article,) = folders.listed()
    assert article["summary"] == "In short."
    assert kinds(folders) == []
    file = folders.home / "root-0" / "a.md"
    file.write_text(file.read_text("utf-8").replace("short", "brief"), "utf-8")
    folders.run("scan")
    assert kinds(folders) == [("updated", "A")]


def test_pages_beside_the_markdown_they_were_made_from_are_the_same_articles(
    folders: Folders,
) -> None:
    page = "<html><head><title>{0}</title></head><body><p>Made.</p></body></html>"
    post = "---\ntitle: {0}\ndate: 2024-01-02\n---\nWritten.\n"
    built = page.replace("<head>", '<head><link rel="canonical" href="https://e.org/z/">')
    files = {
        "a.md": post.format("A"), "a.html": page.format("A"),
        "b.md": post.format("B"), "b/index.html": page.format("B"),
        "z.md": post.format("Z"), "built/z/index.html": built.format("Z"),
        "own.html": page.format("Own"),
    }  # fmt: skip
    folders.write([({"site": "https://e.org"}, files)])
    folders.run("scan")
    found = {article["title"]: article["summary"] for article in folders.listed()}
    assert found == {"A": "Written.", "B": "Written.", "Z": "Written.", "Own": "Made."}
    assert len(folders.listed()) == 4
    only_pages = Folders(folders.home / "pages")
    only_pages.write([({"include": ["*.html"]}, files)])
    only_pages.run("scan")
    assert len(only_pages.listed()) == 4


def test_members_that_are_left_out_are_said_with_their_lines(folders: Folders) -> None:
    def line(number: int, title: str) -> str:
        return json.dumps({"id": number, "title": title, "url": f"https://e.org/{number}"}) + "\n"

    nameless = '{"id": 3, "url": "https://e.org/3"}\n'
    lines = [line(1, "One"), line(1, "Uno"), line(1, "One"), nameless, line(4, "Four")]
    data = '[{"name": "x"}, {"name": "y"}]'
    folders.write([({}, {"a.jsonl": "".join(lines), "data.json": data})])
    folders.run("scan")
    assert sorted(article["title"] for article in folders.listed()) == ["Four", "One"]
    said = folders.run("check").stdout
    assert "a.jsonl" in said
    assert ":2:1: error: it has the id or URL of a member before it, 1: give it its own" in said
    assert ":4:1: error: it is no article beside the others: it has no title with a URL" in said
    assert "data.json" not in said
    file = folders.home / "root-0" / "a.jsonl"
    file.write_text("".join(lines[1:2] + lines[4:]), "utf-8")
    folders.run("scan")
    assert sorted(article["title"] for article in folders.listed()) == ["Four", "Uno"]
    assert folders.run("check").exit_code == 0


def test_keys_of_the_config_begin_metadata_too(folders: Folders) -> None:
    text = "Betreff: Die Lage\nStand: 2024-01-02\n\nText.\n"
    folders.write([({}, {"a.md": text})])
    config = json.loads(folders.config.read_text("utf-8"))
    config["articles"] = {"fields": {"title": ["betreff"], "published_at": ["Stand"]}}
    folders.config.write_text(json.dumps(config), "utf-8")
    folders.run("scan")
    (article,) = folders.listed()
    assert (article["title"], article["published_at"]) == ("Die Lage", "2024-01-02T00:00:00Z")
