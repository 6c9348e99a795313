"""Where each tool publishes a post: its own sources and real sites say so."""

from typing import Any

import pytest

from tests.ingest.seeds_as_read import parse
from watcher.model.seed import Seed

POST = "---\ntitle: {title}\ndate: 2024-01-02\n{more}---\nText.\n"


@pytest.mark.parametrize(
    ("root", "name", "more", "url"),
    [
        ({"like": "jekyll"}, "_posts/2024-01-02-Über uns.md", "", "/2024/01/02/%C3%9Cber-uns.html"),
        (
            {"like": "jekyll"},
            "_posts/2024-01-02-x.md",
            "categories: A b\n",
            "/a/b/2024/01/02/x.html",
        ),
        (
            {"like": "jekyll"},
            "_posts/2024-01-02-x.md",
            "categories: {name: A b}\n",
            "/a%20b/2024/01/02/x.html",
        ),
        (
            {"like": "jekyll"},
            "_posts/2024-01-02-x.md",
            "categories: {title: 5}\n",
            "/5/2024/01/02/x.html",
        ),
        ({"like": "jekyll"}, "notes/_posts/2024-01-09-x.md", "", "/notes/2024/01/02/x.html"),
        ({"like": "jekyll", "permalink": "pretty"}, "_posts/2024-01-02-x.md", "", "/2024/01/02/x/"),
        ({"like": "jekyll"}, "_posts/2024-01-02-x.md", "permalink: /p/:title\n", "/p/x"),
        ({"like": "hugo"}, "content/posts/Some (Post) -.md", "", "/posts/some-post-/"),
        ({"like": "hugo"}, "content/posts/2024-01-02-x/index.md", "", "/posts/2024-01-02-x/"),
        ({"like": "hugo"}, "content/posts/x.md", "url: /elsewhere/\n", "/elsewhere/"),
        ({"like": "hugo"}, "content/posts/x/index.de.md", "", "/de/posts/x/"),
        ({"like": "hugo"}, "content/posts/x/index.en.md", "", "/posts/x/"),
        (
            {"like": "hugo", "permalink": {"posts": "/:year/:month/:slug/"}},
            "content/posts/x.md",
            "",
            "/2024/01/the-title/",
        ),
        ({"like": "hexo"}, "source/_posts/Hello World.md", "", "/2024/01/02/Hello%20World/"),
        ({"like": "hexo"}, "source/_posts/a/B.md", "", "/2024/01/02/a/B/"),
        (
            {"like": "hexo", "permalink": "/posts/:abbrlink/"},
            "source/_posts/x.md",
            "abbrlink: 3eb2\n",
            "/posts/3eb2/",
        ),
        ({"like": "zola"}, "content/blog/2024-01-02-my_post.md", "", "/blog/my-post/"),
        ({"like": "zola"}, "content/blog/x.md", "slug: y\n", "/blog/y/"),
        ({"like": "pelican"}, "content/x.md", "", "/the-title.html"),
        ({"like": "pelican"}, "content/x.md", "slug: y\n", "/y.html"),
        ({"like": "eleventy"}, "src/blog/a/a.md", "", "/blog/a/"),
        ({"like": "eleventy"}, "src/blog/x.md", "url: /no/\n", "/blog/x/"),
        (
            {"like": "eleventy"},
            "src/blog/x.md",
            'permalink: "/{{ title | slug }}/"\n',
            "/the-title/",
        ),
        ({"like": "astro"}, "src/content/blog/First Post.mdx", "", "/blog/first-post/"),
        ({}, "notes/node.js.md", "", "/notes/node.js/"),
        ({"permalink": "/{year}/{kind}/{slug}/"}, "x.md", "kind: A b\n", "/2024/a-b/x/"),
        (
            {"permalink": [{"when": {"lang": "de"}, "is": "/de/:slug/"}, "/:slug/"]},
            "x.md",
            "lang: de\n",
            "/de/x/",
        ),
    ],
)
def test_a_post_is_where_its_tool_publishes_it(
    root: dict[str, Any], name: str, more: str, url: str
) -> None:
    site = {"site": "https://b.example.org/"}
    seed = parse(POST.format(title="The title", more=more), name=name, root=root | site)
    assert isinstance(seed, Seed), seed
    assert seed.content.url == f"https://b.example.org{url}"


@pytest.mark.parametrize(
    ("root", "name"),
    [
        ({"like": "jekyll"}, "about.md"),
        ({"like": "jekyll"}, "_site/x.md"),
        ({"like": "jekyll"}, "_data/posts.json"),
        ({"like": "jekyll"}, "copies/2024-01-02-x.md"),
        ({"like": "hugo"}, "content/posts/_index.md"),
        ({"like": "hugo"}, "content/about.md"),
        ({"like": "hugo"}, "themes/x/content/y.md"),
        ({"like": "hexo"}, "source/about/index.md"),
        ({"like": "eleventy"}, "src/index.md"),
        ({"like": "pelican"}, "content/pages/x.md"),
    ],
)
def test_what_a_tool_does_not_publish_as_a_post_is_no_article(
    root: dict[str, Any], name: str
) -> None:
    seed = parse(POST.format(title="T", more=""), name=name, root=root)
    assert type(seed).__name__ == "NotArticle", seed
