"""Where each feed is below ``/feeds/``: as its file lies in the folder of feeds.

So a web server that serves that folder gives the same addresses. An address names no folder above
it: feeds that share no folder go by their names. Looks at no file.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, unquote, urljoin, urlsplit

from watcher.config.schema import FeedConfig
from watcher.serve.view import FeedView

PREFIX = "/feeds/"


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


class Addresses:
    """The feeds of a view, by their addresses; for several threads at once."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._known: tuple[Sequence[FeedView], dict[str, FeedView]] = ((), {})

    def of(self, feed: FeedView) -> str:
        """The feed's address below ``/feeds/``, not quoted."""
        if self._folder is not None and feed.path.is_relative_to(self._folder):
            return feed.path.relative_to(self._folder).as_posix()
        return f"{feed.name}.{feed.format.value}"

    def absolute(self, feed: FeedView, base: str) -> str:
        """The URL to subscribe to: the configured one, else the address at ``base``."""
        return feed.url or f"{base.rstrip('/')}{PREFIX}{quote(self.of(feed))}"

    def find(self, feeds: Sequence[FeedView], address: str) -> FeedView | None:
        """The feed at an address below ``/feeds/``, not quoted."""
        known, found = self._known
        if known is not feeds:
            found = self._index(feeds)
            self._known = (feeds, found)
        return found.get(address)

    def _index(self, feeds: Sequence[FeedView]) -> dict[str, FeedView]:
        """By address, and by what the configured URL says where nothing else is there."""
        index = {self.of(each): each for feed in feeds for each in (feed, *_archives(feed))}
        for feed in feeds:
            path = unquote(urlsplit(feed.url or "").path)
            if path.startswith(PREFIX):
                index.setdefault(path.removeprefix(PREFIX), feed)
        return index


def _archives(feed: FeedView) -> Iterator[FeedView]:
    """A feed's archives as feeds of their own, which no hub tells of."""
    for path in feed.archives:
        url = feed.url and urljoin(feed.url, quote(path.name))
        name = f"{feed.name.rpartition('/')[0]}/{path.stem}".removeprefix("/")
        yield replace(feed, name=name, path=path, url=url, hub=None, archives=())
