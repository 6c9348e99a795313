"""Pages for people: renders templates, and adds security headers.

Most servers only serve feeds and metrics: Jinja is loaded with the first page.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from watcher.clock import format_time
from watcher.model.bidi import isolate
from watcher.model.wording import count
from watcher.serve import wording
from watcher.serve.conditional import wants_page
from watcher.serve.static import StaticFiles

if TYPE_CHECKING:
    from jinja2 import Environment

_REFUSALS = {
    403: ("For operators", "This is shown only where http.operations in the config allows it."),
    404: ("Nothing here", "There is nothing at this address."),
    410: ("Taken back", "What was here is no longer here."),
    405: ("Only to be read", "Nothing here can be changed: ask with GET or HEAD."),
    500: ("Something went wrong", "This page could not be made; the log says why."),
    503: (
        "Not available right now",
        "What this page shows cannot be read at the moment. Feeds are served as ever.",
    ),
}


class Pages:
    """Makes pages. ``site`` is the site's name; ``with_status``: there is a front page."""

    def __init__(
        self,
        *,
        static: StaticFiles,
        clock: Callable[[], datetime],
        site: str,
        with_status: bool,
        shows_operations: bool,
    ) -> None:
        self._clock = clock
        self._globals = {
            "static": static.versioned,
            "site": site,
            "with_status": with_status,
            "shows_operations": shows_operations,
        }

    @cached_property
    def _templates(self) -> "Environment":
        from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415  # see above

        templates = Environment(
            loader=PackageLoader("watcher.serve"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        templates.globals.update(self._globals)
        templates.filters.update(
            cut=wording.cut, count=count, day=wording.day, minute=wording.minute,
            machine_time=format_time, web_url=web_url, isolate=isolate,
        )  # fmt: skip
        return templates

    def page(
        self,
        request: Request,
        template: str,
        context: Mapping[str, Any],
        *,
        status: int = 200,
        pictures: bool = False,
    ) -> Response:
        """Render a page. Only ``pictures`` allows requests to other hosts, for images alone."""
        now = self._clock()
        text = self._templates.get_template(template).render(
            context,
            top=top_of(request),
            relative=lambda moment: wording.relative(moment, now),
        )
        return HTMLResponse(
            text.encode("utf-8", "replace"), status, page_headers(pictures=pictures)
        )

    def refusal(self, request: Request, status: int, words: str | None = None) -> Response:
        """An error in words: as a page for browsers, as a line of text for others."""
        title, usual = _REFUSALS.get(status, (f"Error {status}", "The request was refused."))
        words = words or usual
        if not wants_page(request.headers.get("accept")):
            return PlainTextResponse(f"{title}: {words}\n", status, page_headers(pictures=False))
        return self.page(request, "refusal.html", {"title": title, "words": words}, status=status)


def page_headers(*, pictures: bool) -> dict[str, str]:
    """Headers of everything that a browser shows as a page."""
    policy = {
        "default-src": "'none'",
        "style-src": "'self'",
        "script-src": "'self'",
        "img-src": "'self' https:" if pictures else "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-cache",
        "Vary": "Accept, Cookie",
    }


def top_of(request: Request) -> str:
    """The relative path from this page to ``/``, so that links also work below a proxy's prefix."""
    raw: bytes = request.scope.get("raw_path") or b"/"
    return "../" * (raw.count(b"/") - 1) or "./"


def web_url(url: str) -> str:
    """A URL that is safe to link to; empty if it is not http(s)."""
    return url if url.lower().startswith(("https://", "http://")) else ""
