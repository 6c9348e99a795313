"""Discord: embeds for a channel's webhook, and what its answers mean.

Limits: https://discord.com/developers/docs/resources/message#embed-object-embed-limits. Discord is
asked to ping nobody, and what Markdown would take for a mention or a link is escaped besides.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from functools import lru_cache, partial
from http import HTTPStatus
from itertools import islice
from math import inf
from typing import Any, TypeGuard
from urllib.parse import parse_qs, quote, urlsplit

from watcher.config.endpoint import EndpointConfig
from watcher.model.article import Change
from watcher.model.delivery import Outcome
from watcher.model.seed import Content
from watcher.notify.channels.channel import Channel, Composed, NoticeKind, encode_json
from watcher.notify.channels.digest import TITLE_LIMIT, Digest, Group, Line, digest
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
from watcher.notify.outcome import Response, Verdict, judge_status, throttled

EMBEDS = 10
TOTAL = 6000
"""Characters in all embeds of a message together."""

TITLE = 256
DESCRIPTION = 4096
FOOTER = 500
"""Of the 2,048 that a footer may have: with title and description it stays below the total."""

URL_LIMIT = 2048
LISTED_URL_LIMIT = 500
DIGEST_ROOM = 4000
"""Characters of a description that a digest's lists may use."""

UNKNOWN_WEBHOOK = 10015
INVALID_TOKEN = 50027
NO_MENTIONS: dict[str, list[str]] = {"parse": []}

_MARKDOWN = re.compile(r"[\\*_~`|<>\[\]()#@:+=-]")
_URL_SAFE = "%/:?#@!$&'*+,;=~-._"

Embed = dict[str, Any]


class DiscordChannel(Channel):
    """Composes for one Discord webhook."""

    def __init__(self, endpoint: EndpointConfig) -> None:
        super().__init__(endpoint)

    def compose(self, changes: Iterable[Change], *, layout: Layout, now: datetime) -> Composed:  # noqa: ARG002 - a Discord message carries its own time
        if layout is Layout.DIGEST:
            found = digest(
                changes,
                room=DIGEST_ROOM,
                topic_size=_topic_size,
                line_size=_line_size,
                group_by=self._endpoint.group_by,
                zone=self._endpoint.timezone,
            )
            embed = _digest_embed(found)
            return Composed(body=_encode("", [embed]), members=found.members)
        taken, embeds = take_fitting(
            islice(changes, self._endpoint.items_per_message),
            partial(change_embed, zone=self._endpoint.timezone),
            _fit_together,
        )
        kinds = Counter[str](change.kind for change in taken)
        return Composed(
            body=_encode(heading(kinds) if len(taken) > 1 else "", embeds),
            members=tuple(change.sequence for change in taken),
        )

    def compose_notice(self, kind: NoticeKind, text: str, *, now: datetime) -> bytes:  # noqa: ARG002 - as in compose
        return _encode("", [{"title": f"Seedwatch {kind}", "description": _cut(text)}])

    def as_text(self, body: bytes) -> str:
        message = json.loads(body)
        cards = [[message.get("content", "")]]
        for embed in message["embeds"]:
            footer = embed.get("footer", {}).get("text", "")
            texts = (_plain(embed.get(part, "")) for part in ("title", "description"))
            cards.append([*texts, footer])
        return "\n\n".join("\n".join(filter(None, lines)) for lines in cards)

    def _address(self) -> str:
        """The webhook in version 10 of the API, which answers once the message is stored."""
        parts = urlsplit(super()._address())
        path = re.sub(r"^/api/(v\d+/)?webhooks/", "/api/v10/webhooks/", parts.path)
        waits = "wait" in parse_qs(parts.query)
        query = parts.query if waits else "&".join(filter(None, [parts.query, "wait=true"]))
        return parts._replace(path=path, query=query).geturl()

    def _judge_response(self, response: Response, now: datetime) -> Verdict:
        """By status, but for a webhook that is no more, and for waits to the millisecond."""
        verdict = judge_status(response, now=now, blotter=self._blotter)
        said = _object(response.body)
        gone = response.status in (HTTPStatus.NOT_FOUND, HTTPStatus.UNAUTHORIZED)
        if gone and said.get("code") in (UNKNOWN_WEBHOOK, INVALID_TOKEN):
            return replace(verdict, outcome=Outcome.GONE)
        wait = said.get("retry_after")
        if verdict.outcome is Outcome.THROTTLED and _is_wait(wait):
            return throttled(verdict, max(wait, verdict.retry_after or 0))
        return verdict

    def _may_be_the_pictures(self, verdict: Verdict) -> bool:
        return verdict.status == HTTPStatus.BAD_REQUEST


def change_embed(change: Change, zone: tzinfo = UTC) -> Embed:
    """One change as an embed, which always fits into a message."""
    content = change.article.content
    title, rest = split_title(LABELS.get(change.kind, "") + title_of(change), TITLE, _cost)
    linked = is_link(content.url, URL_LIMIT)
    told = [rest, "" if linked else content.url, content.summary or ""]
    text = "\n\n".join(part for part in told if part.strip())
    footer = shorten(context_line(change, zone), FOOTER)
    parts = {
        "title": _escape(title),
        "url": content.url if linked else None,
        "description": _cut(text),
        "footer": {"text": footer} if footer else None,
        "thumbnail": _picture(content),
    }
    return {key: value for key, value in parts.items() if value}


def _picture(content: Content) -> dict[str, str] | None:
    """The first image that Discord takes; one that it cannot fetch is left out by itself."""
    urls = (image.url for image in content.images)
    found = next((url for url in urls if is_link(url, URL_LIMIT)), None)
    return {"url": found} if found else None


def _cut(text: str) -> str:
    return _escape(cut(text, DESCRIPTION, _cost))


def _escape(text: str) -> str:
    """Text as Discord's Markdown shows it literally: any punctuation may be escaped."""
    return _MARKDOWN.sub(r"\\\g<0>", text)


def _plain(markdown: str) -> str:
    """Our own Markdown as it is read: links by their words, nothing escaped or in bold."""
    words = re.sub(r"(?<!\\)\[((?:\\.|[^\\\]])*)\]\([^)]*\)", r"\1", markdown)
    return re.sub(r"\\(.)|\*\*", r"\1", words)


@lru_cache(maxsize=4096)
def _cost(character: str) -> int:
    return units(_escape(character))


def _fit_together(embeds: Sequence[Embed]) -> bool:
    return len(embeds) <= EMBEDS and sum(map(_size, embeds)) <= TOTAL


def _size(embed: Embed) -> int:
    """The characters that count towards the total."""
    texts = (embed.get("title", ""), embed.get("description", ""))
    return sum(map(units, texts)) + units(embed.get("footer", {}).get("text", ""))


# ---------------------------------------------------------------- digests


def _digest_embed(found: Digest) -> Embed:
    lists = [_topic(group) + "".join(map(_item, group.lines)) for group in found.groups]
    return {"title": found.heading, "description": "".join(lists)}


def _topic(group: Group) -> str:
    return f"**{_escape(shorten(group.topic, TITLE_LIMIT))}** ({len(group.lines):,})\n"


def _item(line: Line) -> str:
    title = line.label + line.title
    others = ", ".join(_linked(shorten(o.outlet, OUTLET_LIMIT), o.url) for o in line.also)
    also = f" {ALSO}{others}" if others else ""
    summary = f"  {_escape(line.summary)}\n" if line.summary else ""
    return f"- {_linked(title, line.url)} · {_escape(line.details)}{also}\n{summary}"


def _linked(text: str, url: str) -> str:
    escaped = _escape(text)
    if not is_link(url, LISTED_URL_LIMIT):
        return escaped
    return f"[{escaped}]({quote(url, safe=_URL_SAFE)})"


def _topic_size(topic: str) -> int:
    return units(_topic(Group(topic=topic, lines=())))


def _line_size(line: Line) -> int:
    return units(_item(line))


# ---------------------------------------------------------------- bodies


def _encode(content: str, embeds: Sequence[Embed]) -> bytes:
    message = {"content": content} if content else {}
    return encode_json(message | {"embeds": list(embeds), "allowed_mentions": NO_MENTIONS})


def _object(body: bytes) -> dict[str, Any]:
    """The JSON object in an answer, if it is one."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_wait(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and 0 <= value < inf
