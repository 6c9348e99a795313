"""Many changes as one list, by topic. Pure.

It knows no place to tell; each of those says how much room a line takes there.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from watcher.model.article import Change
from watcher.model.bidi import isolate
from watcher.notify.channels.text import LABELS, heading, title_of

TITLE_LIMIT = 200
NO_TOPIC = "Other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a digest says of a change."""

    topic: str
    label: str
    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The articles of a topic, in the order of their changes."""

    topic: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One message's list: all its ``members``, by sequence number, are named in it."""

    heading: str
    groups: tuple[Group, ...]
    members: tuple[int, ...]


def digest(
    changes: Iterable[Change],
    *,
    room: int,
    topic_size: Callable[[str], int],
    line_size: Callable[[Line], int],
) -> Digest:
    """A digest of the first of ``changes``: at least one, and as many as fit.

    ``room`` is what its topics and lines may take together, as the two sizes count it.
    """
    members: list[int] = []
    kinds: Counter[str] = Counter()
    groups: dict[str, list[Line]] = {}
    for change in changes:
        line = _line(change)
        room -= line_size(line) + (topic_size(line.topic) if line.topic not in groups else 0)
        if room < 0 and members:
            break
        members.append(change.sequence)
        kinds[change.kind] += 1
        groups.setdefault(line.topic, []).append(line)
    return Digest(
        heading=heading(kinds),
        groups=tuple(Group(topic=t, lines=tuple(groups[t])) for t in sorted(groups, key=_order)),
        members=tuple(members),
    )


def _order(topic: str) -> tuple[bool, str]:
    """By name, so that a topic is found in its place each time; what has none comes last."""
    return topic == NO_TOPIC, topic.casefold()


def _line(change: Change) -> Line:
    content = change.article.content
    return Line(
        topic=next((isolate(topic.strip()) for topic in content.topics if topic.strip()), NO_TOPIC),
        label=LABELS.get(change.kind, ""),
        title=title_of(change, TITLE_LIMIT),
        url=content.url,
    )
