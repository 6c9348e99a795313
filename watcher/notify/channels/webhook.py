"""Webhooks: Standard Webhooks (https://www.standardwebhooks.com) around the article object."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from watcher.clock import format_time
from watcher.config.endpoint import EndpointConfig
from watcher.model.article import Article, Change
from watcher.model.public_json import change_object, matched_object
from watcher.notify.channels.channel import Channel, Composed, NoticeKind, encode_json
from watcher.notify.channels.template import Template, load_template
from watcher.notify.flood import Layout

BODY_LIMIT = 1024 * 1024
"""Bytes that many receivers take by default; only a single larger change exceeds it."""


ENCODED_BYTES = 1024 * 1024
"""Of JSON that is kept, beside the change that is the latest."""


class _Encoded:
    """The last changes as JSON: a change goes to thousands of endpoints. Safe for any threads."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], tuple[Article, dict[str, Any], bytes]] = {}
        self._size = 0

    def encode(self, change: Change) -> tuple[dict[str, Any], bytes]:
        """The object of a change, and its JSON; both are shared, and not to be altered."""
        key = (change.sequence, id(change.article))  # nobody else's while the article is in there
        known = self._known.get(key)
        if known is None:
            found = change_object(replace(change, matched=None))
            known = (change.article, found, encode_json(found))
            if self._size > ENCODED_BYTES:
                self._known.clear()
                self._size = 0
            self._known[key] = known
            self._size += len(known[2])
        found, encoded = known[1:]
        if not change.matched:
            return found, encoded
        matched = matched_object(change)  # is this endpoint's own, and goes to the end
        return found | matched, encoded[:-1] + b"," + encode_json(matched)[1:]


_ENCODED = _Encoded()


class WebhookChannel(Channel):
    """Composes and signs the deliveries of one endpoint; a template words all but notices."""

    def __init__(self, endpoint: EndpointConfig) -> None:
        super().__init__(endpoint)
        self._template: Template | None = load_template(endpoint, wants=object)
        self._keys = [_key(s.get_secret_value()) for s in endpoint.secret]

    def compose(self, changes: Iterable[Change], *, layout: Layout, now: datetime) -> Composed:  # noqa: ARG002 - programs need none
        """As many changes as fit into 1 MiB, in the order given."""
        objects: list[dict[str, Any]] = []
        encoded: list[bytes] = []
        size = 0
        for change in islice(changes, self._endpoint.items_per_message):
            found, piece = _ENCODED.encode(change)
            size += len(piece) + 1
            if objects and size > BODY_LIMIT:
                break
            objects.append(found)
            encoded.append(piece)
        templated = self._template and self._template.render(objects)
        return Composed(
            body=templated or self._envelope("articles.changed", now, b",".join(encoded)),
            members=tuple(found["sequence"] for found in objects),
        )

    def compose_notice(self, kind: NoticeKind, text: str, *, now: datetime) -> bytes:
        data = {"endpoint": self._endpoint.name, "message": text}
        notice = {"type": f"seedwatch.{kind}", "timestamp": format_time(now), "data": data}
        return encode_json(notice)

    def _envelope(self, kind: str, now: datetime, changes: bytes) -> bytes:
        """The body around changes that are encoded already: most of its bytes."""
        data = {"endpoint": self._endpoint.name, "changes": []}
        whole = encode_json({"type": kind, "timestamp": format_time(now), "data": data})
        return whole.removesuffix(b"]}}") + changes + b"]}}"

    def headers(self, delivery: str, body: bytes, *, at: datetime) -> dict[str, str]:
        timestamp = str(int(at.timestamp()))
        headers = super().headers(delivery, body, at=at) | {
            "webhook-id": delivery,
            "webhook-timestamp": timestamp,
        }
        if self._keys:
            signatures = [sign(key, delivery, timestamp, body) for key in self._keys]
            headers["webhook-signature"] = " ".join(signatures)
        return headers


def sign(key: bytes, delivery: str, timestamp: str, body: bytes) -> str:
    """The signature of one attempt, as Standard Webhooks has it."""
    signed = b".".join((delivery.encode(), timestamp.encode(), body))
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def _key(secret: str) -> bytes:
    """The bytes to sign with: the base64 after ``whsec_``, with or without its padding."""
    text = secret.removeprefix("whsec_").rstrip("=")
    return base64.b64decode(text + "=" * (-len(text) % 4))
