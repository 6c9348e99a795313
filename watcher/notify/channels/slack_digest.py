"""A digest as Slack blocks. Pure."""

from watcher.model.article import Elsewhere
from watcher.notify.channels.digest import TITLE_LIMIT, Digest, Group, Line
from watcher.notify.channels.slack_blocks import (
    Block,
    header,
    is_link,
    link,
    paragraph,
    rich_text,
    size_of,
    words,
)
from watcher.notify.channels.text import ALSO, OUTLET_LIMIT, shorten

ROOM = 10_500
"""Characters of JSON for the list itself, within what Slack takes for a whole message.

A topic with one article takes 300 of them, so there are never more than 30 topics, each a block.
"""


def digest_blocks(found: Digest) -> list[Block]:
    """A block a topic, each with a list of links, below the heading."""
    return [header(found.heading), *map(_group_block, found.groups)]


def topic_size(topic: str) -> int:
    return size_of([_group_block(Group(topic=topic, lines=()))])


def line_size(line: Line) -> int:
    return size_of([_item(line)])


def _item(line: Line) -> Block:
    label = [words(line.label)] if line.label else []
    also = [part for each in line.also for part in (words(", "), _outlet(each))][1:]
    others = [words(f" {ALSO}"), *also] if also else []
    summary = [words(f"\n{line.summary}")] if line.summary else []
    details = [words(f" · {line.details}")]
    return paragraph([*label, link(line.url, line.title), *details, *others, *summary])


def _outlet(other: Elsewhere) -> Block:
    name = shorten(other.outlet, OUTLET_LIMIT)
    if not is_link(other.url):
        return words(name)
    return {"type": "link", "url": other.url, "text": name}


def _group_block(group: Group) -> Block:
    topic = words(shorten(group.topic, TITLE_LIMIT), bold=True)
    block = rich_text([topic, words(f" ({len(group.lines):,})")])
    items = [_item(line) for line in group.lines]
    block["elements"].append({"type": "rich_text_list", "style": "bullet", "elements": items})
    return block
