"""Slack: Block Kit messages for an incoming webhook, and what its answers mean."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from http import HTTPStatus
from itertools import islice
from typing import Any

from watcher.config import EndpointConfig
from watcher.model import Change, Outcome
from watcher.notify.http import Failure, Response
from watcher.notify.judge import Verdict, error_of, judge_failure, judge_status
from watcher.notify.redact import Blotter
from watcher.notify.sink import CONTENT_TYPE, USER_AGENT, Composed, NoticeKind
from watcher.notify.slack_blocks import (
    LABELS,
    Block,
    change_blocks,
    divider,
    header,
    section,
    shorten,
    size_of,
    split,
)
from watcher.notify.slack_digest import digest, heading

BLOCKS = 50
TOGETHER = 12_000
"""Characters of JSON that several changes may have in one message.

Slack documents no limit but refuses messages from about 13,200 characters (slackapi/bolt-js,
issues 2509 and 2867). A single change may be longer: it cannot be spread over messages.
"""

FALLBACK_TITLE = 150
FALLBACK_LIMIT = 3000

CODES = {
    "invalid_payload": Outcome.REJECTED,
    "invalid_blocks": Outcome.REJECTED,
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
"""What Slack says in the body when an incoming webhook fails, whatever the status."""


class SlackSink:
    """Composes for one Slack endpoint. ``feed_url`` is where a digest sends its readers."""

    def __init__(self, endpoint: EndpointConfig, *, feed_url: str | None) -> None:
        self._endpoint = endpoint
        self._feed_url = feed_url
        self._blotter = Blotter(endpoint)

    def take(self, due: int) -> int:
        """All of a flood: it becomes one digest."""
        return due if self._is_flood(due) else min(due, self._endpoint.items_per_message)

    def compose(self, changes: Iterable[Change], *, due: int, now: datetime) -> Composed:  # noqa: ARG002 - a Slack message carries its own time
        if self._is_flood(due):
            flood = digest(changes, feed_url=self._feed_url)
            return Composed(body=_encode(flood.heading, flood.blocks), members=flood.members)
        taken, blocks = _take_fitting(islice(changes, self.take(due)))
        return Composed(
            body=_encode(_fallback(taken), blocks),
            members=tuple(change.sequence for change in taken),
        )

    def compose_notice(self, kind: NoticeKind, text: str, *, now: datetime) -> bytes:  # noqa: ARG002 - as in compose
        title = f"Seedwatch {kind}"
        blocks = [header(title), *(section(piece) for piece in split(text)[: BLOCKS - 1])]
        return _encode(f"{title}: {text}", blocks)

    def headers(self, delivery: str, body: bytes, *, at: datetime) -> dict[str, str]:  # noqa: ARG002 - Slack wants no id and no signature
        custom = {name.lower(): v.get_secret_value() for name, v in self._endpoint.headers.items()}
        return custom | {"content-type": CONTENT_TYPE, "user-agent": USER_AGENT}

    def judge(self, answer: Response | Failure, *, now: datetime) -> Verdict:
        """200 with the body ``ok`` is the only success; else its body says more than its status."""
        if isinstance(answer, Failure):
            return judge_failure(answer, self._blotter)
        said = answer.text.strip()
        if answer.status == HTTPStatus.OK and said == "ok":
            return Verdict(outcome=Outcome.SENT, status=answer.status)
        by_status = judge_status(answer, now=now, blotter=self._blotter)
        if said not in CODES and by_status.outcome is not Outcome.SENT:
            return by_status
        outcome = CODES.get(said, Outcome.FAILED if answer.complete else Outcome.UNKNOWN)
        error = error_of(answer, self._blotter)
        return Verdict(outcome=outcome, status=answer.status, error=error)

    def _is_flood(self, due: int) -> bool:
        return due > self._endpoint.flood_limit


def _take_fitting(changes: Iterable[Change]) -> tuple[list[Change], list[Block]]:
    """The first changes that fit into one message, and its blocks."""
    taken: list[Change] = []
    blocks: list[Block] = []
    for change in changes:
        more = [divider(), *change_blocks(change)] if taken else change_blocks(change)
        if taken and not _fits([*blocks, *more]):
            break
        taken.append(change)
        blocks += more
    return taken, blocks if len(taken) == 1 else [header(_heading(taken)), *blocks]


def _fits(blocks: Sequence[Block]) -> bool:
    return len(blocks) < BLOCKS and size_of(blocks) <= TOGETHER


def _heading(changes: Sequence[Change]) -> str:
    return heading(Counter(change.kind for change in changes))


def _fallback(changes: Sequence[Change]) -> str:
    """What a notification shows; the blocks hold everything whole."""
    titles = (LABELS.get(c.kind, "") + shorten(_title(c), FALLBACK_TITLE) for c in changes)
    listed = "; ".join(titles)
    text = listed if len(changes) == 1 else f"{_heading(changes)}: {listed}"
    return shorten(text, FALLBACK_LIMIT)


def _title(change: Change) -> str:
    return change.article.content.title


def _encode(text: str, blocks: Sequence[Block]) -> bytes:
    """The message. ``text`` is mrkdwn until told otherwise, and escaped in any case."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    message: dict[str, Any] = {
        "text": escaped,
        "blocks": list(blocks),
        "mrkdwn": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
