"""A flood of changes as one Slack message: the newest by topic, and how many more. Pure."""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass

from watcher.model import Change
from watcher.notify.slack_blocks import (
    LABELS,
    Block,
    context,
    divider,
    header,
    link,
    paragraph,
    rich_text,
    shorten,
    size_of,
    words,
)

NEWEST = 200
ROOM = 9_000
"""Characters of JSON for the list itself, within what Slack takes for a whole message.

A topic with one article takes 300 of them, so there are never more than 30 topics, each a block.
"""

TITLE_LIMIT = 200
NO_TOPIC = "Other"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """What a digest keeps of a change: memory must not grow with the size of articles."""

    topic: str
    item: Block


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """The blocks of a digest, and all the changes (by sequence number) that it stands for."""

    heading: str
    blocks: list[Block]
    members: tuple[int, ...]


def digest(changes: Iterable[Change], *, feed_url: str | None) -> Digest:
    """A digest of all ``changes``: read once, in their order, only the newest kept."""
    members: list[int] = []
    kinds: Counter[str] = Counter()
    topics: Counter[str] = Counter()
    newest: deque[_Line] = deque(maxlen=NEWEST)
    for change in changes:
        members.append(change.sequence)
        kinds[change.kind] += 1
        newest.append(_line(change))
        topics[newest[-1].topic] += 1
    groups = _group(newest)
    more = len(members) - sum(len(group) for group in groups.values())
    blocks = [_group_block(topic, topics[topic], group) for topic, group in groups.items()]
    text = heading(kinds)
    return Digest(
        heading=text,
        blocks=[header(text), *blocks, divider(), *_rest(more, feed_url)],
        members=tuple(members),
    )


def heading(kinds: Counter[str]) -> str:
    """``3 new, 1 updated articles``: how many of which kind."""
    counts = ", ".join(f"{count:,} {kind}" for kind, count in kinds.items())
    return f"{counts} article{'' if kinds.total() == 1 else 's'}"


def _line(change: Change) -> _Line:
    content = change.article.content
    title = shorten(content.title.strip() or content.url, TITLE_LIMIT)
    label = [words(LABELS[change.kind])] if change.kind in LABELS else []
    topic = next((topic.strip() for topic in content.topics if topic.strip()), NO_TOPIC)
    return _Line(topic=topic, item=paragraph([*label, link(content.url, title)]))


def _group(newest: Iterable[_Line]) -> dict[str, list[Block]]:
    """The newest first, by topic, as far as they fit."""
    groups: dict[str, list[Block]] = {}
    room = ROOM
    for line in reversed([*newest]):
        if line.topic not in groups:
            room -= size_of([_group_block(line.topic, 0, [])])
        room -= size_of([line.item])
        if room < 0:
            break
        groups.setdefault(line.topic, []).append(line.item)
    return groups


def _group_block(topic: str, count: int, items: list[Block]) -> Block:
    block = rich_text([words(shorten(topic, TITLE_LIMIT), bold=True), words(f" ({count:,})")])
    block["elements"].append({"type": "rich_text_list", "style": "bullet", "elements": items})
    return block


def _rest(more: int, feed_url: str | None) -> list[Block]:
    told = [context(f"and {more:,} more")] if more else []
    return [*told, rich_text([link(feed_url, "All of them are in the feed")])] if feed_url else told
