"""What a client would rather have (RFC 9110 §12.5). Pure."""

from watcher.config.schema import FeedFormat

_ANY = "*/*"
_XML = ("application/xml", "text/xml")
_NAMES = {
    FeedFormat.ATOM: ("application/atom+xml", *_XML),
    FeedFormat.RSS: ("application/rss+xml", "application/rdf+xml", *_XML),
    FeedFormat.JSON: ("application/feed+json", "application/json"),
}


def prefers_page(accept: str | None, feed_format: FeedFormat) -> bool:
    """Whether HTML is wanted more than the feed itself, as browsers say and feed readers do not.

    In doubt, as with ``*/*`` or no header at all, it is the feed.
    """
    wishes = _wishes(accept or _ANY)
    feed = max(_media_quality(wishes, name) for name in _NAMES[feed_format])
    return _media_quality(wishes, "text/html") > feed


def wants_page(accept: str | None) -> bool:
    """Whether an answer that nobody asked for by its type, such as a 404, should be HTML."""
    return _wishes(accept or "").get("text/html", 0.0) > 0


def accepts_gzip(accept_encoding: str | None) -> bool:
    """Whether gzip may be sent, and is not wanted less than the plain bytes."""
    wishes = _wishes(accept_encoding or "")
    gzip = wishes.get("gzip", wishes.get("x-gzip", wishes.get("*", 0.0)))
    return gzip > 0 and gzip >= wishes.get("identity", 0.0)


def _wishes(header: str) -> dict[str, float]:
    """Each name of a header with its quality. A name twice counts at its best."""
    wishes: dict[str, float] = {}
    for part in header.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if name:
            wishes[name] = max(_quality(parameters), wishes.get(name, 0.0))
    return wishes


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


def _media_quality(wishes: dict[str, float], name: str) -> float:
    """The most exact wish counts: the type, else its family, else whatever there is."""
    family = name.partition("/")[0] + "/*"
    return wishes.get(name, wishes.get(family, wishes.get(_ANY, 0.0)))
