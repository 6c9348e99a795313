"""Jekyll: posts lie in ``_posts``, their date and slug in their name.

https://jekyllrb.com/docs/permalinks/, ``lib/jekyll/drops/url_drop.rb``.
"""

from watcher.ingest.like.tool import OUTPUT, Tool
from watcher.ingest.post import Post
from watcher.ingest.slugs import jekyll_slug, jekyll_title

NO = frozenset({"false", "no"})


def _title(post: Post) -> str:
    return jekyll_title(post.text("slug") or post.file.name)


def _slug(post: Post) -> str:
    return jekyll_slug(post.text("slug") or post.file.name)


def _categories(post: Post) -> str:
    return "/".join(dict.fromkeys(category.lower() for category in post.categories))


def _slugs_of_categories(post: Post) -> str:
    return "/".join(dict.fromkeys(map(jekyll_slug, post.categories)))


def _extension(_post: Post) -> str:
    return ".html"


JEKYLL = Tool(
    left_out=OUTPUT | {"_sass", "assets", "vendor"},
    posts=frozenset({"_posts", "_drafts"}),
    dated=frozenset({"_posts"}),
    drafts=frozenset({"_drafts"}),
    pages=frozenset(),
    permalink="/:categories/:year/:month/:day/:title.html",
    styles={
        "date": "/:categories/:year/:month/:day/:title.html",
        "pretty": "/:categories/:year/:month/:day/:title/",
        "ordinal": "/:categories/:year/:y_day/:title.html",
        "none": "/:categories/:title.html",
    },
    parts={
        "title": _title,
        "slug": _slug,
        "categories": _categories,
        "slugified_categories": _slugs_of_categories,
        "output_ext": _extension,
    },
    segment=jekyll_title,
    slug=jekyll_slug,
    unpublished={"published": NO},
    waits=("date",),
    tags_by_spaces=True,
    category_is_topic=True,
    url_in_root_zone=True,
)
