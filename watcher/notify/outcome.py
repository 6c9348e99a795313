"""Answers, and what they mean for a delivery, by HTTP alone (DESIGN §4.7). Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from watcher.model.delivery import Outcome
from watcher.notify.redact import Blotter

SUCCESS = range(200, 300)
SERVER_ERROR = range(500, 600)
LONGEST_WAIT = timedelta(hours=24)
"""A longer ``Retry-After`` is cut to this: it must not park an endpoint for a year."""

LONGEST_NUMBER = 15
"""Digits of a ``Retry-After`` that are read: 30 million years."""

REFUSED_FOR_NOW = (401, 403, 404, 407, 408, 425)
"""Often said by a proxy, or during a deployment, and not by the receiver itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer, with at most 64 KiB of its body; ``complete`` unless that was cut short.

    Header names are in lower case; ``elapsed`` is in seconds.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    complete: bool
    elapsed: float

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """No answer. ``sent`` says that the request may have arrived. ``error`` names no URL."""

    sent: bool
    error: str
    elapsed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The outcome of an attempt. ``error`` holds no secret; ``retry_after`` is in seconds."""

    outcome: Outcome
    status: int | None = None
    error: str | None = None
    retry_after: float | None = None


def judge_failure(failure: Failure, blotter: Blotter) -> Verdict:
    """No answer: harmless if the request cannot have arrived, unknown if it can."""
    outcome = Outcome.UNKNOWN if failure.sent else Outcome.NOT_SENT
    return Verdict(outcome=outcome, error=blotter.blot(failure.error))


def judge_status(response: Response, *, now: datetime, blotter: Blotter) -> Verdict:
    """An answer, by its status and its ``Retry-After``."""
    wait = retry_after(response.headers, now)
    outcome = _outcome(response.status, wait)
    if outcome is Outcome.SENT:
        return Verdict(outcome=outcome, status=response.status)
    verdict = Verdict(outcome=outcome, status=response.status, error=error_of(response, blotter))
    if outcome is Outcome.THROTTLED and wait is not None:
        return throttled(verdict, wait)
    return verdict


def throttled(verdict: Verdict, wait: float) -> Verdict:
    """``verdict`` with a pause of ``wait`` seconds, or of 24 h, which its error then says."""
    longest = LONGEST_WAIT.total_seconds()
    if wait <= longest:
        return replace(verdict, retry_after=wait)
    cut = f"{verdict.error}; it asks for a pause of {wait:.15g} s, which is cut to 24 h"
    return replace(verdict, retry_after=longest, error=cut)


def error_of(response: Response, blotter: Blotter) -> str:
    """An answer in words: its status and the beginning of its body."""
    excerpt = blotter.excerpt(response.text)
    return f"HTTP {response.status}: {excerpt}" if excerpt else f"HTTP {response.status}"


def _outcome(status: int, wait: float | None) -> Outcome:
    match status:
        case _ if status in SUCCESS:
            return Outcome.SENT
        case 429:
            return Outcome.THROTTLED
        case 503 if wait is not None:
            return Outcome.THROTTLED
        case 410:
            return Outcome.GONE
        case _ if status in REFUSED_FOR_NOW or status in SERVER_ERROR:
            return Outcome.FAILED
        case _:
            return Outcome.REJECTED


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait, from a ``Retry-After`` in seconds or as a date (RFC 9110 §10.2.3).

    A date counts from the answer's own ``Date``, so that a wrong clock on either side does no
    harm; from ``now`` where there is none. None if there is no header, or no sense in it.
    """
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", value):
        seconds = float(value[:LONGEST_NUMBER])
    elif (at := _date(value)) is not None:
        seconds = (at - (_date(headers.get("date", "")) or now)).total_seconds()
    else:
        return None
    return max(seconds, 0.0)


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError, IndexError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
