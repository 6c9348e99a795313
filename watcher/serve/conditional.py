"""Conditional requests (RFC 9110 §13): does the client have it already? Pure."""

import re
from datetime import UTC
from email.utils import formatdate, parsedate_to_datetime

_ENTITY_TAG = re.compile(r'(?:W/)?("[^"]*")')


def http_date(moment: int) -> str:
    """Seconds since the epoch as an HTTP date."""
    return formatdate(moment, usegmt=True)


def is_not_modified(
    *, if_none_match: str | None, if_modified_since: str | None, etag: str, modified: int | None
) -> bool:
    """Whether 304 is the answer. ``etag`` is strong and quoted, ``modified`` in seconds.

    Tags are compared weakly (§13.1.2), and where one is given, dates do not count (§13.1.3).
    """
    if if_none_match is not None:
        return if_none_match.strip() == "*" or etag in _ENTITY_TAG.findall(if_none_match)
    if if_modified_since is None or modified is None:
        return False
    since = _seconds(if_modified_since)
    return since is not None and modified <= since


def _seconds(date: str) -> float | None:
    """An HTTP date in seconds since the epoch; one that is none is ignored (§13.1.3)."""
    try:
        moment = parsedate_to_datetime(date)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
