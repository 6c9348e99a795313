"""Which site generator a folder belongs to, as its own config says."""

import os
from pathlib import Path
from typing import Any

import pytest

from watcher.watch.site_configs import SiteHint
from watcher.watch.site_hint import find_site

HEXO = """\
# Hexo Configuration
title: Notes
url: https://notes.example.org/blog
root: /blog/
permalink: :year/:month/:day/:title/
source_dir: source
"""
ASTRO = """\
import { defineConfig } from 'astro/config';
export default defineConfig({
  site: 'https://astro.example.org',
  integrations: [mdx()],
});
"""


def hint(folder: Path, name: str, text: str) -> SiteHint | None:
    (folder / name).write_text(text)
    return find_site(folder)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("_config.yml", 'title: X\nurl: "https://j.example.org"  # here\nbaseurl: /blog\n',
         {"like": "jekyll", "site": "https://j.example.org/blog/"}),
        ("_config.yml", "url: https://j.example.org\npermalink: /:year/:title/\n",
         {"like": "jekyll", "site": "https://j.example.org/", "permalink": "/:year/:title/"}),
        ("_config.yaml", "title: no url\n", {"like": "jekyll"}),
        ("_config.yml", HEXO,
         {"like": "hexo", "site": "https://notes.example.org/blog",
          "permalink": "/:year/:month/:day/:title/"}),
        ("hugo.toml", 'baseURL = "https://h.example.org/"\n[permalinks]\nposts = "/:year/:slug/"\n',
         {"like": "hugo", "site": "https://h.example.org/",
          "permalink": {"posts": "/:year/:slug/"}}),
        ("config.toml", 'baseurl = "https://h.example.org/"\n[permalinks.page]\nblog = "/:slug/"\n',
         {"like": "hugo", "site": "https://h.example.org/", "permalink": {"blog": "/:slug/"}}),
        ("hugo.yaml", "baseURL: https://h.example.org/\n",
         {"like": "hugo", "site": "https://h.example.org/"}),
        ("config.toml", 'base_url = "https://z.example.org"\n[markdown]\n',
         {"like": "zola", "site": "https://z.example.org"}),
        ("astro.config.mjs", ASTRO, {"like": "astro", "site": "https://astro.example.org"}),
        ("eleventy.config.js", "export default (c) => ({ dir: { input: 'src' } });",
         {"like": "eleventy"}),
        (".eleventy.js", 'module.exports = { url: "https://e.example.org/" }',
         {"like": "eleventy", "site": "https://e.example.org/"}),
        ("pelicanconf.py",
         "SITEURL = 'https://p.example.org'\nARTICLE_URL = '{date:%Y}/{date:%m}/{slug}/'\n",
         {"like": "pelican", "site": "https://p.example.org",
          "permalink": "/{date:%Y}/{date:%m}/{slug}/"}),
        ("pelicanconf.py", "SITEURL = ''\n", {"like": "pelican"}),
        ("_config.yml", "url: http://localhost:4000\n", {"like": "jekyll"}),
    ],
)  # fmt: skip
def test_each_generator_is_known_by_its_config(
    tmp_path: Path, name: str, text: str, expected: dict[str, Any]
) -> None:
    assert hint(tmp_path, name, text) == SiteHint(found_in=name, **expected)


JEKYLL_DEFAULTS = """\
url: https://j.example.org
timezone: Asia/Seoul
defaults:
  - scope:
      path: ""
      type: pages
    values:
      permalink: /p/:title/
  - scope: {path: "", type: posts}
    values:
      permalink: "/:categories/:title/"   # of posts
"""
HUGO_YAML = """\
title: Notes
theme: pure
publishDir: docs
timeZone: Asia/Shanghai
permalinks:
  # where posts are
  posts: "/:year/:month/:filename/"
  notes: /n/:slug/
menu:
  main:
    - url: /about/
"""
HUGO_LANGUAGES = """\
baseURL = "https://h.example.org/notes/"
DefaultContentLanguage = "ja"
[languages.ja]
contentDir = "content/ja"
[languages.en]
contentDir = "content/en"
"""


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"_config.yml": JEKYLL_DEFAULTS},
         {"like": "jekyll", "site": "https://j.example.org/", "timezone": "Asia/Seoul",
          "permalink": "/:categories/:title/"}),
        ({"_config.yml": "collections:\n  posts:\n    permalink: /b/:title/\n",
          "CNAME": "Blog.Example.org\n"},
         {"like": "jekyll", "site": "https://blog.example.org/", "permalink": "/b/:title/"}),
        ({"config.yml": HUGO_YAML},
         {"like": "hugo", "timezone": "Asia/Shanghai",
          "permalink": {"posts": "/:year/:month/:filename/", "notes": "/n/:slug/"}}),
        ({"hugo.yaml": "baseURL: https://h.example.org/\npermalinks:\n  page:\n    posts: /:x/\n"},
         {"like": "hugo", "site": "https://h.example.org/", "permalink": {"posts": "/:x/"}}),
        ({"config.toml": HUGO_LANGUAGES},
         {"like": "hugo", "site": "https://h.example.org/notes/", "folder": "content/ja"}),
        ({"config/_default/hugo.toml": "baseURL = 'https://h.example.org/'\n",
          "config/_default/permalinks.toml": "posts = '/:slug/'\n"},
         {"like": "hugo", "site": "https://h.example.org/", "permalink": {"posts": "/:slug/"}}),
        ({"config.json": '{"baseURL": "https://h.example.org/", "theme": "x"}'},
         {"like": "hugo", "site": "https://h.example.org/"}),
        ({"pelicanconf.py": "SITEURL = ''\nTIMEZONE = 'Europe/London'\n",
          "publishconf.py": "SITEURL = 'https://p.example.org'\n"},
         {"like": "pelican", "site": "https://p.example.org", "timezone": "Europe/London"}),
        ({".eleventy.js": "module.exports = c => ({ pathPrefix: '/b/' })",
          "_data/metadata.json": '{"feedUrl": "https://e.example.org/feed.xml",\n'
          '"url": "https://e.example.org/feed/feed.xml", "x": {"url": "https://e.example.org/"}}'},
         {"like": "eleventy", "site": "https://e.example.org/b/"}),
        ({"astro.config.ts": "export default defineConfig({ site: SITE_URL, base: '/b' })",
          "src/consts.ts": "export const SITE_URL: string = 'https://a.example.org';"},
         {"like": "astro", "site": "https://a.example.org/b/"}),
        ({"_config.yml": "url: http://yoursite.com\nsource_dir: source\n",
          "source/CNAME": "hexo.example.org"},
         {"like": "hexo", "site": "https://hexo.example.org/"}),
    ],
)  # fmt: skip
def test_what_lies_beside_a_config_counts_too(
    tmp_path: Path, files: dict[str, str], expected: dict[str, Any]
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert find_site(tmp_path) == SiteHint(found_in=next(iter(files)), **expected)


def test_a_vault_is_known_by_its_folder(tmp_path: Path) -> None:
    (tmp_path / ".obsidian").mkdir()
    found = find_site(tmp_path)
    assert found == SiteHint(like="obsidian", found_in=".obsidian/")
    assert found.words() == "this looks like an Obsidian vault (.obsidian/); add `like: obsidian`"


def test_a_folder_of_posts_belongs_to_the_site_above(tmp_path: Path) -> None:
    posts = tmp_path / "content" / "posts"
    posts.mkdir(parents=True)
    (tmp_path / "hugo.toml").write_text('baseURL = "https://h.example.org/"\n')
    found = find_site(posts)
    assert found is not None
    assert found.words() == (
        "this looks like a Hugo site (hugo.toml); add `like: hugo` and "
        "`site: https://h.example.org/`"
    )
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    assert find_site(seeds) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config.toml", "[server]\nport = 1\n"),
        ("config.toml", "no toml at all"),
        ("config.yaml", "state: x\nwatch: []\n"),
        ("package.json", "{}"),
        ("hugo.toml", "= broken"),
    ],
)
def test_what_is_no_site_gives_no_hint(tmp_path: Path, name: str, text: str) -> None:
    assert hint(tmp_path, name, text) is None


def test_what_cannot_be_read_is_no_hint_and_no_error(tmp_path: Path) -> None:
    assert find_site(tmp_path / "gone") is None
    os.mkfifo(tmp_path / "hugo.toml")
    (tmp_path / "_config.yml").symlink_to("/etc/passwd")
    (tmp_path / "astro.config.mjs").mkdir()
    assert find_site(tmp_path) is None
    (tmp_path / "pelicanconf.py").write_bytes(b"\xff\xfe" * 100_000)
    found = find_site(tmp_path)
    assert found is not None
    assert (found.like, found.site) == ("pelican", None)
