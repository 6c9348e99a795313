"""``init``: a config to start from, also for a site that is there already."""

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from watcher.cli import program
from watcher.config.init import _SHIPPED, shipped_files
from watcher.config.load import load_config
from watcher.config.permalink import PermalinkRule

PROJECT = Path(__file__).parents[2]


def init(*words: str | Path) -> Result:
    return CliRunner().invoke(program, ["init", *map(str, words)], standalone_mode=False)


def test_a_site_is_watched_as_its_own_config_says(tmp_path: Path) -> None:
    blog, home = tmp_path / 'my "blog": #1', tmp_path / "home"
    blog.mkdir()
    (blog / "hugo.toml").write_text(
        'baseURL = "https://h.example.org/"\n[permalinks]\nposts = "/:year/:slug/"\n'
    )
    shown = init("--from", blog, home).stdout
    assert "looks like hugo" in shown
    assert not (home / "seeds").exists()
    (root,) = load_config(home / "config/seedwatch.yaml", environ={}).watch
    assert (root.path, root.like, root.site) == (blog, "hugo", "https://h.example.org/")
    assert root.permalink == (PermalinkRule(section="posts", template="/:year/:slug/"),)


def test_the_zone_and_the_language_of_a_site_are_its_own(tmp_path: Path) -> None:
    blog, home = tmp_path / "blog", tmp_path / "home"
    blog.mkdir()
    (blog / "hugo.toml").write_text(
        'timeZone = "Asia/Tokyo"\ndefaultContentLanguage = "ja"\n'
        '[languages.ja]\ncontentDir = "content/ja"\n'
    )
    init("--from", blog, home)
    (root,) = load_config(home / "config/seedwatch.yaml", environ={}).watch
    assert (root.path, root.timezone.key) == (blog / "content/ja", "Asia/Tokyo")


def test_a_site_without_an_address_says_what_to_add(tmp_path: Path) -> None:
    blog, home = tmp_path / "blog", tmp_path / "home"
    (blog / ".obsidian").mkdir(parents=True)
    assert "add site: below like:" in init("--from", blog, home).stdout
    (root,) = load_config(home / "config/seedwatch.yaml", environ={}).watch
    assert (root.like, root.site) == ("obsidian", None)
    assert "    #site: " in (home / "config/seedwatch.yaml").read_text()


def test_a_folder_that_is_no_site_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    refused = init("--from", tmp_path / "photos", tmp_path / "home")
    assert "no config of a known site generator (jekyll, hugo, " in str(refused.exception)
    assert not (tmp_path / "home").exists()


def test_full_brings_what_is_shipped_beside_the_config(tmp_path: Path) -> None:
    init("--full", tmp_path)
    folder = tmp_path / "config"
    for name in ("seedwatch.example.yaml", "slack.template.example.json.j2",
                 "monitoring/alerts.yaml", "monitoring/dashboard.json"):  # fmt: skip
        assert (folder / name).read_bytes() == (PROJECT / "config" / name).read_bytes()
    load_config(folder / "seedwatch.yaml", environ={})


def test_the_wheel_carries_what_full_copies() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    carried = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert carried == {f"config/{name}": f"watcher/shipped/{name}" for name in _SHIPPED}
    assert all((shipped_files() / name).exists() for name in _SHIPPED)


@pytest.mark.parametrize("words", [[], ["--systemd"]])
def test_the_first_seed_is_an_article(tmp_path: Path, words: list[str]) -> None:
    init(*words, tmp_path)
    checked = CliRunner().invoke(
        program, ["--config", str(tmp_path / "config/seedwatch.yaml"), "check"]
    )
    assert checked.exit_code == 0, checked.output
    assert checked.stderr == "1 seed: 0 errors, 0 warnings\n"
    assert checked.stdout == ""
