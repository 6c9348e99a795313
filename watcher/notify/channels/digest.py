"""Many changes as one list, a line a story, in groups. Pure.

It knows no place to tell; each of those says how much room a line takes there.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Literal

from watcher.model.article import MOST_NAMED, Change, Elsewhere
from watcher.model.bidi import isolate
from watcher.notify.channels.text import (
    LABELS,
    heading,
    matches_line,
    outlet_of,
    shorten,
    shorten_words,
    title_of,
)

TITLE_LIMIT = 200
SUMMARY_LIMIT = 120
NOTIFICATION_LIMIT = 150
NO_TOPIC = "Other"
_ALL = "Articles"
_ONE_OUTLET = "Told by one outlet"

GroupBy = Literal["topic", "provider", "story", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One item of a digest. ``details`` are outlet, time and what it matches."""

    topic: str
    label: str
    title: str
    url: str
    details: str = ""
    summary: str = ""
    also: tuple[Elsewhere, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The articles of a topic, in the order of their changes."""

    topic: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One message's list: all its ``members``, by sequence number, are named in it.

    ``notification`` says what is in it where people see one line of it.
    """

    heading: str
    notification: str
    groups: tuple[Group, ...]
    members: tuple[int, ...]


def digest(
    changes: Iterable[Change],
    *,
    room: int,
    topic_size: Callable[[str], int],
    line_size: Callable[[Line], int],
    group_by: GroupBy = "topic",
    zone: tzinfo = UTC,
) -> Digest:
    """A digest of the first of ``changes``: at least one, and as many as fit.

    Articles of one story are one line: of the article of the highest quality, then the earliest.
    ``room`` is what its topics and lines may take together, as the two sizes count it.
    """
    members: list[int] = []
    kinds: Counter[str] = Counter()
    items: dict[str, Change] = {}
    topics: Counter[str] = Counter()
    for change in changes:
        key = _item_of(change)
        before = items.get(key)
        head = change if before is None else _headline(before, change)
        if head is not before:
            topic = _topic_of(head, group_by)
            room -= line_size(_line(head, topic, zone)) + (
                0 if topics[topic] else topic_size(topic)
            )
            if before is not None:
                topics[_topic_of(before, group_by)] -= 1
                room += line_size(_line(before, _topic_of(before, group_by), zone))
            topics[topic] += 1
        if room < 0 and members:
            break
        items[key] = head
        members.append(change.sequence)
        kinds[change.kind] += 1
    groups: dict[str, list[Line]] = {}
    for head in items.values():
        topic = _topic_of(head, group_by)
        groups.setdefault(topic, []).append(_line(head, topic, zone))
    order = sorted(groups, key=_by_outlets if group_by == "story" else _order)
    return Digest(
        heading=heading(kinds),
        notification=_notification(kinds, [line.title for t in order for line in groups[t]]),
        groups=tuple(Group(topic=topic, lines=tuple(groups[topic])) for topic in order),
        members=tuple(members),
    )


def _notification(kinds: Counter[str], titles: list[str]) -> str:
    """``12 new: The first title; the next …``."""
    counts = ", ".join(f"{count:,} {kind}" for kind, count in kinds.items())
    return shorten(f"{counts}: {'; '.join(titles)}", NOTIFICATION_LIMIT)


def _item_of(change: Change) -> str:
    """The item for a change: its story if other outlets have it, else the change itself."""
    return change.article.story or "" if change.also else str(change.sequence)


def _headline(one: Change, other: Change) -> Change:
    return max((one, other), key=_rank)


def _rank(change: Change) -> tuple[float, float]:
    content = change.article.content
    at = content.published_at or change.article.first_seen_at
    return content.quality or 0.0, -at.timestamp()


def _topic_of(change: Change, group_by: GroupBy) -> str:
    """The heading for a change."""
    content = change.article.content
    match group_by:
        case "topic":
            names = [topic.strip() for topic in content.topics]
        case "provider":
            provider = content.provider
            names = [provider.name or provider.domain or ""] if provider else []
        case "story":
            outlets = 1 + len(change.also)
            if len(change.also) == MOST_NAMED:
                return f"Told by {outlets} or more outlets"
            return f"Told by {outlets} outlets" if outlets > 1 else _ONE_OUTLET
        case "none":
            return _ALL
    return next((isolate(name) for name in names if name), NO_TOPIC)


def _by_outlets(topic: str) -> int:
    """Sort by number of outlets, most first."""
    return -1 if topic == _ONE_OUTLET else -int(topic.split()[2])


def _order(topic: str) -> tuple[bool, str]:
    """By name, so that a topic is found in its place each time; what has none comes last."""
    return topic == NO_TOPIC, topic.casefold()


def _details(change: Change, zone: tzinfo) -> str:
    """``Example · 2 Jan 09:12 · matches: keyword recall*``: as far as it is known."""
    content = change.article.content
    local = (content.published_at or change.at).astimezone(zone)
    parts = (outlet_of(content), f"{local:%-d %b %H:%M}", matches_line(change.matched))
    return " · ".join(part for part in parts if part)


def _line(change: Change, topic: str, zone: tzinfo) -> Line:
    summary = " ".join((change.article.content.summary or "").split())
    return Line(
        topic=topic,
        details=_details(change, zone),
        summary=isolate(shorten_words(summary, SUMMARY_LIMIT)),
        label=LABELS.get(change.kind, ""),
        title=title_of(change, TITLE_LIMIT),
        url=change.article.content.url,
        also=change.also,
    )
