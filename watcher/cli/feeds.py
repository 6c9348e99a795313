"""``feeds``: rebuild all feeds now, and list them."""

from itertools import count
from pathlib import Path

import click

from watcher.cli import options
from watcher.cli.context import opened
from watcher.cli.output import print_json_lines, print_table
from watcher.cli.progress import progress
from watcher.clock import format_time, utc_now
from watcher.config.feed_addresses import FeedAddresses
from watcher.config.schema import Config
from watcher.publish.feed_file import PublishedFeed
from watcher.publish.publisher import Publication
from watcher.scan.wiring import make_publication
from watcher.store.store import sync_endpoints


@click.command(epilog=options.examples("seedwatch feeds"))
@options.as_json
@click.pass_obj
def feeds(config_file: Path | None, *, as_json: bool) -> None:
    """Rebuild all feeds and list them. Fails with 1 if one could not be written."""
    with opened(config_file) as (config, store):
        sync_endpoints(store, config)
        published = _rebuild(make_publication(store, config, utc_now), config)
    addresses = FeedAddresses(config)
    urls = [addresses.url_of(name=f.name, path=f.path, form=f.format, own=f.url) for f in published]
    listed = list(zip(published, urls, strict=True))
    if as_json:
        print_json_lines(_feed_object(feed, url) for feed, url in listed)
    else:
        rows = [(feed.name, feed.entries, feed.updated_at, url, feed.path) for feed, url in listed]
        columns = ["feed", "entries", "updated", "subscribe to", "file"]
        print_table(columns, rows, empty="no feeds", whole=columns[3:])
    for feed in published:
        if feed.error:
            click.echo(f"seedwatch: error: feed {feed.name}: {feed.error}", err=True)
    if any(feed.error for feed in published):
        raise click.exceptions.Exit(1)


def _rebuild(publication: Publication, config: Config) -> tuple[PublishedFeed, ...]:
    """Publish all feeds. With archives, the number of files is not known beforehand."""
    has_archives = any(feed.archive for feed in config.feeds)
    files = count(1)
    with progress("rebuilding", lambda: None if has_archives else publication.waiting) as advance:
        return publication.publish(lambda: advance(next(files), lambda: "feed files"))


def _feed_object(feed: PublishedFeed, url: str | None) -> dict[str, object]:
    values = {
        "name": feed.name,
        "title": feed.title,
        "topic": feed.topic,
        "path": str(feed.path),
        "url": url,
        "entries": feed.entries,
        "archives": [str(path) for path in feed.archives] or None,
        "updated_at": format_time(feed.updated_at),
        "written": feed.written,
        "error": feed.error,
    }
    return {key: value for key, value in values.items() if value is not None}
