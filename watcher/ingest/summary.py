"""What a body says where the keys do not: a title by its first heading, and a summary. Pure.

The summary is its first paragraph, or all up to ``<!-- more -->``.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from watcher.ingest.text import plain_text

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ATX = re.compile(r" {0,3}(?P<level>#{1,6})[ \t]+(?P<words>.*?)(?:[ \t]+#+)?[ \t]*")
_UNDER = re.compile(r" {0,3}(?P<mark>=+|-{2,})[ \t]*")
_NO_PARAGRAPH = re.compile(r" {0,3}(?:[>|*+-]|\d+[.)]|#|<|!\[)|\s")
_HTML = re.compile(r"\s*<h1[^<>]*>(?P<words>.*?)</h1\s*>\s*", re.IGNORECASE)
_ATTRIBUTES = re.compile(r"[ \t]*\{[:#.][^{}]*\}[ \t]*$")
_UNSEEN = re.compile(r"\s*(?:<!--.*-->|\[//\]:.*|!\[[^\]]*\]\([^)]*\)|\{%.*%\}|\{\{.*\}\})?\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """``words`` are Markdown, on one line; ``body`` is what is left without them."""

    words: str
    body: str


def first_heading(body: str) -> Heading | None:  # one look at each line
    """The heading that can be a title: one of the first level, or the one before all text."""
    lines = body.splitlines(keepends=True)
    fence = ""
    is_first = True
    for n, line in enumerate(lines):
        bare = line.rstrip("\r\n")
        if found := _FENCE.match(bare):
            mark = found[1]
            if not fence:
                fence = mark
            elif mark[0] == fence[0] and len(mark) >= len(fence):
                fence = ""
            is_first = False
            continue
        if fence:
            continue
        found = _ATX.fullmatch(bare)
        if found and found["words"] and (is_first or len(found["level"]) == 1):
            words = _ATTRIBUTES.sub("", found["words"]).strip()
            return Heading(words=words, body="".join(lines[:n] + lines[n + 1 :]))
        if is_first and (found := _HTML.fullmatch(bare)):
            return Heading(words=found["words"], body="".join(lines[:n] + lines[n + 1 :]))
        under = _UNDER.fullmatch(lines[n + 1].rstrip("\r\n")) if n + 1 < len(lines) else None
        if under and bare.strip() and not _NO_PARAGRAPH.match(bare):
            is_own = n == 0 or not lines[n - 1].strip()
            if is_own and (is_first or under["mark"][0] == "="):
                return Heading(words=bare.strip(), body="".join(lines[:n] + lines[n + 2 :]))
        is_first = is_first and bool(_UNSEEN.fullmatch(bare))
    return None


LONGEST = 500
_MORE = re.compile(r"<!--\s*(?:more|truncate|excerpt)\s*-->", re.IGNORECASE)
_REFERENCE = re.compile(r"^ {0,3}\[[^\]\n]{1,200}\]: .*$", re.MULTILINE)
_FURTHEST = 50_000
_MOST = 20
_HTML_SHARE = 20


def summary_of(body: str, html: str | None, render: Callable[[str], str | None]) -> str | None:
    """The summary of ``body``, which was rendered as ``html``; ``render`` does that for a part."""
    if not html:
        return None
    more = _MORE.search(body, 0, _FURTHEST)
    if more is not None:
        # The mark does not outlive rendering. What links refer to may stand at the end of the body.
        head = (
            body[: more.start()] + "\n\n" + "\n".join(_REFERENCE.findall(body, more.end())[:_MOST])
        )
        if kept := " ".join(_with_text(_paragraphs(render(head) or ""))):
            return _shortened(kept)
    return next(_with_text(_paragraphs(html)), None)


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


def _shortened(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return text[:LONGEST].rpartition(" ")[0].rstrip(" ,;:.-") + "…"
