"""Access rules: which hosts are answered, what only operators see, what other sites may read.

A daemon on loopback answers to loopback names and configured hosts only: otherwise any web page
could read it through the browser of somebody on this machine, under a name that its author points
here (DNS rebinding). Pure.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import URL, Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from watcher.config.feed import FeedConfig
from watcher.config.schema import HttpConfig
from watcher.config.values import is_loopback, split_listen

_MISDIRECTED = "Not here: this server answers to this machine's own names. Set http.public_url.\n"


class Access:
    """The rules of a config."""

    def __init__(self, config: HttpConfig, feeds: Sequence[FeedConfig] = ()) -> None:
        where = split_listen(config.listen)
        self.is_local = where is None or is_loopback(where[0])
        self._public_url = config.public_url and config.public_url.rstrip("/")
        urls = [config.public_url, *(feed.url for feed in feeds)]
        self._hosts = {host for url in urls if url and (host := urlsplit(url).hostname)}
        self.shows_operations = (
            self.is_local if config.operations == "auto" else config.operations == "on"
        )

    def answers(self, host: str | None) -> bool:
        """True if a request with this ``Host`` is meant for us; HTTP/1.0 has none."""
        if not self.is_local or host is None:
            return True
        name = _name(host)
        return name is not None and (name in self._hosts or is_loopback(name))

    def is_public(self, host: str | None) -> bool:
        """True if any page of the web may read what was asked for at this host."""
        if not self.is_local:
            return True
        name = _name(host or "")
        return name is not None and name in self._hosts and not is_loopback(name)

    def sharing(self, request: Request) -> dict[str, str]:
        """The headers that let any web page read an answer, where that is intended."""
        if not self.is_public(request.headers.get("host")):
            return {"Cross-Origin-Resource-Policy": "same-origin"}
        return {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": "ETag, Link",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }

    def base_url(self, request: Request) -> str:
        """This server's address for readers, without a trailing slash: for addresses to copy."""
        if self._public_url:
            return self._public_url
        url = URL(scope=request.scope)
        return f"{url.scheme}://{url.netloc}"


class HostCheck:
    """Refuses requests for other hosts, before anything else handles them."""

    def __init__(self, app: ASGIApp, *, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if scope["type"] == "http" and not self._access.answers(Headers(scope=scope).get("host")):
            app = PlainTextResponse(_MISDIRECTED, 421)
        await app(scope, receive, send)


def _name(host: str) -> str | None:
    """The name or address in a ``Host``, in lower case; None if it is none."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
