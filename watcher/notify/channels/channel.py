"""The one small class behind every kind of endpoint; a module per kind overrides it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from watcher import __version__
from watcher.config.endpoint import EndpointConfig
from watcher.model.article import Change
from watcher.model.delivery import Outcome
from watcher.notify.flood import Layout
from watcher.notify.outcome import Failure, Response, Verdict, judge_failure, judge_status
from watcher.notify.redact import Blotter

CONTENT_TYPE = "application/json"
USER_AGENT = f"Seedwatch/{__version__}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """One message: its frozen body, and the changes (by sequence number) that are in it."""

    body: bytes
    members: tuple[int, ...]


class NoticeKind(StrEnum):
    """A message that is about no article."""

    TEST = "test"
    ALERT = "alert"


class Channel:
    """Composes, sends and judges the messages of one endpoint; remembers nothing of them.

    As it stands it sends by HTTP POST and judges by the status; a kind must say how to compose.
    """

    def __init__(self, endpoint: EndpointConfig) -> None:
        self._endpoint = endpoint
        self._blotter = Blotter(endpoint)
        from watcher.notify.http import Line  # noqa: PLC0415  # 5 MB, where nobody is told anything

        self._line = Line()

    def compose(self, changes: Iterable[Change], *, layout: Layout, now: datetime) -> Composed:
        """One message of the first of ``changes``: at least one, and as many as fit.

        Only as many are read as needed.
        """
        raise NotImplementedError

    def compose_notice(self, kind: NoticeKind, text: str, *, now: datetime) -> bytes:
        """A message to people that is clearly no news."""
        raise NotImplementedError

    def as_text(self, body: bytes) -> str:
        """A body as a person reads it, as far as plain text can show that; here: its JSON."""
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)

    def headers(self, delivery: str, body: bytes, *, at: datetime) -> dict[str, str]:  # noqa: ARG002 - only webhooks have an id and a signature
        """The headers of an attempt made at ``at``; names in lower case."""
        custom = {name.lower(): v.get_secret_value() for name, v in self._endpoint.headers.items()}
        return custom | {"content-type": CONTENT_TYPE, "user-agent": USER_AGENT}

    def send(
        self, body: bytes, headers: dict[str, str], *, allow_private: bool
    ) -> Response | Failure:
        """Send a body once, within the endpoint's timeout; expected failures are values."""
        return self._line.post(
            self._address(),
            body,
            headers,
            timeout=self._endpoint.timeout.total_seconds(),
            allow_private=allow_private,
        )

    def judge(self, answer: Response | Failure, *, now: datetime) -> Verdict:
        """The outcome of an attempt that ended at ``now``."""
        if isinstance(answer, Failure):
            return judge_failure(answer, self._blotter)
        return self._judge_response(answer, now)

    def lighten(self, body: bytes, verdict: Verdict) -> bytes | None:
        """A rejected body without its pictures; None if it has none, or they were not the reason.

        It goes out as a delivery of its own.
        """
        if verdict.outcome is not Outcome.REJECTED or not self._may_be_the_pictures(verdict):
            return None
        message = json.loads(body)
        plain = without_pictures(message)
        return None if plain == message else encode_json(plain)

    def _may_be_the_pictures(self, verdict: Verdict) -> bool:  # noqa: ARG002 - programs fetch none
        """True if a rejection may be about pictures that the other side could not fetch."""
        return False

    def _address(self) -> str:
        return self._endpoint.url.get_secret_value()

    def _judge_response(self, response: Response, now: datetime) -> Verdict:
        return judge_status(response, now=now, blotter=self._blotter)


def without_pictures(node: Any) -> Any:
    """A message, or a part of one, without the images that the service would have to fetch."""
    if isinstance(node, list):
        return [without_pictures(item) for item in node if not _is_picture(item)]
    if isinstance(node, dict):
        return {
            key: without_pictures(value)
            for key, value in node.items()
            if key != "thumbnail" and not _is_picture(value)
        }
    return node


def _is_picture(node: Any) -> bool:
    return isinstance(node, dict) and node.get("type") in ("image", "Image")


def encode_json(value: Any) -> bytes:
    """Compact JSON in UTF-8; a lone surrogate becomes a question mark."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
