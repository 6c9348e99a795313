"""What a root's walk passes by is counted and said: by ``check``, ``scan`` and ``status``."""

import os
from pathlib import Path

import pytest

from tests.support.seeds import write_seed
from tests.support.site import Site


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("= Title\n")


def test_files_that_no_include_matches_are_counted_by_suffix(site: Site) -> None:
    write_seed(site.seeds, 1)
    touch(site.seeds, "a.rst", "sub/b.RST", "c.org", "d.adoc", "Makefile", ".hidden", "e.md~")
    counted = {".rst": 2, ".org": 1, ".adoc": 1, "no suffix": 1}
    words = "5 files match no include: .rst 2, "
    assert words in site.command("check").stderr
    scanned = site.json("scan")
    assert scanned["left_out"] == {str(site.seeds): {"unmatched": counted}}
    assert words in site.command("scan").stdout
    (root,) = site.json("status")["roots"]
    assert root["left_out"] == {"unmatched": counted}
    assert words in site.command("status").stdout
    touch(site.seeds, "f.rst")
    (site.seeds / "c.org").unlink()
    site.command("scan")
    (root,) = site.json("status")["roots"]
    assert root["left_out"]["unmatched"] == {".rst": 3, ".adoc": 1, "no suffix": 1}


def test_what_is_no_article_by_its_name_is_left_out_and_counted(site: Site) -> None:
    write_seed(site.seeds, 1)
    lies_about = ("README.md", "sub/LICENSE.txt", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md",
                  "CODE_OF_CONDUCT.md", "node_modules/pkg/post.md", "README")  # fmt: skip
    touch(site.seeds, *lies_about)
    assert site.json("scan")["files"]["seen"] == 1
    (root,) = site.json("status")["roots"]
    assert root["left_out"]["by_name"] == {
        "README*": 1, "LICENSE*": 1, "CHANGELOG*": 1, "CONTRIBUTING*": 1, "SECURITY*": 1,
        "CODE_OF_CONDUCT*": 1, "node_modules/": 1,
    }  # fmt: skip
    assert "no articles by their name: " in site.command("check").stderr


def test_an_include_that_spells_a_name_out_wants_it(site: Site) -> None:
    site.config["watch"][0]["include"] = ["*.md", "README.*"]
    (site.seeds / "README.md").write_text(
        "---\ntitle: The readme\nwebUrl: https://example.org/r\n---\n"
    )
    assert site.json("scan")["changes"]["new"] == 1


def test_what_a_site_generator_made_is_left_out_with_its_like(site: Site) -> None:
    site.config["watch"][0] |= {"like": "jekyll", "site": "https://blog.example.org"}
    for folder in ("_site", "docs", "themes/x", "_includes", "sub/_data", "posts/docs"):
        (site.seeds / folder).mkdir(parents=True)
        write_seed(site.seeds / folder, 1)
    site.command("scan", check=None)
    (root,) = site.json("status", check=None)["roots"]
    assert root["left_out"]["by_name"] == {
        "_site/": 1, "docs/": 1, "themes/": 1, "_includes/": 1, "_data/": 1,
    }  # fmt: skip


def test_a_site_without_one_article_is_told_what_to_add(site: Site) -> None:
    (site.seeds / "_config.yml").write_text("url: https://blog.example.org\n")
    (site.seeds / "_posts").mkdir()
    for number in range(12):
        (site.seeds / f"_posts/2024-01-{number + 1:02}-x.markdown").write_text("")
    advice = (
        "this looks like a Jekyll site (_config.yml); add `like: jekyll` and "
        "`site: https://blog.example.org/`"
    )
    assert advice in site.command("check", check=1).stderr
    scanned = site.command("scan").stdout
    assert "13 files but not a single article: this looks like a Jekyll site" in scanned
    status = site.json("status", check=1)
    (check,) = [one for one in status["checks"] if one["name"] == "content"]
    assert check["words"].endswith("this looks like a Jekyll site (_config.yml)")
    assert check["action"] == "add `like: jekyll` and `site: https://blog.example.org/`"


def test_a_folder_of_pictures_says_what_its_include_passes_by(site: Site) -> None:
    touch(site.seeds, "a.png", "b.png", "c.jpg")
    site.command("scan")
    (check,) = [one for one in site.json("status")["checks"] if one["name"] == "content"]
    assert check["words"] == f"root {site.seeds} has 3 files but not a single article"
    assert check["action"] == "3 files match no include: .png 2, .jpg 1"
    write_seed(site.seeds, 1)
    site.command("scan")
    assert not [one for one in site.json("status")["checks"] if one["name"] == "content"]


@pytest.mark.parametrize("depth", [16, 18])
def test_a_path_that_is_too_long_is_left_out_alone_and_said(site: Site, depth: int) -> None:
    write_seed(site.seeds, 1)
    name, handles = "d" * 250, [os.open(site.seeds, os.O_RDONLY)]
    for _ in range(depth):  # deeper than PATH_MAX: only step by step can it be made, and removed
        os.mkdir(name, dir_fd=handles[-1])  # Path has no dir_fd
        handles.append(os.open(name, os.O_RDONLY, dir_fd=handles[-1]))
    for handle in handles:
        os.close(os.open("x" * 240 + ".md", os.O_CREAT | os.O_WRONLY, dir_fd=handle))
    try:
        site.command("scan")
        status = site.json("status")
        (root,) = status["roots"]
        assert root["state"] == "ok"
        assert status["articles"]["live"] == 1
        assert root["left_out"]["too_long"] >= 1
        assert any("too long" in line for line in status["attention"])
    finally:
        while True:
            os.unlink("x" * 240 + ".md", dir_fd=handles[-1])
            os.close(handles.pop())
            if not handles:
                break
            os.rmdir(name, dir_fd=handles[-1])


def test_check_counts_a_kind_that_comes_often(site: Site) -> None:
    for number in range(120):
        (site.seeds / f"{number:03}.md").write_text(
            f"---\ntitle: T{number}\nwebUrl: https://example.org/{number}\n"
            "publishedDateTime: never\n---\n"
        )
    checked = site.command("check")
    assert len(checked.stdout.splitlines()) == 100
    assert "120 times [bad_field] publishedDateTime (20 of them not shown" in checked.stderr
    assert checked.stderr.endswith("120 seeds: 0 errors, 120 warnings\n")
    assert len(site.command("check", "--json").stdout.splitlines()) == 120


def test_one_is_one(site: Site) -> None:
    (site.seeds / "a.md").write_text("---\ntitle: T\n")
    assert site.command("check", check=1).stderr.endswith("1 seed: 1 error, 0 warnings\n")


def test_a_file_of_many_articles_is_none_that_was_left_out(site: Site) -> None:
    members = '[{"title": "One", "url": "https://example.org/1"}]'
    (site.seeds / "many.json").write_text(members)
    said = site.command("check").stderr
    assert "1 seed: 0 errors" in said
    assert "left out" not in said
    (site.seeds / "note.md").write_text("only words\n")
    assert "1 file left out: no articles" in site.command("check").stderr
