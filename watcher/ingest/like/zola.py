"""Zola: the path is the URL, its parts slugified.

https://www.getzola.org/documentation/content/
"""

from watcher.ingest.like.tool import OUTPUT, PAGE_FOLDERS, PAGES, Tool
from watcher.ingest.slugs import ascii_slug

ZOLA = Tool(
    source=("content",),
    left_out=OUTPUT | {"static", "templates", "sass"},
    pages=PAGES | {"_index"},
    page_marks={"render": frozenset({"false"})},
    segment=ascii_slug,
    slug=ascii_slug,
    has_languages=True,
    url_keys=("path",),
    page_folders=PAGE_FOLDERS,
)
