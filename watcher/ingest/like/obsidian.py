"""Obsidian: notes and clippings; those published lie under their own path."""

from watcher.ingest.like.tool import OUTPUT, Tool
from watcher.ingest.slugs import dashed

OBSIDIAN = Tool(
    source=("content",),
    left_out=OUTPUT | {"templates", "Templates", "_templates", "Attachments", "attachments"},
    pages=frozenset({"index"}),
    segment=dashed,
    slug=dashed,
    url_keys=("source", "url", "permalink"),
    keeps_file_date=True,
    needs_front_matter=False,
    unpublished={"publish": frozenset({"false", "no"})},
)
