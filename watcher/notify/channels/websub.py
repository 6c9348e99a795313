"""WebSub hubs: a ping says which feed has changed, and they fetch it themselves."""

from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

from watcher.config.endpoint import HubConfig
from watcher.model.delivery import Outcome
from watcher.notify.channels.channel import Channel, NoticeKind
from watcher.notify.outcome import Failure, Response, Verdict

FORM = "application/x-www-form-urlencoded"


def ping_body(feed_url: str) -> bytes:
    """The body, of type :data:`FORM`, that tells a hub that the feed at this URL has changed.

    https://www.w3.org/TR/websub/ leaves the form to hub and publisher. Public hubs read the feed's
    address from ``hub.url`` or, as version 0.4 of PubSubHubbub had it, from ``hub.topic``.
    """
    form = {"hub.mode": "publish", "hub.url": feed_url, "hub.topic": feed_url}
    return urlencode(form).encode()


class WebSubChannel(Channel):
    """A hub as an endpoint. Nothing is composed for it: its deliveries are made by publishing."""

    def __init__(self, hub: HubConfig) -> None:
        super().__init__(hub)
        self._feed_url = hub.feed_url

    def compose_notice(self, kind: NoticeKind, text: str, *, now: datetime) -> bytes:  # noqa: ARG002 - a hub reads no text
        """An ordinary ping, for a feed that the hub is pinged for anyway."""
        return ping_body(self._feed_url)

    def headers(self, delivery: str, body: bytes, *, at: datetime) -> dict[str, str]:
        return super().headers(delivery, body, at=at) | {"content-type": FORM}

    def judge(self, answer: Response | Failure, *, now: datetime) -> Verdict:
        """A rejection is tried again like any failure.

        The same ping is right again once the hub takes the feed, and the last wait is long.
        """
        verdict = super().judge(answer, now=now)
        if verdict.outcome in (Outcome.REJECTED, Outcome.GONE):
            return replace(verdict, outcome=Outcome.FAILED)
        return verdict
