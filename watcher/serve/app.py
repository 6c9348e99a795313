"""The HTTP app (DESIGN §7): its routes. Read-only.

Answers that need the view or a file are made in threads, a few at a time: those for feeds, for
pages and for probes apart, so that none waits for another. They are complete before the first byte
is sent, so a slow client costs a connection, never a thread.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial

import anyio
import anyio.to_thread
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from watcher.config.feed import FeedConfig
from watcher.config.feed_addresses import feeds_folder
from watcher.config.schema import HttpConfig
from watcher.errors import SeedwatchError
from watcher.log import fields
from watcher.model.public_json import article_schema
from watcher.serve.access import Access, HostCheck
from watcher.serve.addresses import Addresses
from watcher.serve.changes import Changes
from watcher.serve.feed_files import FeedFiles
from watcher.serve.feeds import Feeds
from watcher.serve.home import Home
from watcher.serve.hub import HubDoor
from watcher.serve.operations import Operations
from watcher.serve.pages import Pages
from watcher.serve.static import StaticFiles
from watcher.serve.view import View

log = logging.getLogger(__name__)

_FEED_THREADS, _PAGE_THREADS, _PROBE_THREADS = 8, 4, 2
_FEED_ROOM = 16 * 1024 * 1024

Answer = Callable[[Request], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


def make_app(
    view: View,
    *,
    config: HttpConfig,
    feeds: Sequence[FeedConfig],
    registry: CollectorRegistry,
    clock: Callable[[], datetime],
    changes: Changes,
    hub: HubDoor | None = None,
) -> Starlette:
    """Make the app of a view.

    ``feeds`` are the configured ones: their paths give their common folder.
    """
    access = Access(config, feeds)
    static = StaticFiles()
    with_status = config.status == "on"
    pages = Pages(
        static=static,
        clock=clock,
        site=config.title or "Seedwatch",
        with_status=with_status,
        shows_operations=access.shows_operations,
    )
    addresses = Addresses(feeds_folder(feeds))
    files = FeedFiles(room=_FEED_ROOM, clock=clock)
    served = Feeds(view, addresses=addresses, files=files, pages=pages, access=access)
    feed_threads, page_threads, probe_threads = map(
        anyio.CapacityLimiter, (_FEED_THREADS, _PAGE_THREADS, _PROBE_THREADS)
    )
    routes = [
        _route("/feeds/{address:path}", _in_thread(served.get, feed_threads)),
        _route("/opml", _in_thread(served.opml, feed_threads)),
        _route("/static/{name}", static.get, packed=True),
        _route("/favicon.ico", static.get),
        _route("/healthz", _in_thread(partial(_alive, view), probe_threads)),
        _route("/readyz", _in_thread(partial(_ready, view, access), probe_threads)),
    ]
    if with_status:
        home = Home(
            view,
            addresses=addresses,
            pages=pages,
            access=access,
            clock=clock,
            pictures=config.pictures == "on",
        )
        operations = Operations(view, pages=pages, access=access, clock=clock)
        metrics = partial(_metrics, registry, access)
        routes += [
            _route("/", _in_thread(home.front, page_threads), packed=True),
            _route("/articles/{id}", _in_thread(home.article, page_threads), packed=True),
            _route("/topics", _in_thread(home.topics, page_threads), packed=True),
            _route("/operations", _in_thread(operations.overview, page_threads), packed=True),
            _route(
                "/operations/{name:path}",
                _in_thread(operations.endpoint, page_threads),
                packed=True,
            ),
            _route("/changes", partial(_changes, changes, access)),
            _route("/metrics", _in_thread(metrics, probe_threads), packed=True),
            _route("/schema/article.json", partial(_schema, access), packed=True),
        ]
    if hub is not None:
        routes.append(Route("/hub", hub.post, methods=["POST"]))
    app = Starlette(
        routes=routes,
        exception_handlers=_handlers(pages),
        middleware=[Middleware(HostCheck, access=access)],
    )
    app.router.redirect_slashes = False
    return app


def _route(path: str, endpoint: Endpoint, *, packed: bool = False) -> Route:
    middleware = [Middleware(GZipMiddleware, compresslevel=6)] if packed else []
    return Route(path, endpoint, methods=["GET"], middleware=middleware)


def _in_thread(answer: Answer, limiter: anyio.CapacityLimiter) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return await anyio.to_thread.run_sync(answer, request, limiter=limiter)

    return endpoint


def _handlers(pages: Pages) -> dict[type[Exception], Callable[[Request, Exception], Response]]:
    def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for no other
        words = error.detail if error.detail != HTTPException(error.status_code).detail else None
        response = pages.refusal(request, error.status_code, words)
        if error.status_code == 405:  # noqa: PLR2004 - RFC 9110 §15.5.6: it must say what is
            allowed = (error.headers or {}).get("Allow", "").split(", ")
            response.headers["Allow"] = ", ".join(sorted(allowed))
        return response

    def unavailable(request: Request, error: Exception) -> Response:
        # The cause is in the log already, once; a page may be requested every second.
        log.debug("page not made", extra=fields(path=request.url.path, why=error))
        return pages.refusal(request, 503)

    def broken(request: Request, _error: Exception) -> Response:  # the server logs it
        return pages.refusal(request, 500)

    return {HTTPException: refused, SeedwatchError: unavailable, Exception: broken}


def _alive(view: View, _request: Request) -> Response:
    """503 if a restart would help: it does if a loop hangs, but not if the disk is full."""
    stuck = view.stuck()
    words = "".join(f"{line}\n" for line in stuck) or "ok\n"
    return PlainTextResponse(words, 503 if stuck else 200, {"Cache-Control": "no-store"})


def _ready(view: View, access: Access, _request: Request) -> Response:
    """200 if the daemon does its work. Only operators see why not."""
    health = view.health()
    body: dict[str, object] = {"ready": health.is_ready}
    if access.shows_operations:
        checks: dict[str, dict[str, object]] = {}
        for check in health.readiness():
            advice = {} if check.ok or not check.action else {"action": check.action}
            checks[check.name] = {"ok": check.ok, "detail": check.words, **advice}
        body |= {
            "checks": checks,
            "feeds_waiting": view.feeds_waiting(),
            "topics_without_feed": view.topics_without_feed(),
        }
    return JSONResponse(body, 200 if health.is_ready else 503, {"Cache-Control": "no-store"})


def _metrics(registry: CollectorRegistry, access: Access, request: Request) -> Response:
    if not access.shows_operations:
        raise HTTPException(403)
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    headers = {"Content-Type": content_type, "Cache-Control": "no-store"}
    return Response(encode(registry), headers=headers)


async def _changes(changes: Changes, access: Access, request: Request) -> Response:
    return await changes.get(request, access)


async def _schema(access: Access, request: Request) -> Response:
    headers = access.sharing(request) | {"Content-Type": "application/schema+json"}
    return JSONResponse(article_schema(), headers=headers)
