"""Pelican: the slug is the title's, unless ``Slug:`` says another one.

https://docs.getpelican.com/en/latest/settings.html#url-settings
"""

from watcher.ingest.like.tool import OUTPUT, PAGES, Tool
from watcher.ingest.post import Post
from watcher.ingest.slugs import pelican_slug


def _slug(post: Post) -> str:
    return post.text("slug") or pelican_slug(post.title or post.file.name)


PELICAN = Tool(
    source=("content",),
    left_out=OUTPUT | {"theme", "plugins", "pelican-plugins", "pelican-themes"},
    left_out_inside=frozenset({"pages"}),
    pages=PAGES,
    permalink="/:slug.html",
    parts={"slug": _slug},
    segment=pelican_slug,
    slug=pelican_slug,
    url_keys=("url", "saveas"),
    unpublished={"status": frozenset({"draft", "hidden", "skip"})},
    category_is_topic=True,
    needs_date=True,
    no_topics=frozenset({"misc"}),
)
