"""The next messages for an endpoint, and when they go out. Sends and stores nothing."""

from dataclasses import dataclass
from datetime import datetime

from watcher.config.endpoint import EndpointConfig
from watcher.model.wording import count
from watcher.notify.channels import channel_for
from watcher.notify.channels.channel import Channel
from watcher.notify.composing import Composer
from watcher.notify.next_step import MOST_DUE
from watcher.notify.outbox import Outbox
from watcher.notify.route import resume_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message as it will be sent, how many changes it tells, and it as a person reads it."""

    body: bytes
    changes: int
    text: str

    @property
    def contents(self) -> str:
        """``12 articles``; alerts and test messages have none."""
        return count(self.changes, "article") if self.changes else "a notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The messages sent from ``at`` on; ``frozen`` ones are stored and cannot change."""

    at: datetime
    frozen: bool
    messages: tuple[Message, ...]


def preview(endpoint: EndpointConfig, outbox: Outbox, *, now: datetime) -> Preview | None:
    """The next messages for ``endpoint``; None if none wait, or it is disabled."""
    found = outbox.look([endpoint.name], owner="", now=now, most_due=MOST_DUE)
    if found and not found[0].heads and not found[0].due and found[0].due_at is not None:
        now = found[0].due_at
        found = outbox.look([endpoint.name], owner="", now=now, most_due=MOST_DUE)
    if not found or not (found[0].heads or found[0].due):
        return None
    (waiting,) = found
    at = resume_at(endpoint, max(now, waiting.next_attempt_at or now))
    channel = channel_for(endpoint)
    if waiting.heads:
        bodies = [(head.delivery.body, head.delivery.members) for head in waiting.heads]
    else:
        composed = Composer(outbox).compose(endpoint, channel, waiting.due, at, MOST_DUE)
        bodies = [(each.body, each.members) for each in composed]
    messages = tuple(
        Message(body=body, changes=len(members), text=_text(channel, body))
        for body, members in bodies
    )
    return Preview(at=at, frozen=bool(waiting.heads), messages=messages)


def _text(channel: Channel, body: bytes) -> str:
    try:
        return channel.as_text(body).strip()
    except (ValueError, LookupError, TypeError, AttributeError):  # a template's, or a test's
        return body.decode("utf-8", "replace")
