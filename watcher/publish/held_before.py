"""Feeds of ours that lie on disk, to the articles that they hold: what a lost state knew."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from watcher.config.feed import FeedConfig
from watcher.model.held_before import HeldBefore

_ID = re.compile(r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PUBLISHED = re.compile(
    r"""<published>([^<]{10,40})</published>|<pubDate>([^<]{10,40})</pubDate>"""
    r"""|"date_published":\s*"([^"]{10,40})\""""
)
_LARGEST = 64 * 1024 * 1024


def read_held(feeds: Iterable[FeedConfig]) -> HeldBefore:
    """What the feeds hold that lie where the config puts them; those that cannot be read, nothing.

    Those per topic or with a ``match`` say which articles they hold, but not which ones are newer.
    """
    ids: set[str] = set()
    newest: datetime | None = None
    for feed in feeds:
        if feed.per is not None:
            continue
        try:
            if feed.path.stat().st_size > _LARGEST:
                continue
            text = feed.path.read_text("utf-8", "replace")
        except OSError:
            continue
        found = _ID.findall(text)
        ids.update(found)
        if found and not feed.match.model_fields_set:
            newest = max((_time("".join(one)) for one in _PUBLISHED.findall(text)), default=newest)
    return HeldBefore(ids=frozenset(ids), newest=newest)


def _time(text: str) -> datetime:
    try:
        moment = parsedate_to_datetime(text) if text[:1].isalpha() else datetime.fromisoformat(text)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
