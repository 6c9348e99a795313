"""What a client prefers, and what it has already (RFC 9110 §12.5, §13). Pure."""

import re
from datetime import UTC
from email.utils import formatdate, parsedate_to_datetime

from watcher.config.feed import FeedFormat

_ENTITY_TAG = re.compile(r'(?:W/)?("[^"]*")')
_ANY = "*/*"
_XML = ("application/xml", "text/xml")
_NAMES = {
    FeedFormat.ATOM: ("application/atom+xml", *_XML),
    FeedFormat.RSS: ("application/rss+xml", "application/rdf+xml", *_XML),
    FeedFormat.JSON: ("application/feed+json", "application/json"),
}


def http_date(moment: int) -> str:
    """Seconds since the epoch as an HTTP date."""
    return formatdate(moment, usegmt=True)


def is_not_modified(
    *, if_none_match: str | None, if_modified_since: str | None, etag: str, modified: int | None
) -> bool:
    """True if 304 is the answer. ``etag`` is strong and quoted, ``modified`` in seconds.

    Tags are compared weakly (§13.1.2), and where one is given, dates do not count (§13.1.3).
    """
    if if_none_match is not None:
        return if_none_match.strip() == "*" or etag in _ENTITY_TAG.findall(if_none_match)
    if if_modified_since is None or modified is None:
        return False
    since = _seconds(if_modified_since)
    return since is not None and modified <= since


def _seconds(date: str) -> float | None:
    """An HTTP date in seconds since the epoch; None if it is invalid (§13.1.3)."""
    try:
        moment = parsedate_to_datetime(date)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def prefers_page(accept: str | None, feed_format: FeedFormat) -> bool:
    """True if the client prefers HTML to the feed itself, as browsers do and feed readers do not.

    In doubt, as with ``*/*`` or no header at all, it gets the feed.
    """
    wishes = _wishes(accept or _ANY)
    feed = max(_media_quality(wishes, name) for name in _NAMES[feed_format])
    return _media_quality(wishes, "text/html") > feed


def wants_page(accept: str | None) -> bool:
    """True if an answer without a requested type, such as a 404, should be HTML."""
    return _wishes(accept or "").get("text/html", 0.0) > 0


def prefers_events(accept: str) -> bool:
    """True if server-sent events are wanted by name, and not less than JSON."""
    wishes = _wishes(accept)
    events = wishes.get("text/event-stream", 0.0)
    return events > 0 and events >= wishes.get("application/json", 0.0)


def accepts_gzip(accept_encoding: str | None) -> bool:
    """True if the client accepts gzip, and does not prefer the plain bytes."""
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
    """The most specific range counts: the type, else its family, else ``*/*``."""
    family = name.partition("/")[0] + "/*"
    return wishes.get(name, wishes.get(family, wishes.get(_ANY, 0.0)))
