"""Apprise: everything else (ntfy, Telegram, e-mail, Matrix and a hundred more), as plain text.

The library sends by itself and says yes or no, no more. Never for Slack or webhooks: it lets
mentions through there, cuts nothing to size and ignores ``Retry-After``. The config refuses that.
"""

import json
import logging
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, tzinfo
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import quote

from watcher.config.endpoint import EndpointConfig
from watcher.model.article import Change
from watcher.model.delivery import Outcome
from watcher.notify.channels.channel import Channel, Composed, NoticeKind, encode_json
from watcher.notify.channels.digest import Digest, Group, Line, digest
from watcher.notify.channels.text import (
    ALSO,
    LABELS,
    OUTLET_LIMIT,
    context_line,
    cut,
    heading,
    shorten,
    title_of,
)
from watcher.notify.flood import Layout, take_fitting
from watcher.notify.outcome import Failure, Response, Verdict

if TYPE_CHECKING:
    from apprise import NotifyBase

TITLE = 200
LONGEST_BODY = 30_000
"""Bytes of a body; fewer where the service takes less, and never less than has room for a cut."""

SHORTEST_BODY = 100
MARGIN = 10
"""Bytes that are left to the service, for what it puts between title and body."""

NOTIFICATION = 100
"""Characters of a digest's title."""

DIGEST_MARGIN = 800
"""Bytes of a digest's body for its heading and the way to the rest."""

GAP = "\n\n"

_URL_SAFE = "%/:?#[]!$&'()*+,;=~-._"
_MENTION = re.compile(r"([@<])(?=\S)")

# Its lines may hold parts of the URL, which is the secret.
logging.getLogger("apprise").propagate = False


class AppriseChannel(Channel):
    """Composes for and sends through one Apprise URL."""

    def __init__(self, endpoint: EndpointConfig) -> None:
        super().__init__(endpoint)
        self._url = endpoint.url
        self._scheme = endpoint.url.get_secret_value().partition(":")[0]

    def compose(self, changes: Iterable[Change], *, layout: Layout, now: datetime) -> Composed:  # noqa: ARG002 - every service shows when a message came
        room, title = self._limits()
        zone = self._endpoint.timezone
        if layout is Layout.DIGEST:
            most = room - DIGEST_MARGIN
            found = digest(
                changes,
                room=most,
                topic_size=_topic_size,
                line_size=_line_size,
                group_by=self._endpoint.group_by,
                zone=self._endpoint.timezone,
            )
            text = _digest_text(found)
            return Composed(body=_encode(_said(found), text, room, title), members=found.members)
        offer = islice(changes, self._endpoint.items_per_message)
        taken, texts = take_fitting(
            offer,
            lambda change: f"{_title(change)}\n{_details(change, zone)}",
            lambda parts: _size(parts) <= room,
        )
        members = tuple(change.sequence for change in taken)
        if len(taken) == 1:
            body = _encode(_title(taken[0]), _details(taken[0], zone), room, title)
        else:
            kinds = Counter[str](change.kind for change in taken)
            body = _encode(heading(kinds), GAP.join(texts), room, title)
        return Composed(body=body, members=members)

    def compose_notice(self, kind: NoticeKind, text: str, *, now: datetime) -> bytes:  # noqa: ARG002 - as in compose
        return _encode(f"Seedwatch {kind}", _literal(text), *self._limits())

    def as_text(self, body: bytes) -> str:
        words = json.loads(body)
        return "\n".join(filter(None, [words["title"], words["body"]]))

    def headers(self, delivery: str, body: bytes, *, at: datetime) -> dict[str, str]:  # noqa: ARG002 - the service makes its own
        return {}

    def send(
        self, body: bytes, headers: dict[str, str], *, allow_private: bool
    ) -> Response | Failure:
        """Hand the message to the service. Success counts as status 200, failure as 502."""
        del headers
        started = time.monotonic()
        service = self._service()
        if service is None:
            return _failure("Apprise does not understand this URL", started, sent=False)
        if not allow_private:
            words = "Apprise cannot be held to egress.allow_private: false"
            return _failure(words, started, sent=False)
        message = json.loads(body)
        said = _in_time(lambda: _notify(service, message), self._endpoint.timeout.total_seconds())
        if said is None:
            return _failure("no answer in time", started, sent=True)
        status = HTTPStatus.OK if said else HTTPStatus.BAD_GATEWAY
        elapsed = time.monotonic() - started
        return Response(status=status, headers={}, body=b"", complete=True, elapsed=elapsed)

    def judge(self, answer: Response | Failure, *, now: datetime) -> Verdict:  # noqa: ARG002 - nobody asks for a pause
        """A message that cannot be sent at all disables the endpoint, as if it were gone."""
        if isinstance(answer, Failure):
            outcome = Outcome.UNKNOWN if answer.sent else Outcome.GONE
            return Verdict(outcome=outcome, error=f"{self._scheme}: {answer.error}")
        if answer.status == HTTPStatus.OK:
            return Verdict(outcome=Outcome.SENT)
        return Verdict(outcome=Outcome.FAILED, error=f"{self._scheme}: Apprise could not send it")

    def _limits(self) -> tuple[int, int]:
        """Bytes of a body and characters of a title that the service takes."""
        service = self._service()
        if service is None:
            return LONGEST_BODY, TITLE
        title = min(TITLE, service.title_maxlen)
        return max(min(service.body_maxlen - title - MARGIN, LONGEST_BODY), SHORTEST_BODY), title

    def _service(self) -> "NotifyBase | None":
        """The service, fresh each time: one that is kept would add pauses of its own."""
        import apprise  # noqa: PLC0415 - an optional extra, and slow to import

        asset = apprise.AppriseAsset(
            app_id="Seedwatch",
            async_mode=False,
            http_redirects=False,
            interpret_emojis=False,
            pem_autogen=False,
            pgp_autogen=False,
            storage_mode="memory",
        )
        return apprise.Apprise.instantiate(self._url.get_secret_value(), asset=asset)


def _notify(service: "NotifyBase", message: dict[str, str]) -> bool:
    return bool(service.notify(**message, body_format="text"))


def _in_time(call: Callable[[], bool], seconds: float) -> bool | None:
    """The result of ``call``, or None if it takes too long: a service cannot be interrupted."""
    said: list[bool] = []

    def run() -> None:
        try:
            said.append(call())
        except Exception:  # noqa: BLE001 - a hundred services, each with its own; any of them is a no
            said.append(False)

    thread = threading.Thread(target=run, name="seedwatch-apprise", daemon=True)
    thread.start()
    thread.join(seconds)
    return said[0] if said else None


def _failure(words: str, started: float, *, sent: bool) -> Failure:
    return Failure(sent=sent, error=words, elapsed=time.monotonic() - started)


# ---------------------------------------------------------------- text


def _title(change: Change) -> str:
    return _literal(LABELS.get(change.kind, "") + title_of(change))


def _said(found: Digest) -> str:
    return _literal(shorten(found.notification, NOTIFICATION))


def _details(change: Change, zone: tzinfo) -> str:
    content = change.article.content
    told = [
        _literal(content.summary or ""),
        _url(content.url),
        _literal(context_line(change, zone)),
    ]
    return "\n".join(part for part in told if part.strip())


def _digest_text(found: Digest) -> str:
    return "\n".join(_topic(group) + "".join(map(_item, group.lines)) for group in found.groups)


def _topic(group: Group) -> str:
    return f"{_literal(group.topic)} ({len(group.lines):,})\n"


def _item(line: Line) -> str:
    names = ", ".join(_literal(shorten(other.outlet, OUTLET_LIMIT)) for other in line.also)
    also = f"  {ALSO}{names}\n" if names else ""
    summary = f"  {_literal(line.summary)}\n" if line.summary else ""
    title = f"- {_literal(line.label + line.title)} · {_literal(line.details)}\n"
    return f"{title}{summary}  {_url(line.url)}\n{also}"


def _topic_size(topic: str) -> int:
    return _size([_topic(Group(topic=topic, lines=())), ""])


def _line_size(line: Line) -> int:
    return _size([_item(line)])


def _literal(text: str) -> str:
    """Text that pings nobody: a word joiner, which is not seen, takes every mention apart."""
    return _MENTION.sub("\\1\N{WORD JOINER}", text)


def _url(url: str) -> str:
    """A URL without the characters that a mention begins with."""
    return quote(url, safe=_URL_SAFE)


def _size(texts: Sequence[str]) -> int:
    """Bytes: no service counts more than that for a text."""
    return _cost(GAP.join(texts))


def _cost(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _encode(title: str, text: str, room: int, longest: int) -> bytes:
    """The message; a title that does not fit as one begins the body, which then holds it whole."""
    title = " ".join(title.split())
    if len(title) > longest:
        text = f"{title}\n{text}"
        title = shorten(title, longest) if longest else ""
    return encode_json({"title": title, "body": cut(text, room, _cost)})
