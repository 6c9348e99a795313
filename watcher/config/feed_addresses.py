"""Where each feed is below ``/feeds/``: as its file lies in the folder of feeds. Pure.

So a web server that serves that folder gives the same addresses. An address names no folder above
it: feeds that share no folder go by their names.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, urlsplit

from watcher.config.feed import FeedConfig, FeedFormat
from watcher.config.schema import Config
from watcher.config.values import is_loopback, split_listen

PREFIX = "/feeds/"
_ANYWHERE = {"0.0.0.0", "::"}  # noqa: S104  # none is bound


def feeds_folder(feeds: Sequence[FeedConfig]) -> Path | None:
    """The folder in which all feeds lie, each directly or one folder deeper; None if there is none.

    If some lie directly in it, others may be deeper: it is theirs all the same.
    """
    folders = {_fixed_folder(feed.path) for feed in feeds}
    if not folders:
        return None
    shared = Path(os.path.commonpath(folders))
    near = shared in folders or all(folder.parent == shared for folder in folders)
    return shared if near and shared != Path(shared.anchor) else None


def _fixed_folder(path: Path) -> Path:
    """The deepest folder of a feed's path that is the same for every topic."""
    return next(folder for folder in path.parents if "{slug}" not in str(folder))


def feed_address(folder: Path | None, *, name: str, path: Path, form: FeedFormat) -> str:
    """The address below ``/feeds/``, not quoted, of the feed in the file at ``path``."""
    if folder is not None and path.is_relative_to(folder):
        return path.relative_to(folder).as_posix()
    return f"{name}.{form.value}"


def feed_url(base: str, address: str) -> str:
    """The URL of a feed of a server that is reached at ``base``."""
    return f"{base.rstrip('/')}{PREFIX}{quote(address, safe='/{}')}"


def page_url(config: Config) -> str | None:
    """The page for people: ``public_url``, else where the server listens; None if neither is known.

    A server that listens everywhere, or at any free port, does not say how it is reached.
    """
    if config.http.public_url:
        return config.http.public_url.rstrip("/") + "/"
    where = split_listen(config.http.listen)
    if where is None or where[0] in _ANYWHERE or not where[1]:
        return None
    return f"http://{config.http.listen}/"


def hub_url(config: Config) -> str | None:
    """Where our own WebSub hub is asked; None if there is none, or nobody could know where."""
    page = page_url(config)
    return f"{page}hub" if page and config.http.hub == "on" else None


class FeedAddresses:
    """Where the feeds of a config are subscribed to."""

    def __init__(self, config: Config) -> None:
        self._folder = feeds_folder(config.feeds)
        self._base = page_url(config)
        self._is_public = config.http.public_url is not None

    def url_of(self, *, name: str, path: Path, form: FeedFormat, own: str | None) -> str | None:
        """The address to put into a feed reader; None if nobody serves the feed that we know of.

        That is its ``own`` from the config, else where the file at ``path`` is served. One on
        this machine, as the first config has it, is no longer meant beside a ``public_url``.
        """
        if self._base is None or (own and not (self._is_public and _is_here(own))):
            return own
        return feed_url(self._base, feed_address(self._folder, name=name, path=path, form=form))

    def of(self, feed: FeedConfig) -> str | None:
        """The address of a configured feed; with ``{slug}`` in it where there is one per topic."""
        name = f"{feed.name}/{{slug}}" if feed.is_per_topic else feed.name
        return self.url_of(name=name, path=feed.path, form=feed.format, own=feed.url)


def _is_here(url: str) -> bool:
    return is_loopback(urlsplit(url).hostname or "")


def with_feed_urls(config: Config) -> Config:
    """The config, each feed of which has the URL that ``public_url`` gives it, or its own."""
    if not config.http.public_url:
        return config
    addresses = FeedAddresses(config)
    feeds = tuple(feed.model_copy(update={"url": addresses.of(feed)}) for feed in config.feeds)
    return config.model_copy(update={"feeds": feeds})
