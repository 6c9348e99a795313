"""One feed per topic: a topic's slug, and a topic's feed. Pure."""

import hashlib
import re
import unicodedata
from pathlib import Path

from watcher.config.feed import FeedConfig
from watcher.model.bidi import isolate

_MAX_LENGTH = 80
_HASH_LENGTH = 16
_PLAIN = re.compile(r"[a-z0-9]+(?: [a-z0-9]+)*")
# Windows opens a device for these, whatever the suffix.
_DEVICES = {"con", "prn", "aux", "nul"} | {f"{d}{n}" for d in ("com", "lpt") for n in range(10)}


def slug(topic: str) -> str:
    """A name for ``topic`` in files and URLs: ``a-z0-9-``, at most 80 characters, never empty.

    It depends on the topic alone, in any letter case; two topics never share one. A topic that
    its letters do not give back (``C++``, ``日本語``) ends in ``--`` and a hash; others never hold
    ``--``.
    """
    folded = topic.casefold()
    if _PLAIN.fullmatch(folded) and len(folded) <= _MAX_LENGTH and folded not in _DEVICES:
        return folded.replace(" ", "-")
    letters = unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()
    readable = re.sub(r"[^a-z0-9]+", "-", letters.lower())[: _MAX_LENGTH - _HASH_LENGTH - 2]
    digest = hashlib.sha256(folded.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_LENGTH]
    return f"{readable.strip('-') or 'topic'}--{digest}"


def topic_feed(feed: FeedConfig, topic: str) -> FeedConfig:
    """The feed of one topic, from a feed that is ``per: topic``.

    Its name, title, path and URL are the topic's own; its match and limit are the feed's.
    """
    name = slug(topic)
    return feed.model_copy(
        update={
            "name": f"{feed.name}/{name}",
            "title": f"{feed.title}: {isolate(topic)}" if feed.title else topic,
            "path": Path(str(feed.path).replace("{slug}", name)),
            "url": feed.url and feed.url.replace("{slug}", name),
            "per": None,
        }
    )
