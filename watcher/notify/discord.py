"""Discord: embeds for a channel's webhook, and what its answers mean.

Limits: https://discord.com/developers/docs/resources/message#embed-object-embed-limits. Discord is
asked to ping nobody, and what Markdown would take for a mention or a link is escaped besides.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from itertools import islice
from typing import Any
from urllib.parse import parse_qs, urlsplit

from watcher.config import EndpointConfig
from watcher.model import Change, Content, Outcome
from watcher.notify.chat import is_flood, offered, take_fitting
from watcher.notify.digest import Digest, Group, Line, digest
from watcher.notify.http import Response
from watcher.notify.judge import Verdict, judge_status
from watcher.notify.posting import PostingSink, encode_json
from watcher.notify.sink import Composed, NoticeKind
from watcher.notify.words import (
    FEED_WORDS,
    LABELS,
    context_line,
    cut_note,
    heading,
    is_link,
    shorten,
    title_of,
)

EMBEDS = 10
TOTAL = 6000
"""Characters in all embeds of a message together."""

TITLE = 256
DESCRIPTION = 4096
FOOTER = 1000
"""Of the 2,048 that a footer may have; with title and description it stays below the total."""

URL_LIMIT = 2048
NOTE_ROOM = 80

UNKNOWN_WEBHOOK = 10015
INVALID_TOKEN = 50027
NO_MENTIONS = {"parse": []}

Embed = dict[str, Any]


class DiscordSink(PostingSink):
    """Composes for one Discord webhook. ``feed_url`` is where a digest sends its readers."""

    def __init__(self, endpoint: EndpointConfig, *, feed_url: str | None) -> None:
        super().__init__(endpoint)
        self._feed_url = feed_url

    def take(self, due: int) -> int:
        return offered(self._endpoint, due)

    def compose(self, changes: Iterable[Change], *, due: int, now: datetime) -> Composed:  # noqa: ARG002 - a Discord message carries its own time
        if is_flood(self._endpoint, due):
            found = digest(changes, room=_ROOM, topic_size=_topic_size, line_size=_line_size)
            embed = _digest_embed(found, self._feed_url)
            return Composed(body=_encode("", [embed]), members=found.members)
        taken, embeds = take_fitting(islice(changes, self.take(due)), change_embed, _fit_together)
        kinds = Counter(change.kind for change in taken)
        return Composed(
            body=_encode(heading(kinds) if len(taken) > 1 else "", embeds),
            members=tuple(change.sequence for change in taken),
        )

    def compose_notice(self, kind: NoticeKind, text: str, *, now: datetime) -> bytes:  # noqa: ARG002 - as in compose
        return _encode("", [{"title": f"Seedwatch {kind}", "description": _cut(text, DESCRIPTION)}])

    def _address(self) -> str:
        """The webhook in version 10 of the API, told to answer only when the message is kept."""
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
            return replace(verdict, retry_after=max(float(wait), verdict.retry_after or 0))
        return verdict


def change_embed(change: Change) -> Embed:
    """One change as an embed of at most 5,352 characters."""
    content = change.article.content
    title, rest = _split_title(LABELS.get(change.kind, "") + title_of(change))
    linked = is_link(content.url, URL_LIMIT)
    paragraphs = [rest, "" if linked else content.url, content.summary or ""]
    text = _cut("\n\n".join(part for part in paragraphs if part.strip()), DESCRIPTION)
    embed: Embed = {"title": title}
    if linked:
        embed["url"] = content.url
    if text:
        embed["description"] = text
    if line := shorten(context_line(content), FOOTER // 2):
        embed["footer"] = {"text": line}
    return embed | _picture(content)
