"""Which rules a root has."""

from watcher.ingest.like.astro import ASTRO
from watcher.ingest.like.eleventy import ELEVENTY
from watcher.ingest.like.hexo import HEXO
from watcher.ingest.like.hugo import HUGO
from watcher.ingest.like.jekyll import JEKYLL
from watcher.ingest.like.obsidian import OBSIDIAN
from watcher.ingest.like.pelican import PELICAN
from watcher.ingest.like.plain import PLAIN
from watcher.ingest.like.tool import Tool
from watcher.ingest.like.zola import ZOLA

TOOLS: dict[str | None, Tool] = {
    None: PLAIN,
    "jekyll": JEKYLL,
    "hugo": HUGO,
    "eleventy": ELEVENTY,
    "hexo": HEXO,
    "zola": ZOLA,
    "pelican": PELICAN,
    "astro": ASTRO,
    "obsidian": OBSIDIAN,
}
