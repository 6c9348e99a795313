"""What all endpoints that are told by an HTTP POST have in common: secrets, headers, sending."""

import json
from datetime import datetime
from typing import Any

from watcher.config.endpoint import EndpointConfig
from watcher.notify.channels.channel import CONTENT_TYPE, USER_AGENT
from watcher.notify.http import Failure, Response, post
from watcher.notify.outcome import Verdict, judge_failure, judge_status
from watcher.notify.redact import Blotter


class PostingSink:
    """A sink for one endpoint, but for composing. What differs for a kind of it is overridden."""

    def __init__(self, endpoint: EndpointConfig) -> None:
        self._endpoint = endpoint
        self._blotter = Blotter(endpoint)

    def headers(self, delivery: str, body: bytes, *, at: datetime) -> dict[str, str]:  # noqa: ARG002 - only webhooks have an id and a signature
        custom = {name.lower(): v.get_secret_value() for name, v in self._endpoint.headers.items()}
        return custom | {"content-type": CONTENT_TYPE, "user-agent": USER_AGENT}

    def send(
        self, body: bytes, headers: dict[str, str], *, allow_private: bool
    ) -> Response | Failure:
        return post(
            self._address(),
            body,
            headers,
            timeout=self._endpoint.timeout.total_seconds(),
            allow_private=allow_private,
        )

    def judge(self, answer: Response | Failure, *, now: datetime) -> Verdict:
        if isinstance(answer, Failure):
            return judge_failure(answer, self._blotter)
        return self._judge_response(answer, now)

    def lighten(self, body: bytes, verdict: Verdict) -> bytes | None:  # noqa: ARG002 - nothing here is worth leaving out
        return None

    def _address(self) -> str:
        return self._endpoint.url.get_secret_value()

    def _judge_response(self, response: Response, now: datetime) -> Verdict:
        return judge_status(response, now=now, blotter=self._blotter)


def encode_json(value: Any) -> bytes:
    """Compact JSON in UTF-8; a lone surrogate becomes a question mark."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
