"""One change as Slack blocks, within Slack's limits by construction. Pure.

Untrusted text goes into ``plain_text`` objects and ``rich_text`` elements alone: Slack shows those
as they are, so a title can neither ping a channel nor smuggle in a link. Long text is split over
blocks; what even that cannot hold is cut with a word about how much is missing.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, tzinfo
from typing import Any

from watcher.model.article import Change
from watcher.model.bidi import isolate
from watcher.model.seed import Content
from watcher.notify.channels.text import LABELS, context_line, cut_note, shorten
from watcher.notify.channels.text import is_link as fits_link

Block = dict[str, Any]

TEXT_LIMIT = 3000
HEADER_LIMIT = 150
URL_LIMIT = 3000
ALT_LIMIT = 2000
TEXT_BLOCKS = 12
"""Blocks of title and summary together: 36,000 characters, below the 40,000 of a message."""


def change_blocks(change: Change, zone: tzinfo = UTC) -> list[Block]:
    """Title with its link, summary with its picture, context line: 13 blocks at most."""
    content = change.article.content
    told = [*_title(change), *_summary(content)]
    return [*_fit(told), *_context(change, zone)]


def size_of(blocks: Iterable[Block]) -> int:
    """Characters of the blocks as JSON, which is about what Slack counts."""
    return len(json.dumps(list(blocks), ensure_ascii=False, separators=(",", ":")))


def blocks_text(blocks: Iterable[Any]) -> str:
    """The words of blocks, a line each. Raises AttributeError where they are none of Slack's."""
    return "\n".join(line for block in blocks for line in _lines(block))


def _lines(block: Any) -> Iterator[str]:
    match block.get("type"):
        case "rich_text":
            if len(block["elements"]) > 1:  # a digest's topic and its list
                yield ""
            for part in block["elements"]:
                yield from _lines(part)
        case "rich_text_list":
            yield from (f"• {_run(item)}".replace("\n", "\n  ") for item in block["elements"])
        case "rich_text_section" | "context":
            yield _run(block)
        case "divider":
            yield ""
        case _:
            yield from (part.get("text", "") for part in [block.get("text")] if part)


def _run(paragraph: Any) -> str:
    return "".join(part.get("text", part.get("url", "")) for part in paragraph["elements"])


def header(text: str) -> Block:
    return {"type": "header", "text": plain_text(shorten(text, HEADER_LIMIT))}


def section(text: str) -> Block:
    return {"type": "section", "text": plain_text(text)}


def context(text: str) -> Block:
    return {"type": "context", "elements": [plain_text(text)]}


def divider() -> Block:
    return {"type": "divider"}


def plain_text(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}


def rich_text(elements: list[Block]) -> Block:
    """One paragraph of rich text elements."""
    return {"type": "rich_text", "elements": [paragraph(elements)]}


def paragraph(elements: list[Block]) -> Block:
    return {"type": "rich_text_section", "elements": elements}


def words(text: str, *, bold: bool = False) -> Block:
    return {"type": "text", "text": text} | ({"style": {"bold": True}} if bold else {})


def link(url: str, text: str) -> Block:
    """``text`` in bold, linked if Slack takes such a URL."""
    if not is_link(url):
        return words(text, bold=True)
    return {"type": "link", "url": url, "text": text, "style": {"bold": True}}


def is_link(url: str) -> bool:
    return fits_link(url, URL_LIMIT)


def split(text: str) -> list[str]:
    """``text`` in pieces that fit a block: between words if possible, blank pieces left out."""
    pieces = []
    while len(text) > TEXT_LIMIT:
        at = text.rfind(" ", TEXT_LIMIT // 2, TEXT_LIMIT) + 1 or TEXT_LIMIT
        pieces.append(text[:at])
        text = text[at:]
    return [piece for piece in [*pieces, text] if piece.strip()]


def _title(change: Change) -> list[Block]:
    content = change.article.content
    title = isolate(content.title) or content.url
    pieces = [[link(content.url, piece)] for piece in split(title)]
    if not is_link(content.url):
        pieces += [[words(piece)] for piece in split(content.url)]
    if label := LABELS.get(change.kind):
        pieces[:1] = [[words(label, bold=True), *pieces[0]]] if pieces else [[words(label)]]
    return [rich_text(piece) for piece in pieces]


def _summary(content: Content) -> list[Block]:
    sections = [section(piece) for piece in split(content.summary or "")]
    picture = _picture(content)
    if picture and sections:
        sections[0]["accessory"] = picture
    elif picture:
        sections = [section("Picture") | {"accessory": picture}]
    return sections


def _picture(content: Content) -> Block | None:
    """The first image that Slack takes. Slack wants an alternative text, and not an empty one."""
    for image in content.images:
        if is_link(image.url):
            text = (image.title or "").strip() or content.title.strip() or "Picture"
            return {"type": "image", "image_url": image.url, "alt_text": shorten(text, ALT_LIMIT)}
    return None


def _context(change: Change, zone: tzinfo) -> list[Block]:
    line = context_line(change, zone)
    return [context(line)] if line else []


def _fit(blocks: list[Block]) -> list[Block]:
    """The blocks, or the first of them and how much the others hold."""
    if len(blocks) <= TEXT_BLOCKS:
        return blocks
    kept, left = blocks[: TEXT_BLOCKS - 1], blocks[TEXT_BLOCKS - 1 :]
    missing = sum(len(_text(block)) for block in left)
    return [*kept, context(cut_note(missing))]


def _text(block: Block) -> str:
    if block["type"] == "section":
        return str(block["text"]["text"])
    return "".join(element["text"] for element in block["elements"][0]["elements"])
