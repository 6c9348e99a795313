"""Slack: Block Kit messages for an incoming webhook, and what its answers mean."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from http import HTTPStatus
from itertools import islice

from watcher.config.endpoint import EndpointConfig
from watcher.model.article import Change
from watcher.model.delivery import Outcome
from watcher.model.public_json import change_object
from watcher.notify.channels.channel import Channel, Composed, NoticeKind, encode_json
from watcher.notify.channels.digest import digest
from watcher.notify.channels.slack_blocks import (
    Block,
    blocks_text,
    change_blocks,
    divider,
    header,
    section,
    size_of,
    split,
)
from watcher.notify.channels.slack_digest import ROOM, digest_blocks, line_size, topic_size
from watcher.notify.channels.template import Template, load_template
from watcher.notify.channels.text import LABELS, escape_mrkdwn, heading, shorten, title_of
from watcher.notify.flood import Layout, take_fitting
from watcher.notify.outcome import Response, Verdict, error_of, judge_status

BLOCKS = 50
TOGETHER = 12_000
"""Characters of JSON that several changes may have in one message.

Slack documents no limit but refuses messages from about 13,200 characters (slackapi/bolt-js,
issues 2509 and 2867). A single change may be longer: it cannot be spread over messages.
"""

FALLBACK_TITLE = 150
FALLBACK_LIMIT = 3000

INVALID_BLOCKS = "invalid_blocks"
"""Slack's error when it cannot fetch a picture, among other causes (python-slack-sdk 1782)."""

CODES = {
    "invalid_payload": Outcome.REJECTED,
    INVALID_BLOCKS: Outcome.REJECTED,
    "no_text": Outcome.REJECTED,
    "too_many_attachments": Outcome.REJECTED,
    "user_not_found": Outcome.REJECTED,
    "channel_not_found": Outcome.GONE,
    "channel_is_archived": Outcome.GONE,
    "invalid_token": Outcome.GONE,
    "no_active_hooks": Outcome.GONE,
    "no_service": Outcome.GONE,
    "no_service_id": Outcome.GONE,
    "no_team": Outcome.GONE,
    "team_disabled": Outcome.GONE,
    "action_prohibited": Outcome.GONE,
    "posting_to_general_channel_denied": Outcome.GONE,
    "rollup_error": Outcome.FAILED,
}
"""Slack's words in the body when an incoming webhook fails, whatever the status."""


class SlackChannel(Channel):
    """Composes for one Slack endpoint.

    A template words all but notices.
    """

    def __init__(self, endpoint: EndpointConfig) -> None:
        super().__init__(endpoint)
        self._template: Template | None = load_template(endpoint, wants=dict)

    def compose(self, changes: Iterable[Change], *, layout: Layout, now: datetime) -> Composed:  # noqa: ARG002 - a Slack message carries its own time
        if layout is Layout.DIGEST:
            return self._compose_digest(changes)
        offer = islice(changes, self._endpoint.items_per_message)
        taken, parts = take_fitting(
            offer, partial(change_blocks, zone=self._endpoint.timezone), _fit_together
        )
        return Composed(
            body=self._templated(taken) or _encode(_fallback(taken), _blocks(taken, parts)),
            members=tuple(change.sequence for change in taken),
        )

    def _compose_digest(self, changes: Iterable[Change]) -> Composed:
        read: list[Change] = []

        def noted() -> Iterator[Change]:
            for change in changes:
                read.append(change)
                yield change

        found = digest(
            noted(),
            room=ROOM,
            topic_size=topic_size,
            line_size=line_size,
            group_by=self._endpoint.group_by,
            zone=self._endpoint.timezone,
        )
        taken = read[: len(found.members)]  # the one that did not fit is read, too
        body = self._templated(taken) or _encode(found.notification, digest_blocks(found))
        return Composed(body=body, members=found.members)

    def _templated(self, changes: Sequence[Change]) -> bytes | None:
        """The message by the endpoint's template; None without one, or if it fails."""
        if self._template is None:
            return None
        return self._template.render([change_object(change) for change in changes])

    def compose_notice(self, kind: NoticeKind, text: str, *, now: datetime) -> bytes:  # noqa: ARG002 - as in compose
        title = f"Seedwatch {kind}"
        blocks = [header(title), *(section(piece) for piece in split(text)[: BLOCKS - 1])]
        return _encode(shorten(f"{title}: {text}", FALLBACK_LIMIT), blocks)

    def as_text(self, body: bytes) -> str:
        message = json.loads(body)  # a template's may have no blocks
        return blocks_text(message.get("blocks", ())) or str(message.get("text", ""))

    def _judge_response(self, response: Response, now: datetime) -> Verdict:
        """200 with the body ``ok`` is the only success; else its body says more than its status."""
        said = response.text.strip()
        if response.status == HTTPStatus.OK and said == "ok":
            return Verdict(outcome=Outcome.SENT, status=response.status)
        by_status = judge_status(response, now=now, blotter=self._blotter)
        if said not in CODES and by_status.outcome is not Outcome.SENT:
            return by_status
        outcome = CODES.get(said, Outcome.FAILED if response.complete else Outcome.UNKNOWN)
        error = error_of(response, self._blotter)
        return Verdict(outcome=outcome, status=response.status, error=error)

    def _may_be_the_pictures(self, verdict: Verdict) -> bool:
        return INVALID_BLOCKS in (verdict.error or "")


def _blocks(changes: Sequence[Change], parts: Sequence[list[Block]]) -> list[Block]:
    """A message's blocks; those of several changes are set apart, under a heading."""
    if len(parts) == 1:
        return parts[0]
    first, *others = parts
    apart = [block for part in others for block in (divider(), *part)]
    return [header(_heading(changes)), *first, *apart]


def _fit_together(parts: Sequence[list[Block]]) -> bool:
    count = sum(len(part) + 1 for part in parts)  # with the heading, and the dividers between
    size = size_of(block for part in parts for block in (*part, divider()))
    return count <= BLOCKS and size <= TOGETHER


def _heading(changes: Sequence[Change]) -> str:
    return heading(Counter(change.kind for change in changes))


def _fallback(changes: Sequence[Change]) -> str:
    """The text of the notification; the blocks hold everything."""
    titles = (LABELS.get(c.kind, "") + title_of(c, FALLBACK_TITLE) for c in changes)
    listed = "; ".join(titles)
    text = listed if len(changes) == 1 else f"{_heading(changes)}: {listed}"
    return shorten(text, FALLBACK_LIMIT)


def _encode(text: str, blocks: Sequence[Block]) -> bytes:
    """The message. ``text`` is escaped: Slack takes it for mrkdwn by default."""
    return encode_json(
        {
            "text": escape_mrkdwn(text),
            "blocks": list(blocks),
            "mrkdwn": False,
            "unfurl_links": False,
            "unfurl_media": False,
        }
    )
