"""Astro: a collection's folder and the slug.

https://docs.astro.build/en/guides/content-collections/
"""

from watcher.ingest.like.tool import OUTPUT, PAGE_FOLDERS, PAGES, Tool
from watcher.ingest.slugs import github_slug

ASTRO = Tool(
    source=("src/content", "src/data", "src/pages", "content"),
    left_out=OUTPUT | {"components", "layouts", "styles"},
    pages=PAGES,
    segment=github_slug,
    slug=github_slug,
    keeps_file_date=True,
    page_folders=PAGE_FOLDERS,
)
