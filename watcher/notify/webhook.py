"""Webhooks: Standard Webhooks (https://www.standardwebhooks.com) around the article object."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Any

from watcher.article_object import change_object
from watcher.codec import format_time
from watcher.config import EndpointConfig
from watcher.model import Change
from watcher.notify.http import Failure, Response
from watcher.notify.judge import Verdict, judge_failure, judge_status
from watcher.notify.redact import Blotter
from watcher.notify.sink import CONTENT_TYPE, USER_AGENT, Composed, NoticeKind

BODY_LIMIT = 1024 * 1024
"""Bytes that many receivers take by default; only a single larger change exceeds it."""


class WebhookSink:
    """Composes and signs the deliveries of one webhook endpoint."""

    def __init__(self, endpoint: EndpointConfig) -> None:
        self._endpoint = endpoint
        self._blotter = Blotter(endpoint)
        self._keys = [_key(s.get_secret_value()) for s in endpoint.secret]

    def take(self, due: int) -> int:
        return min(due, self._endpoint.items_per_message)

    def compose(self, changes: Iterable[Change], *, due: int, now: datetime) -> Composed:
        """As many changes as fit into 1 MiB, in the order given."""
        objects: list[dict[str, Any]] = []
        size = 0
        for change in islice(changes, self.take(due)):
            found = change_object(change)
            size += len(_encode(found)) + 1
            if objects and size > BODY_LIMIT:
                break
            objects.append(found)
        return Composed(
            body=self._envelope("articles.changed", {"changes": objects}, now),
            members=tuple(found["sequence"] for found in objects),
        )

    def compose_notice(self, kind: NoticeKind, text: str, *, now: datetime) -> bytes:
        return self._envelope(f"seedwatch.{kind}", {"message": text}, now)

    def _envelope(self, kind: str, data: dict[str, Any], now: datetime) -> bytes:
        data = {"endpoint": self._endpoint.name} | data
        return _encode({"type": kind, "timestamp": format_time(now), "data": data})

    def headers(self, delivery: str, body: bytes, *, at: datetime) -> dict[str, str]:
        custom = {name.lower(): v.get_secret_value() for name, v in self._endpoint.headers.items()}
        timestamp = str(int(at.timestamp()))
        headers = custom | {
            "content-type": CONTENT_TYPE,
            "user-agent": USER_AGENT,
            "webhook-id": delivery,
            "webhook-timestamp": timestamp,
        }
        if self._keys:
            signatures = [sign(key, delivery, timestamp, body) for key in self._keys]
            headers["webhook-signature"] = " ".join(signatures)
        return headers

    def judge(self, answer: Response | Failure, *, now: datetime) -> Verdict:
        if isinstance(answer, Failure):
            return judge_failure(answer, self._blotter)
        return judge_status(answer, now=now, blotter=self._blotter)


def sign(key: bytes, delivery: str, timestamp: str, body: bytes) -> str:
    """The signature of one attempt, as Standard Webhooks has it."""
    signed = b".".join((delivery.encode(), timestamp.encode(), body))
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def _key(secret: str) -> bytes:
    """The bytes to sign with: the base64 after ``whsec_``, with or without its padding."""
    text = secret.removeprefix("whsec_").rstrip("=")
    return base64.b64decode(text + "=" * (-len(text) % 4))


def _encode(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
