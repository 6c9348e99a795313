"""Sends what endpoints are owed, in order, each under its lease. It decides nothing about news."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from watcher.config.endpoint import EndpointConfig
from watcher.errors import LeaseLost
from watcher.log import fields
from watcher.model.article import Change
from watcher.model.delivery import Alerts, Attempt, Delivery, Lease, Outcome, Waiting
from watcher.model.kinds import DeliveryState
from watcher.notify.attempt_log import alert_of, log_attempt, words_of
from watcher.notify.channels import channel_for
from watcher.notify.channels.channel import CONTENT_TYPE, Channel, NoticeKind
from watcher.notify.flood import CALM, Pace
from watcher.notify.outbox import Outbox
from watcher.notify.outcome import Verdict
from watcher.notify.retry import Settlement, Tried, gap_of, settle
from watcher.notify.route import resume_at

SHORT_WAIT = timedelta(seconds=2)
"""A gap that is waited out under the lease. A longer one, and a retry, give the lease back."""

LEASE = timedelta(seconds=30)
LEASE_MARGIN = timedelta(seconds=5)
CHANGES_AT_ONCE = 200

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class _Turn:
    """One holding of an endpoint's lease. ``lease`` moves on with each attempt."""

    endpoint: EndpointConfig
    channel: Channel
    pace: Pace | None
    lease: Lease


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """An attempt that the outbox knows of: from now on it may have been sent."""

    delivery: Delivery
    number: int
    at: datetime


class Deliverer:
    """Drains endpoints. Safe to share between threads, one endpoint in each.

    ``new_id`` gives 32 hexadecimal digits; ``random`` numbers from 0 to 1; ``feed_url`` is where
    a digest sends its readers. ``on_attempt`` hears of every attempt (endpoint, attempt).

    ``alert_endpoint`` is told of every other endpoint that is disabled, and of deliveries that are
    dead or held; ``on_alert`` hears that there is something to be told to it.
    """

    def __init__(
        self,
        endpoints: Sequence[EndpointConfig],
        outbox: Outbox,
        *,
        clock: Callable[[], datetime],
        owner: str,
        new_id: Callable[[], str],
        random: Callable[[], float],
        allow_private: bool,
        feed_url: str | None,
        on_attempt: Callable[[str, Attempt], None],
        alert_endpoint: str | None,
        on_alert: Callable[[], None],
    ) -> None:
        self._endpoints = {endpoint.name: endpoint for endpoint in endpoints}
        self._channels = {e.name: channel_for(e, feed_url=feed_url) for e in endpoints}
        self._paces = {e.name: Pace(e.flood_limit) for e in endpoints if e.is_for_people}
        self._outbox = outbox
        self._clock = clock
        self._owner = owner
        self._new_id = new_id
        self._random = random
        self._allow_private = allow_private
        self._on_attempt = on_attempt
        self._alert_endpoint = alert_endpoint
        self._on_alert = on_alert

    def drain(self, name: str, *, stop: threading.Event) -> bool:
        """Send what is due to the endpoint ``name``, until nothing is, or it must wait.

        False if it is not ours to send to: disabled, or leased by another worker. ``stop`` ends
        it after the attempt under way.
        """
        turn = self._take_turn(self._endpoints[name])
        if turn is None:
            return False
        try:
            self._send_due(turn, stop)
        except LeaseLost:
            log.warning("lease lost", extra=fields(endpoint=name))
        finally:
            self._outbox.release_lease(turn.lease)
        return True

    def _take_turn(self, endpoint: EndpointConfig) -> _Turn | None:
        now = self._clock()
        lease = endpoint.enabled and self._outbox.take_lease(
            endpoint.name, owner=self._owner, now=now, expires_at=_lease_end(endpoint, now)
        )
        if not lease:
            return None
        return _Turn(
            endpoint=endpoint,
            channel=self._channels[endpoint.name],
            pace=self._paces.get(endpoint.name),
            lease=lease,
        )

    def _send_due(self, turn: _Turn, stop: threading.Event) -> None:
        while not stop.is_set():
            waiting = self._look(turn)
            if not self._is_anything_due(turn, waiting):
                return
            if self._finish_interrupted(turn, waiting):
                continue
            pause = self._pause(turn)
            if pause is None or (pause and stop.wait(pause)):
                return
            if pause:  # more may have fallen due
                waiting = self._look(turn)
            begun = self._begin(turn, waiting)
            if begun is None or not self._attempt(turn, begun):
                return

    def _look(self, turn: _Turn) -> Waiting:
        return self._outbox.look(turn.lease, now=self._clock(), take=turn.channel.take)

    def _is_anything_due(self, turn: _Turn, waiting: Waiting) -> bool:
        if waiting.head is not None or waiting.due:
            return True
        return self._are_alerts_due(turn, self._clock())

    def _are_alerts_due(self, turn: _Turn, now: datetime) -> bool:
        if turn.endpoint.name != self._alert_endpoint:
            return False
        due_at = self._outbox.alerts_due_at()
        return due_at is not None and due_at <= now

    def _finish_interrupted(self, turn: _Turn, waiting: Waiting) -> bool:
        """Record an attempt that a dead worker left behind: nobody knows whether it arrived.

        That was not the endpoint's doing, so it costs it no failure, and no pause but its rate's.
        """
        delivery, number = waiting.head, waiting.interrupted
        if delivery is None or number is None:
            return False
        held = turn.endpoint.on_unknown == "hold"
        gap_ends_at = self._clock() + gap_of(turn.endpoint)
        verdict = Verdict(outcome=Outcome.UNKNOWN, error="interrupted: its worker died")
        settlement = Settlement(
            state=DeliveryState.HELD if held else DeliveryState.PENDING,
            next_attempt_at=max(turn.lease.next_attempt_at or gap_ends_at, gap_ends_at),
            consecutive_failures=turn.lease.consecutive_failures,
        )
        self._record(turn, delivery, _attempt(delivery, number, self._clock(), verdict), settlement)
        return True

    def _pause(self, turn: _Turn) -> float | None:
        """How many seconds to wait before the endpoint may be sent to; None if they are many."""
        now = self._clock()
        at = resume_at(turn.endpoint, max(now, turn.lease.next_attempt_at or now))
        if at - now <= SHORT_WAIT:
            return (at - now).total_seconds()
        if at != turn.lease.next_attempt_at:
            self._outbox.postpone(turn.lease, until=at)
        return None

    def _begin(self, turn: _Turn, waiting: Waiting) -> _Begun | None:
        """Begin an attempt at what comes next, frozen and stored; None if it waits."""
        if waiting.head is None:
            new = self._freeze_alerts(turn) or self._freeze_next(turn, waiting)
            return None if new is None else _Begun(delivery=new, number=1, at=new.created_at)
        now = self._clock()
        number = self._outbox.begin_attempt(
            turn.lease, waiting.head.id, at=now, expires_at=_lease_end(turn.endpoint, now)
        )
        return _Begun(delivery=waiting.head, number=number, at=now)

    def _freeze_alerts(self, turn: _Turn) -> Delivery | None:
        """All alerts that wait, as one delivery; None unless they are due, and due here."""
        now = self._clock()

        def compose(alerts: Alerts) -> Delivery:
            notice = turn.channel.compose_notice(NoticeKind.ALERT, words_of(alerts), now=now)
            return self._new_delivery(turn, notice, ())

        if not self._are_alerts_due(turn, now):
            return None
        return self._outbox.freeze_alerts(
            turn.lease,
            compose,
            not_before=now + CALM,
            expires_at=_lease_end(turn.endpoint, now),
        )

    def _freeze_next(self, turn: _Turn, waiting: Waiting) -> Delivery | None:
        """The next delivery, made of what is due and stored; None if nothing is, or it waits."""
        now = self._clock()
        if not waiting.due:
            return None
        if turn.pace is not None and (calm_at := turn.pace.resume_at(now, waiting.due)) > now:
            self._outbox.postpone(turn.lease, until=calm_at)
            return None
        composed = turn.channel.compose(self._changes(waiting.sequences), due=waiting.due, now=now)
        delivery = self._new_delivery(turn, composed.body, composed.members)
        expires_at = _lease_end(turn.endpoint, delivery.created_at)
        self._outbox.freeze(turn.lease, delivery, expires_at=expires_at)
        return delivery

    def _new_delivery(self, turn: _Turn, body: bytes, members: tuple[int, ...]) -> Delivery:
        return Delivery(
            id=f"msg_{self._new_id()}",
            endpoint=turn.endpoint.name,
            body=body,
            content_type=CONTENT_TYPE,
            members=members,
            created_at=self._clock(),
        )

    def _changes(self, sequences: Sequence[int]) -> Iterator[Change]:
        for start in range(0, len(sequences), CHANGES_AT_ONCE):
            yield from self._outbox.changes(sequences[start : start + CHANGES_AT_ONCE])

    def _attempt(self, turn: _Turn, begun: _Begun) -> bool:
        """Try a delivery once; whether it is over, and the next one may follow."""
        endpoint, delivery, began_at = turn.endpoint, begun.delivery, begun.at
        answer = turn.channel.send(
            delivery.body,
            turn.channel.headers(delivery.id, delivery.body, at=began_at),
            allow_private=self._allow_private,
        )
        ended_at = self._clock()
        verdict = turn.channel.judge(answer, now=ended_at)
        tried = Tried(
            first_at=delivery.first_attempt_at or began_at,
            ended_at=ended_at,
            failures=turn.lease.consecutive_failures,
        )
        attempt = _attempt(delivery, begun.number, began_at, verdict, elapsed=answer.elapsed)
        settlement = settle(endpoint, verdict, tried, self._random)
        if turn.pace is not None and verdict.outcome is Outcome.SENT:
            turn.pace.note(ended_at, len(delivery.members))
        lighter = turn.channel.lighten(delivery.body, verdict)
        if lighter is not None:
            self._replace(turn, delivery, attempt, settlement, lighter)
        else:
            self._record(turn, delivery, attempt, settlement)
        return settlement.state is not DeliveryState.PENDING

    def _record(
        self, turn: _Turn, delivery: Delivery, attempt: Attempt, settlement: Settlement
    ) -> None:
        words = alert_of(delivery, attempt, settlement)
        concerned = self._alert_endpoint not in (None, delivery.endpoint)
        self._outbox.finish_attempt(
            turn.lease,
            attempt,
            state=settlement.state,
            next_attempt_at=settlement.next_attempt_at,
            consecutive_failures=settlement.consecutive_failures,
            disabled_reason=settlement.disabled_reason,
            alert=words if concerned else None,
        )
        self._report(turn, attempt, settlement)
        if words is not None:
            log.error("needs attention", extra=fields(endpoint=delivery.endpoint, detail=words))
            self._on_alert()

    def _replace(
        self, turn: _Turn, delivery: Delivery, attempt: Attempt, settlement: Settlement, body: bytes
    ) -> None:
        """Record a rejection, and put what was rejected into a delivery with a lighter body.

        That is another message, so it has an id of its own; it is the next to go out.
        """
        instead = self._new_delivery(turn, body, delivery.members)
        self._outbox.replace(
            turn.lease,
            attempt,
            instead,
            next_attempt_at=settlement.next_attempt_at,
            consecutive_failures=settlement.consecutive_failures,
        )
        self._report(turn, attempt, settlement)
        told = fields(endpoint=delivery.endpoint, delivery=delivery.id, by=instead.id)
        log.warning("delivery replaced by a lighter one", extra=told)

    def _report(self, turn: _Turn, attempt: Attempt, settlement: Settlement) -> None:
        """Let everybody know what was recorded."""
        turn.lease = replace(
            turn.lease,
            next_attempt_at=settlement.next_attempt_at,
            consecutive_failures=settlement.consecutive_failures,
        )
        log_attempt(turn.endpoint.name, attempt)
        self._on_attempt(turn.endpoint.name, attempt)


def _lease_end(endpoint: EndpointConfig, now: datetime) -> datetime:
    return now + max(LEASE, endpoint.timeout + LEASE_MARGIN)


def _attempt(
    delivery: Delivery, number: int, at: datetime, verdict: Verdict, *, elapsed: float = 0.0
) -> Attempt:
    return Attempt(
        delivery=delivery.id,
        number=number,
        at=at,
        outcome=verdict.outcome,
        status=verdict.status,
        error=verdict.error,
        retry_after=verdict.retry_after,
        elapsed=elapsed,
    )
