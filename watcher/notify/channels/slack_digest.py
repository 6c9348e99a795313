"""A digest as Slack blocks. Pure."""

from watcher.notify.channels.digest import TITLE_LIMIT, Digest, Group, Line
from watcher.notify.channels.slack_blocks import (
    Block,
    context,
    divider,
    header,
    link,
    paragraph,
    rich_text,
    size_of,
    words,
)
from watcher.notify.channels.text import FEED_WORDS, shorten

ROOM = 9_000
"""Characters of JSON for the list itself, within what Slack takes for a whole message.

A topic with one article takes 300 of them, so there are never more than 30 topics, each a block.
"""


def digest_blocks(found: Digest, *, feed_url: str | None) -> list[Block]:
    """A block a topic, each with a list of links, between the heading and the way to the rest."""
    groups = [_group_block(group) for group in found.groups]
    return [header(found.heading), *groups, divider(), *_rest(found.more, feed_url)]


def topic_size(topic: str) -> int:
    return size_of([_group_block(Group(topic=topic, count=0, lines=()))])


def line_size(line: Line) -> int:
    return size_of([_item(line)])


def _item(line: Line) -> Block:
    label = [words(line.label)] if line.label else []
    return paragraph([*label, link(line.url, line.title)])


def _group_block(group: Group) -> Block:
    topic = words(shorten(group.topic, TITLE_LIMIT), bold=True)
    block = rich_text([topic, words(f" ({group.count:,})")])
    items = [_item(line) for line in group.lines]
    block["elements"].append({"type": "rich_text_list", "style": "bullet", "elements": items})
    return block


def _rest(more: int, feed_url: str | None) -> list[Block]:
    told = [context(f"and {more:,} more")] if more else []
    return [*told, rich_text([link(feed_url, FEED_WORDS)])] if feed_url else told
