"""Hexo: posts lie in ``source/_posts``; names keep their case.

https://hexo.io/docs/permalinks
"""

from watcher.ingest.like.tool import OUTPUT, Tool
from watcher.ingest.post import Post
from watcher.ingest.slugs import kept

_SOURCE = ("source/_posts", "source/_drafts", "_posts", "_drafts")


def _title(post: Post) -> str:
    folders = post.file.folders
    marks = [n for n, folder in enumerate(folders) if folder in ("_posts", "_drafts")]
    inside = folders[marks[0] + 1 :] if marks else folders
    return "/".join([*inside, post.text("slug") or post.file.stem])


def _name(post: Post) -> str:
    return post.text("slug") or post.file.stem


def _categories(post: Post) -> str:
    return "/".join("-".join(category.split()) for category in post.categories)


HEXO = Tool(
    source=_SOURCE,
    left_out=OUTPUT | {"scaffolds"},
    posts=frozenset({"_posts", "_drafts"}),
    drafts=frozenset({"_drafts"}),
    pages=frozenset(),
    permalink="/:year/:month/:day/:title/",
    parts={
        "title": _title,
        "post_title": _title,
        "name": _name,
        "filename": _name,
        "categories": _categories,
        "category": _categories,
    },
    segment=kept,
    slug=kept,
    unpublished={"published": frozenset({"false", "no"})},
)
