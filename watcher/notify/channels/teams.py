"""Microsoft Teams: Adaptive Cards for a Workflows webhook, and what its answers mean.

Article text goes into the runs of a ``RichTextBlock`` alone, which know no Markdown; and a card
without ``msteams.entities`` mentions nobody, whatever its text looks like.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from functools import lru_cache, partial
from http import HTTPStatus
from itertools import islice
from typing import Any

from watcher.config.endpoint import EndpointConfig
from watcher.model.article import Change
from watcher.model.delivery import Outcome
from watcher.model.seed import Content
from watcher.notify.channels.channel import Channel, Composed, NoticeKind, encode_json
from watcher.notify.channels.digest import Digest, Group, Line, digest
from watcher.notify.channels.text import (
    ALSO,
    LABELS,
    OUTLET_LIMIT,
    context_line,
    cut,
    heading,
    is_link,
    shorten,
    split_title,
    title_of,
    units,
)
from watcher.notify.flood import Layout, take_fitting
from watcher.notify.outcome import Response, Verdict, judge_status

MESSAGE = 28 * 1024
"""Bytes of a message, counted as UTF-8 and as UTF-16: Teams has been seen to do either."""

TOGETHER = 27 * 1024
"""The same for the elements of a card: leaves room for what is around them."""

TITLE = 6_000
TEXT = 12_000
"""Bytes, counted alike, of title and summary; a context line, two URLs and keys take the rest."""

CONTEXT = 400
ALT_TEXT = 100
URL = 2_000
DIGEST = 24 * 1024

GONE = ("WorkflowNotFound", "WorkflowTriggerIsNotEnabled")
"""Error codes for a workflow that was deleted or turned off."""

Element = dict[str, Any]


class TeamsChannel(Channel):
    """Composes for one Teams workflow."""

    def __init__(self, endpoint: EndpointConfig) -> None:
        super().__init__(endpoint)

    def compose(self, changes: Iterable[Change], *, layout: Layout, now: datetime) -> Composed:  # noqa: ARG002 - Teams shows when a message came
        if layout is Layout.DIGEST:
            found = digest(
                changes,
                room=DIGEST,
                topic_size=_topic_size,
                line_size=_line_size,
                group_by=self._endpoint.group_by,
                zone=self._endpoint.timezone,
            )
            return Composed(body=_encode(_digest(found)), members=found.members)
        offer = islice(changes, self._endpoint.items_per_message)
        taken, parts = take_fitting(
            offer, partial(change_elements, zone=self._endpoint.timezone), _fit_together
        )
        kinds = Counter[str](change.kind for change in taken)
        head = [_title(heading(kinds))] if len(taken) > 1 else []
        return Composed(
            body=_encode([*head, *(element for part in parts for element in part)]),
            members=tuple(change.sequence for change in taken),
        )

    def compose_notice(self, kind: NoticeKind, text: str, *, now: datetime) -> bytes:  # noqa: ARG002 - as in compose
        return _encode([_title(f"Seedwatch {kind}"), _paragraph(_run(cut(text, TEXT, _cost)))])

    def as_text(self, body: bytes) -> str:
        elements = json.loads(body)["attachments"][0]["content"]["body"]
        runs = ("".join(run["text"] for run in each.get("inlines", ())) for each in elements)
        apart = ("\n" if each.get("separator") else "" for each in elements)
        texts = (text.replace("\n", "\n  ") if text[:1] == "•" else text for text in runs)
        return "\n".join(gap + text for gap, text in zip(apart, texts, strict=True) if text)

    def headers(self, delivery: str, body: bytes, *, at: datetime) -> dict[str, str]:
        """With the charset, without which Teams counts every character twice."""
        charset = {"content-type": "application/json; charset=utf-8"}
        return super().headers(delivery, body, at=at) | charset

    def _judge_response(self, response: Response, now: datetime) -> Verdict:
        verdict = judge_status(response, now=now, blotter=self._blotter)
        refused = verdict.outcome in (Outcome.REJECTED, Outcome.FAILED)
        if refused and any(code in response.text for code in GONE):
            return replace(verdict, outcome=Outcome.GONE)
        return verdict

    def _may_be_the_pictures(self, verdict: Verdict) -> bool:
        return verdict.status == HTTPStatus.BAD_REQUEST


def change_elements(change: Change, zone: tzinfo = UTC) -> list[Element]:
    """One change as elements of a card, which always fit into a message."""
    content = change.article.content
    title, rest = split_title(LABELS.get(change.kind, "") + title_of(change), TITLE, _cost)
    linked = _is_link(content.url)
    told = [rest, "" if linked else content.url, content.summary or ""]
    text = cut("\n".join(part for part in told if part.strip()), TEXT, _cost)
    line = shorten(context_line(change, zone), CONTEXT)
    elements = [
        _paragraph(_run(title, url=content.url if linked else None, weight="Bolder")),
        *([_paragraph(_run(text))] if text else []),
        *_picture(content),
        *([_paragraph(_run(line, isSubtle=True, size="Small"))] if line else []),
    ]
    elements[0]["separator"] = True
    return elements


def _picture(content: Content) -> list[Element]:
    """The first image that Teams takes; one that it cannot fetch leaves a gap, no more."""
    for image in content.images:
        if image.url.startswith("https://") and _is_link(image.url):
            text = shorten(
                (image.title or "").strip() or content.title.strip() or "Picture", ALT_TEXT
            )
            return [{"type": "Image", "url": image.url, "altText": text, "size": "Medium"}]
    return []


def _title(text: str) -> Element:
    return _paragraph(_run(text, weight="Bolder", size="Large"))


def _paragraph(*runs: Element) -> Element:
    return {"type": "RichTextBlock", "inlines": list(runs)}


def _run(text: str, *, url: str | None = None, **style: Any) -> Element:
    """A text as it is; a word joiner breaks what a card would take for a date (``{{DATE(…)}}``)."""
    run = {"type": "TextRun", "text": text.replace("{{", "{\N{WORD JOINER}{"), **style}
    return run | ({"selectAction": {"type": "Action.OpenUrl", "url": url}} if url else {})


def _is_link(url: str) -> bool:
    return is_link(url, URL) and sum(map(_cost, url)) <= URL


def _fit_together(parts: Sequence[list[Element]]) -> bool:
    return _size(parts) <= TOGETHER


def _size(value: Any) -> int:
    """Bytes of a value as JSON, in UTF-8 or UTF-16, whichever are more."""
    encoded = encode_json(value)
    return max(len(encoded), 2 * units(encoded.decode("utf-8")))


@lru_cache(maxsize=4096)
def _cost(character: str) -> int:
    """What a character adds to :func:`_size`; a brace may be followed by a word joiner."""
    return _size(character) - _size("") + (3 if character == "{" else 0)


# ---------------------------------------------------------------- digests


def _digest(found: Digest) -> list[Element]:
    lists = [element for group in found.groups for element in _group(group)]
    return [_title(found.heading), *lists]


def _group(group: Group) -> list[Element]:
    topic = _paragraph(_run(f"{group.topic} ({len(group.lines):,})", weight="Bolder"))
    return [topic, *map(_item, group.lines)]


def _item(line: Line) -> Element:
    url = line.url if _is_link(line.url) else None
    others = [
        _run(
            f"{', ' if at else f' {ALSO}'}{shorten(other.outlet, OUTLET_LIMIT)}",
            url=other.url if _is_link(other.url) else None,
        )
        for at, other in enumerate(line.also)
    ]
    details = _run(f" · {line.details}", isSubtle=True)
    summary = [_run(f"\n{line.summary}", size="Small")] if line.summary else []
    title = _run(line.label + line.title, url=url)
    return _paragraph(_run("• "), title, details, *others, *summary)


def _topic_size(topic: str) -> int:
    return _size(_group(Group(topic=topic, lines=())))


def _line_size(line: Line) -> int:
    return _size(_item(line))


def _encode(elements: Sequence[Element]) -> bytes:
    """The message as a workflow's trigger *When a Teams webhook request is received* wants it."""
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": list(elements),
        "msteams": {"width": "Full"},
    }
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": card,
    }
    return encode_json({"type": "message", "attachments": [attachment]})
