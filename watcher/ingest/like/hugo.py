"""Hugo: sections are folders, a bundle is a folder with ``index.md``.

https://gohugo.io/configuration/permalinks/, ``resources/page/permalinks.go``.
"""

from watcher.ingest.like.tool import OUTPUT, PAGE_FOLDERS, PAGES, Tool
from watcher.ingest.post import Post
from watcher.ingest.slugs import hugo_slug


def _slug(post: Post) -> str:
    return hugo_slug(post.text("slug") or post.title or post.file.stem)


def _file(post: Post) -> str:
    return hugo_slug(post.text("slug") or post.file.stem)


HUGO = Tool(
    source=("content",),
    left_out=OUTPUT | {"archetypes", "layouts", "static", "resources", "assets", "data", "i18n"},
    pages=PAGES | {"_index"},
    page_marks={
        "headless": frozenset({"true"}),
        "layout": frozenset({"archives", "search", "page"}),
        "type": frozenset({"page"}),
    },
    parts={"slug": _slug, "slugorfilename": _file, "slugorcontentbasename": _file},
    segment=hugo_slug,
    slug=hugo_slug,
    has_languages=True,
    default_language="en",
    url_keys=("url",),
    keeps_file_date=True,
    waits=("publishdate", "pubdate", "date"),
    ends=("expirydate", "unpublishdate"),
    url_in_own_zone=True,
    page_folders=PAGE_FOLDERS,
)
