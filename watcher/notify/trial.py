"""Messages outside the outbox: a test of an endpoint, an alert. Sent once, remembered nowhere."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from watcher.config import EndpointConfig
from watcher.log import BLOT
from watcher.model import Outcome
from watcher.notify.http import Response, post
from watcher.notify.redact import Blotter
from watcher.notify.sink import NoticeKind
from watcher.notify.sinks import sink_for

TEST_TEXT = "This is a test of the endpoint {name}. No article has changed."


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRequest:
    """What would be sent, without its secrets: of the URL only the host is shown."""

    method: str
    url: str
    headers: dict[str, str]
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialResult:
    """The real answer: ``answer`` is the beginning of its body; ``elapsed`` is in seconds."""

    outcome: Outcome
    status: int | None
    answer: str | None
    error: str | None
    elapsed: float


def dry_run(endpoint: EndpointConfig, *, now: datetime, delivery: str) -> TrialRequest:
    """The request that :func:`send_test` would make at ``now`` with the id ``delivery``."""
    sink = sink_for(endpoint, feed_url=None)
    body = sink.compose_notice(NoticeKind.TEST, _test_text(endpoint), now=now)
    hidden = {name.lower() for name in endpoint.headers} | {"webhook-signature"}
    headers = sink.headers(delivery, body, at=now)
    shown = {name: BLOT if name in hidden else value for name, value in headers.items()}
    return TrialRequest(
        method="POST", url=_shown_url(endpoint), headers=shown, body=body.decode("utf-8")
    )


def send_test(
    endpoint: EndpointConfig, *, now: datetime, delivery: str, allow_private: bool
) -> TrialResult:
    """Send one clearly marked test message, with the id ``delivery``."""
    body = sink_for(endpoint, feed_url=None).compose_notice(
        NoticeKind.TEST, _test_text(endpoint), now=now
    )
    return _send(endpoint, body, now=now, delivery=delivery, allow_private=allow_private)


def send_alert(
    endpoint: EndpointConfig, text: str, *, now: datetime, delivery: str, allow_private: bool
) -> TrialResult:
    """Tell ``endpoint`` that something needs a person, with the id ``delivery``."""
    body = sink_for(endpoint, feed_url=None).compose_notice(NoticeKind.ALERT, text, now=now)
    return _send(endpoint, body, now=now, delivery=delivery, allow_private=allow_private)


def _test_text(endpoint: EndpointConfig) -> str:
    return TEST_TEXT.format(name=endpoint.name)


def _shown_url(endpoint: EndpointConfig) -> str:
    parts = urlsplit(endpoint.url.get_secret_value())
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/…"


def _send(
    endpoint: EndpointConfig, body: bytes, *, now: datetime, delivery: str, allow_private: bool
) -> TrialResult:
    sink = sink_for(endpoint, feed_url=None)
    answer = post(
        endpoint.url.get_secret_value(),
        body,
        sink.headers(delivery, body, at=now),
        timeout=endpoint.timeout.total_seconds(),
        allow_private=allow_private,
    )
    verdict = sink.judge(answer, now=now)
    said = Blotter(endpoint).excerpt(answer.text) if isinstance(answer, Response) else None
    return TrialResult(
        outcome=verdict.outcome,
        status=verdict.status,
        answer=said,
        error=verdict.error,
        elapsed=answer.elapsed,
    )
