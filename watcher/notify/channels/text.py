"""How changes are worded for people, and made to fit. Pure.

``cost`` is what a single character takes in the channel, with the escaping that it needs there.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, tzinfo

from watcher.model.article import Change
from watcher.model.bidi import isolate
from watcher.model.kinds import ChangeKind
from watcher.model.seed import Content
from watcher.model.wording import count

Cost = Callable[[str], int]

LABELS = {ChangeKind.UPDATED: "Updated: ", ChangeKind.REMOVED: "Removed: "}

ALSO = "also at "
"""Before the names of other outlets that have the same story."""

OUTLET_LIMIT = 60
_PROVIDER_LIMIT = 1000
_TOPICS_LIMIT = 1200
_MATCHES_LIMIT = 200

_CLAUSES = {
    "topics": "topic",
    "categories": "category",
    "types": "type",
    "providers": "provider",
    "title": "title",
    "text": "keyword",
    "text_regex": "text",
}
"""What people call a value of each clause of ``match``."""


def heading(kinds: Counter[str]) -> str:
    """``3 new, 1 updated articles``: how many of which kind."""
    counts = ", ".join(f"{number:,} {kind}" for kind, number in kinds.items())
    return f"{counts} article{'' if kinds.total() == 1 else 's'}"


def title_of(change: Change, longest: int = 1_000_000) -> str:
    """An article's name: its title, or its URL if that is blank; shortened.

    It can be put into a line: text from right to left is isolated.
    """
    content = change.article.content
    return isolate(shorten(content.title.strip() or content.url, longest))


def outlet_of(content: Content) -> str:
    """The publisher's name, fit for a line; empty if unknown."""
    name = (content.provider and (content.provider.name or content.provider.domain)) or ""
    return isolate(shorten(name, _PROVIDER_LIMIT))


def context_line(change: Change, zone: tzinfo = UTC) -> str:
    """Provider, topics, time and who else has it in one line; empty if nothing is known."""
    content = change.article.content
    topics = ", ".join(map(isolate, content.topics))
    local = content.published_at and content.published_at.astimezone(zone)
    at = f"{local:%Y-%m-%d %H:%M %Z}" if local else ""
    others = ", ".join(isolate(shorten(each.outlet, OUTLET_LIMIT)) for each in change.also)
    also = f"{ALSO}{others}" if others else ""
    matches = matches_line(change.matched)
    parts = [outlet_of(content), shorten(topics, _TOPICS_LIMIT), at, also, matches]
    return " · ".join(part for part in parts if part.strip())


def matches_line(matched: Mapping[str, Sequence[str]] | None) -> str:
    """``matches: keyword recall*``: what of the endpoint's ``match`` it has; empty if unknown."""
    if not matched:
        return ""
    named = (f"{_CLAUSES[name]} {', '.join(map(isolate, v))}" for name, v in matched.items())
    return shorten(f"matches: {', '.join(named)}", _MATCHES_LIMIT)


def is_link(url: str, limit: int) -> bool:
    """True if a URL can be linked where URLs may have ``limit`` characters."""
    return url.startswith(("http://", "https://")) and len(url) <= limit


def shorten(text: str, limit: int) -> str:
    """At most ``limit`` characters of ``text``, the last of them ``…`` if there were more."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def shorten_words(text: str, limit: int) -> str:
    """As :func:`shorten`, after a whole word where the text has such."""
    if len(text) <= limit:
        return text
    head, space, _ = text[:limit].rpartition(" ")
    if not space or len(head) <= limit // 2:
        return shorten(text, limit)
    return f"{head.rstrip('.,;:')}…"


def cut_note(missing: int) -> str:
    """The word about what no message can hold."""
    more = count(missing, "more character does", "more characters do")
    return f"… cut here: {more} not fit into a message"


def escape_mrkdwn(text: str) -> str:
    """``text`` so that Slack's mrkdwn sees no mention and no link in it (Slack: & < > only)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# ---------------------------------------------------------------- what fits


def fitting(text: str, room: int, cost: Cost) -> int:
    """How many characters of ``text`` fit into ``room``."""
    for at, character in enumerate(text):
        room -= cost(character)
        if room < 0:
            return at
    return len(text)


def cut(text: str, room: int, cost: Cost) -> str:
    """``text``, or its beginning with a word about how much is missing."""
    if fitting(text, room, cost) == len(text):
        return text
    longest_note = sum(map(cost, "\n" + cut_note(len(text))))
    kept = fitting(text, room - longest_note, cost)
    return f"{text[:kept]}\n{cut_note(len(text) - kept)}"


def split_title(text: str, room: int, cost: Cost) -> tuple[str, str]:
    """As much of a title as fits, and the rest, which is to go on below."""
    if fitting(text, room, cost) == len(text):
        return text, ""
    kept = fitting(text, room - cost("…"), cost)
    return f"{text[:kept]}…", f"…{text[kept:]}"


def units(text: str) -> int:
    """The length of a text in UTF-16, as JavaScript counts it: nothing counts more characters."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
