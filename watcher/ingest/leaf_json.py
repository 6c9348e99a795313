"""Scalars as they are written, to the JSON of what they say as leaves of a record. Pure.

Each is read as in the ordinary way. Where that would change nothing, the scalar is its own JSON: in
double quotes and without escapes, YAML and JSON are the same.
"""

import re
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from watcher.clock import format_time
from watcher.ingest.fast_scalars import read_scalar
from watcher.ingest.plain_record import LEAVES, Declined
from watcher.ingest.text import CLEAN_BEYOND_ASCII
from watcher.ingest.urls import MAX_URL_BYTES, PLAIN_URL
from watcher.store.content_json import encode_json

ReadLeaf = Callable[[Any], Any]
Topics = tuple[str, ...]

_MOST = 4_096
_SHORT = 40
_SHORT_LIST = 200

# Clean texts, each in double quotes and on a line; no escapes, no spaces but one between words.
_SETTLED_TEXTS = re.compile(
    rf'(?:"(?:[!#-%\'-;=-\[\]-~{CLEAN_BEYOND_ASCII}]++(?: (?!"))?+)++"(?:\n|\Z))++'
)
_PLAIN_URLS = re.compile(rf'(?:"{PLAIN_URL.pattern}"(?:\n|\Z))++')


class LeafJson(dict[str, str]):
    """The JSON of leaves of one kind, by how they are written; that of short ones is remembered.

    It is empty if there is nothing in it. Looking one up raises Unusual, BadValue or Declined if it
    is not for the fast way.
    """

    def __init__(self, read: ReadLeaf) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, written: str) -> str:
        value = read_scalar(written)
        leaf = None if value is None else self._read(value)
        encoded = "" if leaf is None else _encode(leaf)
        if len(written) <= _SHORT:
            if len(self) >= _MOST:
                self.clear()
            self[written] = encoded
        return encoded


def _encode(leaf: Any) -> str:
    return encode_json(format_time(leaf) if isinstance(leaf, datetime) else leaf)


leaf_json = cache(LeafJson)
"""The one for each way to read a leaf."""

TEXTS = leaf_json(LEAVES.text)
URLS = leaf_json(LEAVES.url)


def are_settled(quoted: Collection[str]) -> bool:
    """Whether texts in double quotes are, in all that they say, as they are to be.

    Clean text without needless spaces is what :func:`watcher.ingest.text.plain_text` leaves as it
    is. They are looked at together: that is much faster.
    """
    return _SETTLED_TEXTS.fullmatch("\n".join(quoted)) is not None


def are_plain_urls(quoted: Collection[str]) -> bool:
    """Whether URLs in double quotes are, in all that they say, as they are to be."""
    lines = "\n".join(quoted)
    is_short = len(lines) <= MAX_URL_BYTES or max(map(len, quoted)) <= MAX_URL_BYTES
    return is_short and _PLAIN_URLS.fullmatch(lines) is not None


def topics_json(written: Sequence[str]) -> tuple[str, Topics]:
    """The JSON of topics, without brackets, and the topics."""
    short = len(written) < _SHORT and all(len(topic) <= _SHORT for topic in written)
    return _short_topics_json(tuple(written)) if short else _topics_json(tuple(written))


def _topics_json(written: Topics) -> tuple[str, Topics]:
    topics = LEAVES.topics([read_scalar(topic) for topic in written])
    if not topics:
        raise Declined
    return encode_json(topics)[1:-1], topics


_short_topics_json = lru_cache(maxsize=_MOST)(_topics_json)
