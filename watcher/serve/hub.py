"""The HTTP side of our own WebSub hub (W3C WebSub §5). Requests are verified elsewhere."""

from collections.abc import Callable, Collection
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from watcher.model.subscriber import HubRequest

USUAL_LEASE, LONGEST_LEASE, SHORTEST_LEASE = 10 * 86400, 30 * 86400, 60
"""In seconds; requested leases are limited to this range."""
_LONGEST_FORM = 16 * 1024
_LONGEST_URL = 1000
_LONGEST_SECRET = 200  # bytes, and less: §5.1

Ask = Callable[[HubRequest], str | None]
"""Queues a request for verification. Returns why that is not possible now; None if it is."""


class HubDoor:
    """Answers POST at ``/hub``. ``topics`` gives the addresses of the feeds that are ours."""

    def __init__(self, ask: Ask, topics: Callable[[], Collection[str]]) -> None:
        self._ask = ask
        self._topics = topics

    async def post(self, request: Request) -> Response:
        """202 if it will be verified, 400 with the reason if it makes no sense."""
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > _LONGEST_FORM:
                return _refuse("the form is too long", 413)
        try:
            wanted = _read(body, self._topics())
        except ValueError as error:
            return _refuse(str(error), 400)
        if (why := self._ask(wanted)) is not None:
            return PlainTextResponse(f"{why}\n", 503, {"Retry-After": "60"})
        return Response(status_code=202)


def _read(body: bytes, topics: Collection[str]) -> HubRequest:
    """What a form asks for. Raises ValueError with words for whoever sent it."""
    form = {
        name: values[-1]
        for name, values in parse_qs(body.decode("utf-8"), max_num_fields=50).items()
    }
    mode, topic = form.get("hub.mode"), form.get("hub.topic", "")
    callback, secret = form.get("hub.callback", ""), form.get("hub.secret")
    if mode not in {"subscribe", "unsubscribe"}:
        raise ValueError("hub.mode is subscribe or unsubscribe")
    if topic not in topics:
        raise ValueError("hub.topic is none of this hub's feeds")
    parts = urlsplit(callback)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise ValueError("hub.callback is an absolute http or https URL")
    if len(callback) > _LONGEST_URL or parts.fragment or not callback.isprintable():
        raise ValueError(f"hub.callback has at most {_LONGEST_URL} characters and no fragment")
    if secret is not None and len(secret.encode()) >= _LONGEST_SECRET:
        raise ValueError(f"hub.secret is shorter than {_LONGEST_SECRET} bytes")
    lease = form.get("hub.lease_seconds", "")
    seconds = int(lease) if lease.isascii() and lease.isdigit() and len(lease) < 10 else 0  # noqa: PLR2004
    return HubRequest(
        subscribe=mode == "subscribe",
        topic=topic,
        callback=callback,
        lease_seconds=min(max(seconds or USUAL_LEASE, SHORTEST_LEASE), LONGEST_LEASE),
        secret=secret or None,
    )


def _refuse(words: str, status: int) -> Response:
    return PlainTextResponse(f"{words}\n", status)
