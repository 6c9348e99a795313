"""A folder of which the config says no more: the path is the URL."""

from watcher.ingest.like.tool import Tool
from watcher.ingest.slugs import kept, plain_slug

PLAIN = Tool(
    left_out=frozenset({"node_modules", "_site"}),
    pages=frozenset(),
    can_hold=False,
    segment=kept,
    slug=plain_slug,
    keeps_file_date=True,
    needs_front_matter=False,
)
