"""Feeds over HTTP: the file's bytes for readers, a page about the feed for browsers.

It serves nothing but feeds that the view lists: no address ever becomes a path.
"""

import asyncio
import hashlib
import logging
import threading
from collections.abc import AsyncIterator, Sequence
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from watcher.config.feed import FeedFormat
from watcher.log import fields
from watcher.serve.access import Access
from watcher.serve.addresses import Addresses
from watcher.serve.conditional import accepts_gzip, http_date, is_not_modified, prefers_page
from watcher.serve.feed_files import FeedFile, FeedFiles
from watcher.serve.pages import Pages
from watcher.serve.view import FeedView, View

log = logging.getLogger(__name__)

MEDIA_TYPES = {
    FeedFormat.ATOM: "application/atom+xml; charset=utf-8",
    FeedFormat.RSS: "application/rss+xml; charset=utf-8",
    FeedFormat.JSON: "application/feed+json; charset=utf-8",
}
FORMAT_NAMES = {FeedFormat.ATOM: "Atom", FeedFormat.RSS: "RSS", FeedFormat.JSON: "JSON Feed"}
_ENTRIES_SHOWN = 20
_BASES_KEPT = 8
_URL_CHARACTERS = ":/?#[]@!$&'()*+,;=%~"


class Feeds:
    """The answers below ``/feeds/``, and ``/opml``."""

    def __init__(
        self,
        view: View,
        *,
        addresses: Addresses,
        files: FeedFiles,
        pages: Pages,
        access: Access,
    ) -> None:
        self._view = view
        self._addresses = addresses
        self._files = files
        self._pages = pages
        self._access = access
        self._opml = OpmlFile(view, addresses)

    def get(self, request: Request) -> Response:
        """Answer with the feed itself, or, for a browser, with a page about it."""
        feed = self._addresses.find(self._view.feeds(), request.path_params["address"])
        if feed is None:
            raise HTTPException(404)
        as_it_is = "raw" in request.query_params
        accept = ", ".join(request.headers.getlist("accept")) or None
        if not as_it_is and prefers_page(accept, feed.format):
            return self._page(request, feed)
        sharing = self._access.sharing(request)
        return _answer(request, feed, self._file(feed), sharing, negotiated=not as_it_is)

    def opml(self, request: Request) -> Response:
        """All feeds in one file, for a reader to subscribe to."""
        data = self._opml.at(self._access.base_url(request))
        etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
        headers = (
            _GUARD
            | self._access.sharing(request)
            | {
                "ETag": etag,
                "Cache-Control": "private, max-age=60",
                "Content-Disposition": 'inline; filename="feeds.opml"',
            }
        )
        known = ", ".join(request.headers.getlist("if-none-match")) or None
        if is_not_modified(if_none_match=known, if_modified_since=None, etag=etag, modified=None):
            return Response(status_code=304, headers=headers)
        return Response(data, 200, headers, "text/x-opml; charset=utf-8")

    def _file(self, feed: FeedView) -> FeedFile:
        try:
            return self._files.read(feed.path)
        except FileNotFoundError:
            raise HTTPException(404, "This feed has not been published yet.") from None
        except OSError as error:
            log.warning("feed not read", extra=fields(feed=feed.name, why=error.strerror))
            raise HTTPException(503, "This feed cannot be read at the moment.") from None

    def _page(self, request: Request, feed: FeedView) -> Response:
        base = self._access.base_url(request)
        context = {
            "feed": feed,
            "format_name": FORMAT_NAMES[feed.format],
            "media_type": MEDIA_TYPES[feed.format].partition(";")[0],
            "address": self._addresses.absolute(feed, base),
            "entries": self._view.entries(feed, _ENTRIES_SHOWN),
        }
        return self._pages.page(request, "feed.html", context)


class OpmlFile:
    """The list of all feeds, made again only when a feed is added, removed or renamed."""

    def __init__(self, view: View, addresses: Addresses) -> None:
        self._view = view
        self._addresses = addresses
        self._lock = threading.Lock()
        self._feeds: Sequence[FeedView] = ()
        self._said: list[tuple[str, str]] = []
        self._made: dict[str, bytes] = {}

    def at(self, base: str) -> bytes:
        """The list for a client that reaches this server at ``base``."""
        with self._lock:
            feeds = self._view.feeds()
            if feeds is not self._feeds:
                said = [(feed.title, self._addresses.absolute(feed, "")) for feed in feeds]
                if said != self._said:
                    self._said, self._made = said, {}
                self._feeds = feeds
            if base not in self._made:
                if len(self._made) == _BASES_KEPT:
                    self._made.clear()  # each client may use another name for us
                named = [(feed, self._addresses.absolute(feed, base)) for feed in feeds]
                self._made[base] = self._view.opml(named)
            return self._made[base]


def _answer(
    request: Request,
    feed: FeedView,
    file: FeedFile,
    sharing: dict[str, str],
    *,
    negotiated: bool,
) -> Response:
    packed = accepts_gzip(", ".join(request.headers.getlist("accept-encoding")))
    etag = file.etag(packed=packed)
    headers = (
        _GUARD
        | sharing
        | {
            "ETag": etag,
            "Cache-Control": "public, max-age=60",
            "Vary": "Accept, Accept-Encoding" if negotiated else "Accept-Encoding",
            "Link": _links(request, feed),
        }
    )
    if file.modified is not None:
        headers["Last-Modified"] = http_date(file.modified)
    if is_not_modified(
        if_none_match=", ".join(request.headers.getlist("if-none-match")) or None,
        if_modified_since=request.headers.get("if-modified-since"),
        etag=etag,
        modified=file.modified,
    ):
        return Response(status_code=304, headers=headers)
    if packed:
        headers["Content-Encoding"] = "gzip"
    headers["Content-Length"] = str(file.length(packed=packed))
    if request.method == "HEAD":
        return Response(None, 200, headers, MEDIA_TYPES[feed.format])
    body = _stream(file, packed=packed)
    return StreamingResponse(body, 200, headers, MEDIA_TYPES[feed.format])


async def _stream(file: FeedFile, *, packed: bool) -> AsyncIterator[bytes]:
    """A feed's bytes, as fast as the client takes them."""
    for chunk in file.chunks(packed=packed):
        yield chunk
        await asyncio.sleep(0)  # others get their turn, and a client that left is noticed


_GUARD = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
"""A feed that is opened as a page may do nothing."""


def _links(request: Request, feed: FeedView) -> str:
    """``self``, and ``hub`` where there is one (RFC 8288; WebSub §4)."""
    here = "./" + quote(request.path_params["address"].rpartition("/")[2])
    links = [f'<{quote(feed.url, safe=_URL_CHARACTERS) if feed.url else here}>; rel="self"']
    if feed.hub:
        links.append(f'<{quote(feed.hub, safe=_URL_CHARACTERS)}>; rel="hub"')
    return ", ".join(links)
