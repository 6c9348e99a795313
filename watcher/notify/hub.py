"""Tells a WebSub hub that a feed has changed, once, and says when to try again.

https://www.w3.org/TR/websub/ leaves it to hub and publisher how; this is the form that public hubs
take: ``hub.mode=publish`` with the feed's URL.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode, urlsplit

from watcher.config import EndpointConfig
from watcher.model import Outcome
from watcher.notify.http import Failure, post
from watcher.notify.judge import judge_failure, judge_status
from watcher.notify.redact import Blotter
from watcher.notify.retry import Tried, settle
from watcher.notify.sink import USER_AGENT

_HEADERS = {"content-type": "application/x-www-form-urlencoded", "user-agent": USER_AGENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinged:
    """What became of a ping: ``error`` is None if the hub took it, else ``retry_at`` is set."""

    error: str | None = None
    retry_at: datetime | None = None


class Hub:
    """A WebSub hub, to be pinged with the waits of an endpoint that has its defaults."""

    def __init__(
        self,
        url: str,
        *,
        clock: Callable[[], datetime],
        random: Callable[[], float],
        allow_private: bool,
    ) -> None:
        name = urlsplit(url).hostname or "hub"
        self._endpoint = EndpointConfig.model_validate(
            {"name": name, "type": "webhook", "url": url}
        )
        self._url = url
        self._clock = clock
        self._random = random
        self._allow_private = allow_private

    def ping(self, feed_url: str, *, failures: int) -> Pinged:
        """Say that the feed at this URL has changed, after so many pings in a row that failed.

        A rejection is tried again like any failure: what is refused today is a setting tomorrow,
        and the last wait is long.
        """
        began_at = self._clock()
        answer = post(
            self._url,
            urlencode({"hub.mode": "publish", "hub.url": feed_url}).encode(),
            _HEADERS,
            timeout=self._endpoint.timeout.total_seconds(),
            allow_private=self._allow_private,
        )
        ended_at = self._clock()
        blotter = Blotter(self._endpoint)
        if isinstance(answer, Failure):
            verdict = judge_failure(answer, blotter)
        else:
            verdict = judge_status(answer, now=ended_at, blotter=blotter)
        if verdict.outcome is Outcome.SENT:
            return Pinged()
        if verdict.outcome in (Outcome.REJECTED, Outcome.GONE):
            verdict = replace(verdict, outcome=Outcome.FAILED)
        tried = Tried(first_at=began_at, ended_at=ended_at, failures=failures)
        settlement = settle(self._endpoint, verdict, tried, self._random)
        error = verdict.error or verdict.outcome.value
        return Pinged(error=error, retry_at=settlement.next_attempt_at)
