"""The feeds of a view, by their addresses. Looks at no file."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, unquote, urljoin, urlsplit

from watcher.config.feed_addresses import PREFIX, feed_address, feed_url
from watcher.serve.view import FeedView


class Addresses:
    """The feeds of a view, by their addresses; for several threads at once."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._known: tuple[Sequence[FeedView], dict[str, FeedView]] = ((), {})

    def of(self, feed: FeedView) -> str:
        """The feed's address below ``/feeds/``, not quoted."""
        return feed_address(self._folder, name=feed.name, path=feed.path, form=feed.format)

    def absolute(self, feed: FeedView, base: str) -> str:
        """The URL to subscribe to: the configured one, else the address at ``base``."""
        return feed.url or feed_url(base, self.of(feed))

    def find(self, feeds: Sequence[FeedView], address: str) -> FeedView | None:
        """The feed at an address below ``/feeds/``, not quoted."""
        known, found = self._known
        if known is not feeds:
            found = self._index(feeds)
            self._known = (feeds, found)
        return found.get(address)

    def _index(self, feeds: Sequence[FeedView]) -> dict[str, FeedView]:
        """Index by address, and by the configured URL's path where nothing else has that."""
        index = {self.of(each): each for feed in feeds for each in (feed, *_archives(feed))}
        for feed in feeds:
            path = unquote(urlsplit(feed.url or "").path)
            if path.startswith(PREFIX):
                index.setdefault(path.removeprefix(PREFIX), feed)
        return index


def _archives(feed: FeedView) -> Iterator[FeedView]:
    """A feed's archives as feeds of their own, without a hub."""
    for path in feed.archives:
        url = feed.url and urljoin(feed.url, quote(path.name))
        name = f"{feed.name.rpartition('/')[0]}/{path.stem}".removeprefix("/")
        yield replace(feed, name=name, path=path, url=url, hub=None, archives=())
