"""E-mail by SMTP: text and HTML of the same articles, in one thread for each series.

What is frozen is the words, as JSON; the message is built of them at each attempt, with the same
``Message-ID``: a mail program shows a repeated one once.
"""

import json
import re
import smtplib
import socket
import ssl
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from itertools import islice

from watcher.config.endpoint import EndpointConfig
from watcher.model.article import Change
from watcher.model.delivery import Outcome
from watcher.notify.channels.channel import Channel, Composed, NoticeKind, encode_json
from watcher.notify.channels.digest import Digest, Line, digest
from watcher.notify.channels.text import (
    ALSO,
    LABELS,
    OUTLET_LIMIT,
    context_line,
    heading,
    is_link,
    shorten,
    title_of,
)
from watcher.notify.flood import Layout, take_fitting
from watcher.notify.outcome import Failure, Response, Verdict
from watcher.notify.wire import Wire, words_for

LARGEST = 60_000
"""Bytes of text and HTML together: mail programs cut HTML beyond 100 kB."""
SUBJECT = 120
SUMMARY = 600
LONGEST_URL = 2000
PORTS = {"starttls": 587, "on": 465, "off": 25}
ACCEPTED, FORWARDED, TEMPORARY = 250, 251, range(400, 500)
AUTHENTICATION = (530, 534, 535, 538)
"""Answers that the operator has to mend; until then the message waits."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_NO_WORD = re.compile(r"[^a-z0-9-]+")
_PAGE = (
    '<!DOCTYPE html><html><head><meta charset="utf-8"><meta name="viewport" '
    'content="width=device-width"><meta name="color-scheme" content="light dark">'
    '</head><body style="margin:0;padding:16px"><div style="max-width:640px;margin:0 auto;'
    "font:16px/1.45 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif\">"
)
_END = "</div></body></html>"
_HEADING = "font-size:13px;letter-spacing:.04em;margin:24px 0 4px;opacity:.7"
_QUIET = "font-size:13px;opacity:.7"


class MailChannel(Channel):
    """Composes messages, and hands them to a server for all recipients at once."""

    def __init__(self, endpoint: EndpointConfig) -> None:
        super().__init__(endpoint)
        self._sender = endpoint.sender or ""  # the config has it: type email needs one

    def compose(self, changes: Iterable[Change], *, layout: Layout, now: datetime) -> Composed:
        if layout is Layout.DIGEST:
            return self._compose_digest(changes, now)
        offer = islice(changes, self._endpoint.items_per_message)
        taken, parts = take_fitting(offer, self._card, _fit)
        title = LABELS.get(taken[0].kind, "") + title_of(taken[0])
        if len(taken) > 1:
            title = f"{heading(Counter[str](change.kind for change in taken))}: {title}"
        texts, pages = zip(*parts, strict=True)
        article = taken[0].article
        series = article.story or article.id if len(taken) == 1 else "articles"
        body = _encode(title, "\n".join(texts), "".join(pages), series, now)
        return Composed(body=body, members=tuple(change.sequence for change in taken))

    def _compose_digest(self, changes: Iterable[Change], now: datetime) -> Composed:
        zone = self._endpoint.timezone
        found = digest(
            changes,
            room=LARGEST,
            topic_size=lambda topic: _size(_topic_text(topic, 1) + _topic_html(topic)),
            line_size=lambda line: _size(_line_text(line) + _line_html(line)),
            group_by=self._endpoint.group_by,
            zone=zone,
        )
        at = now.astimezone(zone)
        title = f"{at:%-d %b %Y}: {_first(found)}"
        more = sum(len(group.lines) for group in found.groups) - 1
        if more:
            title = f"{shorten(title, SUBJECT - 20)} and {more:,} more"
        text = "\n".join(
            _topic_text(group.topic, len(group.lines)) + "".join(map(_line_text, group.lines))
            for group in found.groups
        )
        page = "".join(
            _topic_html(group.topic) + "".join(map(_line_html, group.lines))
            for group in found.groups
        )
        page = f'<p style="{_QUIET}">{escape(found.heading)}</p>{page}'
        return Composed(body=_encode(title, text, page, "digest", now), members=found.members)

    def compose_notice(self, kind: NoticeKind, text: str, *, now: datetime) -> bytes:
        return _encode(f"Seedwatch {kind}", f"{text}\n", f"<p>{escape(text)}</p>", kind, now)

    def as_text(self, body: bytes) -> str:
        words = json.loads(body)
        return f"{words['title']}\n\n{words['text']}"

    def headers(self, delivery: str, body: bytes, *, at: datetime) -> dict[str, str]:  # noqa: ARG002 - the date is that of the words
        return {"message-id": f"<{delivery.removeprefix('urn:uuid:')}@{self._domain()}>"}

    def send(
        self, body: bytes, headers: dict[str, str], *, allow_private: bool
    ) -> Response | Failure:
        """Hand the message to the server; its last reply is the outcome."""
        started = time.monotonic()
        message = self._message(json.loads(body), headers["message-id"])
        timeout = self._endpoint.timeout.total_seconds()
        with Wire(timeout=timeout, allow_private=allow_private) as wire:
            try:
                status, said = self._hand_over(wire, message)
            except smtplib.SMTPResponseException as error:
                status, said = error.smtp_code, _words(error.smtp_error)
                if isinstance(error, smtplib.SMTPAuthenticationError):
                    said = f"logging in: {said}"
            except smtplib.SMTPNotSupportedError as error:
                return _failure(str(error), started, sent=False)
            except OSError as error:  # SMTPServerDisconnected is one
                closed = isinstance(error, smtplib.SMTPServerDisconnected) and not wire.expired
                words = "the server closed the connection" if closed else words_for(error, wire)
                return _failure(words, started, sent=wire.connected)
        elapsed = time.monotonic() - started
        return Response(
            status=status, headers={}, body=said.encode(), complete=True, elapsed=elapsed
        )

    def judge(self, answer: Response | Failure, *, now: datetime) -> Verdict:
        """By the server's code: 4xx is tried again, as is a login that it refuses; 5xx is final."""
        if isinstance(answer, Failure):
            return super().judge(answer, now=now)
        said = self._blotter.excerpt(answer.text)
        error = f"SMTP {answer.status}: {said}" if said else None
        if answer.status == ACCEPTED:
            return Verdict(outcome=Outcome.SENT, error=error)
        waits = answer.status in TEMPORARY or answer.status in AUTHENTICATION
        return Verdict(
            outcome=Outcome.FAILED if waits else Outcome.REJECTED,
            error=error or f"SMTP {answer.status}",
        )

    def lighten(self, body: bytes, verdict: Verdict) -> bytes | None:  # noqa: ARG002 - it has no pictures
        return None

    # ---------------------------------------------------------------- the server

    def _hand_over(self, wire: Wire, message: EmailMessage) -> tuple[int, str]:
        """The code of the last answer, and which recipients were refused, in words."""
        endpoint = self._endpoint
        host, port = endpoint.smtp_server
        with _Client(wire, host, port or PORTS[endpoint.tls], wraps=endpoint.tls == "on") as client:
            client.ehlo_or_helo_if_needed()
            if endpoint.tls == "starttls":
                client.starttls(context=ssl.create_default_context())
                client.ehlo()
            if endpoint.user and endpoint.password:
                client.login(endpoint.user.get_secret_value(), endpoint.password.get_secret_value())
            code, said = client.mail(self._sender)
            if code != ACCEPTED:
                return code, _words(said)
            refused = list[tuple[int, str]]()
            for recipient in endpoint.to:
                code, said = client.rcpt(recipient)
                if code not in (ACCEPTED, FORWARDED):
                    refused.append((code, f"{recipient} is refused: {code} {_words(said)}"))
            words = "; ".join(text for _, text in refused)
            if len(refused) == len(endpoint.to):
                return min(code for code, _ in refused), words
            wire.connected = True
            code, said = client.data(message.as_bytes(policy=SMTP))
            return (code, words) if code == ACCEPTED else (code, _words(said))

    def _message(self, words: dict[str, str], identity: str) -> EmailMessage:
        endpoint = self._endpoint
        list_id = f"{_NO_WORD.sub('-', endpoint.name.lower()).strip('-')}.{self._domain()}"
        message = EmailMessage(policy=SMTP)
        message["From"] = self._sender
        message["To"] = ", ".join(endpoint.to)
        message["Subject"] = words["title"]
        message["Date"] = words["date"]
        message["Message-ID"] = identity
        series = _NO_WORD.sub("-", words["series"].lower().removeprefix("urn:uuid:"))
        message["References"] = f"<{series}.{list_id}>"
        message["List-Id"] = f"<{list_id}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(words["text"], cte="quoted-printable")
        message.add_alternative(words["html"], subtype="html", cte="quoted-printable")
        message.set_boundary(f"=_{identity[1:-1]}")  # else each attempt would have another one
        return message

    def _domain(self) -> str:
        return Address(addr_spec=self._sender).domain

    # ---------------------------------------------------------------- words

    def _card(self, change: Change) -> tuple[str, str]:
        """One article, as text and as HTML."""
        content = change.article.content
        title = LABELS.get(change.kind, "") + title_of(change)
        summary = shorten(" ".join((content.summary or "").split()), SUMMARY)
        context = context_line(change, self._endpoint.timezone)
        text = "\n".join(part for part in (title, context, summary, content.url) if part)
        page = (
            f'<p dir="auto" style="margin:16px 0 0">{_link(title, content.url)}</p>'
            f'<p style="margin:2px 0;{_QUIET}">{escape(context)}</p>'
            f'<p dir="auto" style="margin:4px 0 16px">{escape(summary)}</p>'
        )
        return f"{text}\n", page


class _Client(smtplib.SMTP):
    """An SMTP client whose connection keeps to the wire's addresses and to its time."""

    def __init__(self, wire: Wire, host: str, port: int, *, wraps: bool) -> None:
        self._wire = wire
        self._wraps = wraps
        self._handle: socket.socket | None = None
        super().__init__(host, port, local_hostname="localhost")

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:  # noqa: ARG002 - the wire has the time
        """The hook of smtplib that its own SMTP_SSL overrides (3.9 to 3.14)."""
        sock, self._handle = self._wire.open(host, port, [])
        sock.settimeout(None)
        if not self._wraps:
            return sock
        return ssl.create_default_context().wrap_socket(sock, server_hostname=host)

    def close(self) -> None:
        super().close()
        handle, self._handle = self._handle, None
        if handle is not None:
            self._wire.close(handle)


def _failure(words: str, started: float, *, sent: bool) -> Failure:
    return Failure(sent=sent, error=words, elapsed=time.monotonic() - started)


def _words(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


def _encode(title: str, text: str, page: str, series: str, now: datetime) -> bytes:
    return encode_json(
        {
            "title": shorten(_CONTROL.sub(" ", title).strip(), SUBJECT),
            "date": format_datetime(now),
            "series": series,
            "text": text,
            "html": f"{_PAGE}{page}{_END}",
        }
    )


def _first(found: Digest) -> str:
    return found.groups[0].lines[0].title


def _link(title: str, url: str) -> str:
    words = f"<strong>{escape(title)}</strong>"
    if not is_link(url, LONGEST_URL):
        return words
    return f'<a href="{escape(url)}" style="color:inherit">{words}</a>'


def _topic_text(topic: str, count: int) -> str:
    return f"{topic} ({count:,})\n"


def _topic_html(topic: str) -> str:
    return f'<h2 style="{_HEADING}">{escape(topic)}</h2>'


def _line_text(line: Line) -> str:
    also = _also([shorten(other.outlet, OUTLET_LIMIT) for other in line.also])
    parts = (f"- {line.label}{line.title}", line.details, line.summary, line.url, also)
    return "\n  ".join(part for part in parts if part) + "\n"


def _line_html(line: Line) -> str:
    names = [
        f'<a href="{escape(other.url)}" style="color:inherit">'
        f"{escape(shorten(other.outlet, OUTLET_LIMIT))}</a>"
        if is_link(other.url, LONGEST_URL)
        else escape(shorten(other.outlet, OUTLET_LIMIT))
        for other in line.also
    ]
    parts = (escape(line.details), escape(line.summary), _also(names))
    below = "<br>".join(part for part in parts if part)
    return (
        f'<p dir="auto" style="margin:12px 0">{_link(line.label + line.title, line.url)}<br>'
        f'<span style="{_QUIET}">{below}</span></p>'
    )


def _also(names: Sequence[str]) -> str:
    return ALSO + ", ".join(names) if names else ""


def _fit(parts: Sequence[tuple[str, str]]) -> bool:
    return sum(_size(text) + _size(page) for text, page in parts) < LARGEST


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
