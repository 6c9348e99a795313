"""Messages outside the outbox: tests of an endpoint. Sent once, remembered nowhere."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from watcher.config.endpoint import EndpointConfig
from watcher.log import BLOT
from watcher.model.article import Article, Change
from watcher.model.delivery import Outcome
from watcher.model.kinds import ChangeKind
from watcher.model.seed import Content, Image, Provider
from watcher.notify.channels import channel_for
from watcher.notify.channels.channel import Channel, NoticeKind
from watcher.notify.flood import Layout
from watcher.notify.outcome import Response
from watcher.notify.redact import Blotter

TEST_TEXT = "This is a test of the endpoint {name}. No article has changed."
SAMPLE_ID = "urn:uuid:00000000-0000-5000-8000-000000000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRequest:
    """The request as it would be sent, without secrets: of the URL only the host is shown."""

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
    channel = channel_for(endpoint)
    body = _test_body(endpoint, channel, now)
    hidden = {name.lower() for name in endpoint.headers} | {"webhook-signature"}
    headers = channel.headers(delivery, body, at=now)
    shown = {name: BLOT if name in hidden else value for name, value in headers.items()}
    return TrialRequest(
        method={"apprise": "APPRISE", "email": "SMTP"}.get(endpoint.type, "POST"),
        url=_shown_url(endpoint),
        headers=shown,
        body=body.decode("utf-8"),
    )


def send_test(
    endpoint: EndpointConfig, *, now: datetime, delivery: str, allow_private: bool
) -> TrialResult:
    """Send one clearly marked test message, with the id ``delivery``."""
    channel = channel_for(endpoint)
    body = _test_body(endpoint, channel, now)
    headers = channel.headers(delivery, body, at=now)
    answer = channel.send(body, headers, allow_private=allow_private)
    verdict = channel.judge(answer, now=now)
    said = Blotter(endpoint).excerpt(answer.text) if isinstance(answer, Response) else None
    return TrialResult(
        outcome=verdict.outcome,
        status=verdict.status,
        answer=said,
        error=verdict.error,
        elapsed=answer.elapsed,
    )


def _test_body(endpoint: EndpointConfig, channel: Channel, now: datetime) -> bytes:
    """A notice; from an endpoint with a template, what that makes of a sample."""
    text = TEST_TEXT.format(name=endpoint.name)
    if endpoint.template is None:
        return channel.compose_notice(NoticeKind.TEST, text, now=now)
    return channel.compose([_sample(text, now)], layout=Layout.CARDS, now=now).body


def _sample(title: str, now: datetime) -> Change:
    """A change whose title says that it is none, with something in every field."""
    content = Content(
        title=title,
        url="https://example.org/article",
        summary="This is where the summary of an article is.",
        original_url="https://example.org/original",
        category="news",
        type="article",
        published_at=now,
        quality=50,
        heat=0,
        is_published=True,
        provider=Provider(name="Example", domain="example.org"),
        topics=("A topic", "Another topic"),
        images=(Image(url="https://example.org/picture.jpg", width=640, height=480),),
        related=(Content(title="A related article", url="https://example.org/related"),),
    )
    article = Article(id=SAMPLE_ID, content=content, first_seen_at=now, updated_at=now)
    return Change(sequence=1, kind=ChangeKind.NEW, at=now, article=article)


def _shown_url(endpoint: EndpointConfig) -> str:
    """Where it goes, without what is secret: of an Apprise URL any part may be."""
    parts = urlsplit(endpoint.url.get_secret_value())
    host = "" if endpoint.type == "apprise" else f"{parts.netloc.rpartition('@')[2]}/"
    return f"{parts.scheme}://{host}…"
