"""Sends one endpoint's messages, one after the other. It writes nothing to the outbox."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from watcher.config.endpoint import EndpointConfig
from watcher.model.delivery import Attempt, Begun
from watcher.model.kinds import DeliveryState
from watcher.notify.channels.channel import Channel
from watcher.notify.outcome import Verdict
from watcher.notify.retry import Settlement, Tried, settle

SHORT_WAIT = timedelta(milliseconds=5)
"""A gap that is waited out by the sender; for a longer one it takes up something else."""

LONGEST_WAIT = timedelta(seconds=1)
"""For a longer one the endpoint is let out of hand."""

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One attempt that was made, what follows from it, and a lighter body if that is to be sent."""

    begun: Begun
    attempt: Attempt
    settlement: Settlement
    lighter: bytes | None = None

    @property
    def is_over(self) -> bool:
        """True if the next message may follow."""
        is_done = self.settlement.state is not DeliveryState.PENDING
        return is_done and self.lighter is None


@dataclass(slots=True, kw_only=True, eq=False)
class Hand:
    """An endpoint while it is being sent to: it is in one hand only, and under one lease.

    ``todo`` are the attempts that were begun; ``sent`` those that are made and not recorded yet.
    ``next_attempt_at`` is when the next one may be made; ``more``: something waits besides what is
    here. ``since`` is when the attempt under way began.
    """

    endpoint: EndpointConfig
    channel: Channel
    token: int
    lease_until: datetime
    failures: int
    todo: deque[Begun]
    sent: deque[Sent] = field(default_factory=deque)
    next_attempt_at: datetime | None = None
    more: bool = False
    is_over: bool = False
    is_paused: bool = False
    since: datetime | None = None


class Sender:
    """Sends hands. Safe for any threads, with one hand in each.

    ``random`` gives numbers from 0 to 1; ``may_send`` is False for an endpoint that was lost;
    ``on_sent`` is called after every attempt, and when a hand is over; ``on_pause`` when it is left
    until then.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        random: Callable[[], float],
        allow_private: bool,
        stop: threading.Event,
        may_send: Callable[[str], bool],
        on_sent: Callable[[Hand], None],
        on_pause: Callable[[Hand, datetime], None],
    ) -> None:
        self._clock = clock
        self._random = random
        self._allow_private = allow_private
        self._stop = stop
        self._may_send = may_send
        self._on_sent = on_sent
        self._on_pause = on_pause

    def send(self, hand: Hand) -> None:
        """Send in order until all is sent, one message is not over, or a pause is due."""
        while hand.todo and not self._stop.is_set():
            next_at = hand.next_attempt_at or _LONG_AGO
            pause = next_at - self._clock()
            if pause > LONGEST_WAIT:
                break
            if pause > SHORT_WAIT:
                hand.is_paused = True  # first: from the call on it may go on in another thread
                self._on_pause(hand, next_at)
                return
            if pause > timedelta(0):
                self._stop.wait(pause.total_seconds())
            if self._clock() + hand.endpoint.timeout > hand.lease_until:
                break  # somebody else may have the endpoint before an answer is here
            if not self._may_send(hand.endpoint.name):
                break
            sent = self._attempt(hand, hand.todo[0])
            hand.sent.append(sent)
            hand.todo.popleft()
            if not sent.is_over:
                break
            if hand.todo:
                self._on_sent(hand)
        hand.is_over = True
        self._on_sent(hand)

    def _attempt(self, hand: Hand, begun: Begun) -> Sent:
        channel, delivery = hand.channel, begun.delivery
        hand.since = self._clock()
        answer = channel.send(
            delivery.body,
            channel.headers(delivery.id, delivery.body, at=hand.since),
            allow_private=self._allow_private,
        )
        ended_at, hand.since = self._clock(), None
        verdict = channel.judge(answer, now=ended_at)
        tried = Tried(
            first_at=delivery.first_attempt_at or begun.at,
            ended_at=ended_at,
            failures=hand.failures,
        )
        settlement = settle(hand.endpoint, verdict, tried, self._random)
        hand.failures = settlement.consecutive_failures
        hand.next_attempt_at = settlement.next_attempt_at
        return Sent(
            begun=begun,
            attempt=attempt_of(begun, verdict, elapsed=answer.elapsed),
            settlement=settlement,
            lighter=channel.lighten(delivery.body, verdict),
        )


def attempt_of(begun: Begun, verdict: Verdict, *, elapsed: float = 0.0) -> Attempt:
    """The outcome of an attempt, to be recorded."""
    return Attempt(
        delivery=begun.delivery.id,
        number=begun.number,
        at=begun.at,
        outcome=verdict.outcome,
        status=verdict.status,
        error=verdict.error,
        retry_after=verdict.retry_after,
        elapsed=elapsed,
    )
