"""A summary where a seed has none: its first paragraph, or all up to ``<!-- more -->``. Pure."""

import re
from collections.abc import Iterable, Iterator

from watcher.ingest.text import plain_text

LONGEST = 500
_MORE = re.compile(r"<!--\s*(?:more|truncate|excerpt)\s*-->", re.IGNORECASE)
_MOST = 20
_HTML_SHARE = 20


def summary_of(body: str, html: str | None) -> str | None:
    """The summary of ``body``, which was rendered as ``html``."""
    if not html:
        return None
    paragraphs = _paragraphs(html)
    more = _MORE.search(body, 0, 50_000)
    if more is None:
        return next(_with_text(paragraphs), None)
    # The mark itself does not outlive rendering: paragraphs count until their words are beyond it.
    letters = _letters(body[: more.start()])
    kept: list[str] = []
    for paragraph in _with_text(paragraphs):
        if _letters(paragraph)[:40] not in letters:
            break
        kept.append(paragraph)
    return _shortened(" ".join(kept)) if kept else None


def _with_text(paragraphs: Iterable[str]) -> Iterator[str]:
    for paragraph in paragraphs:
        words = plain_text(paragraph)
        if words:
            yield _shortened(words)


def _paragraphs(html: str) -> Iterator[str]:
    start = 0
    for _ in range(_MOST):
        begin = html.find("<p>", start)
        end = html.find("</p>", begin)
        if begin < 0 or end < 0:
            return
        yield html[begin + 3 : min(end, begin + LONGEST * _HTML_SHARE)]
        start = end


def _letters(text: str) -> str:
    return "".join(sign for sign in text if sign.isalnum())


def _shortened(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return text[:LONGEST].rpartition(" ")[0].rstrip(" ,;:.-") + "…"
