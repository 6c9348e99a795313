"""A flood of changes as one message: the newest by topic, and how many more. Pure.

It knows no place to tell; each of those says how much room a line takes there.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from watcher.model.article import Change
from watcher.model.bidi import isolate
from watcher.notify.channels.text import LABELS, heading, title_of

NEWEST = 200
TITLE_LIMIT = 200
NO_TOPIC = "Other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a digest keeps of a change: memory must not grow with the size of articles."""

    topic: str
    label: str
    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The newest articles of a topic, and how many it has in the whole flood."""

    topic: str
    count: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What to tell of a flood, and all the changes (by sequence number) that it stands for."""

    heading: str
    groups: tuple[Group, ...]
    more: int
    members: tuple[int, ...]


def digest(
    changes: Iterable[Change],
    *,
    room: int,
    topic_size: Callable[[str], int],
    line_size: Callable[[Line], int],
) -> Digest:
    """A digest of all ``changes``: read once, in their order, only the newest kept.

    ``room`` is what its topics and lines may take together, as the two sizes count it.
    """
    members: list[int] = []
    kinds: Counter[str] = Counter()
    topics: Counter[str] = Counter()
    newest: deque[Line] = deque(maxlen=NEWEST)
    for change in changes:
        members.append(change.sequence)
        kinds[change.kind] += 1
        newest.append(_line(change))
        topics[newest[-1].topic] += 1
    lines = _fitting(newest, room, topic_size, line_size)
    return Digest(
        heading=heading(kinds),
        groups=tuple(
            Group(topic=topic, count=topics[topic], lines=tuple(of)) for topic, of in lines.items()
        ),
        more=len(members) - sum(len(of) for of in lines.values()),
        members=tuple(members),
    )


def _line(change: Change) -> Line:
    content = change.article.content
    return Line(
        topic=next((isolate(topic.strip()) for topic in content.topics if topic.strip()), NO_TOPIC),
        label=LABELS.get(change.kind, ""),
        title=title_of(change, TITLE_LIMIT),
        url=content.url,
    )


def _fitting(
    newest: deque[Line],
    room: int,
    topic_size: Callable[[str], int],
    line_size: Callable[[Line], int],
) -> dict[str, list[Line]]:
    """The newest first, by topic, as far as they fit."""
    groups: dict[str, list[Line]] = {}
    for line in reversed(newest):
        room -= line_size(line) + (topic_size(line.topic) if line.topic not in groups else 0)
        if room < 0:
            break
        groups.setdefault(line.topic, []).append(line)
    return groups
