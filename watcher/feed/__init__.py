"""Feeds: articles in, feed files out.

In: a feed's config and its articles, newest first, as the store knows them. Out: the bytes of an
Atom, RSS or JSON feed, and those bytes on disk, whole or not at all. It may not: read the clock or
the store, decide what is news, let one bad article cost the feed.
"""

from typing import TYPE_CHECKING

from watcher.on_demand import on_demand

if TYPE_CHECKING:
    from watcher.feed.head import Paging, Removal, feed_id
    from watcher.feed.opml import Outline, render_opml
    from watcher.feed.publish import clean_leftovers, publish_file
    from watcher.feed.render import EntryCache, LeftOut, Rendered, render_feed
    from watcher.feed.topics import slug, topic_feed

__all__ = [
    "EntryCache",
    "LeftOut",
    "Outline",
    "Paging",
    "Removal",
    "Rendered",
    "clean_leftovers",
    "feed_id",
    "publish_file",
    "render_feed",
    "render_opml",
    "slug",
    "topic_feed",
]

__getattr__ = on_demand(
    __name__,
    head="Paging Removal feed_id",
    opml="Outline render_opml",
    publish="clean_leftovers publish_file",
    render="EntryCache LeftOut Rendered render_feed",
    topics="slug topic_feed",
)
