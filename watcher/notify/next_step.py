"""Decides the next step for an endpoint, and what to record of it. It writes nothing.

The exception are alerts: they are stored as a delivery as soon as they are due.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from watcher.config.endpoint import EndpointConfig
from watcher.model.delivery import Begun, Delivery, Finished, Head, Outcome, Turn, Waiting
from watcher.model.kinds import DeliveryState
from watcher.notify.attempt_log import alert_of, words_of
from watcher.notify.channels import channel_for
from watcher.notify.channels.channel import CONTENT_TYPE, Channel, NoticeKind
from watcher.notify.composing import Composer
from watcher.notify.flood import CALM, Pace
from watcher.notify.outbox import Outbox
from watcher.notify.outcome import Verdict
from watcher.notify.retry import gap_of
from watcher.notify.route import resume_at
from watcher.notify.sending import Hand, Sent, attempt_of

MOST_AT_ONCE = 200
"""Messages that are stored and begun, or recorded, in one transaction."""

MOST_DUE = 1000
"""Changes of an endpoint that are looked at together."""

LEASE = timedelta(seconds=30)
LEASE_MARGIN = timedelta(seconds=15)
BUSY_PAUSE = timedelta(seconds=1)
"""Before asking again for an endpoint whose lease another worker has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The next step for an endpoint: what to write, what to send, when to look again."""

    turn: Turn | None = None
    hand: Hand | None = None
    again_at: datetime | None = None
    attention: tuple[str, ...] = ()


def lease_end(endpoint: EndpointConfig, now: datetime) -> datetime:
    """When a lease that is taken or extended now ends: after any answer that may be waited for."""
    return now + max(LEASE, endpoint.timeout + LEASE_MARGIN)


class Turns:
    """Decides for one endpoint after the other. What it knows of their pace ends with the process.

    ``new_id`` gives 32 hexadecimal digits. ``alert_endpoint`` is sent the alerts.
    """

    def __init__(
        self,
        outbox: Outbox,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        alert_endpoint: str | None,
    ) -> None:
        self._outbox = outbox
        self._clock = clock
        self._new_id = new_id
        self._alert_endpoint = alert_endpoint
        self._channels: dict[str, Channel] = {}
        self._paces: dict[str, Pace] = {}
        self._in_flood: set[str] = set()  # part of what was due is told, and the rest follows

    # ------------------------------------------------------------ what comes next

    def next_step(
        self, endpoint: EndpointConfig, waiting: Waiting, composer: Composer, *, room: int
    ) -> Step:
        """Decide the next step from an endpoint's work: at most ``room`` messages are begun."""
        now, name = self._clock(), endpoint.name
        if waiting.leased_until is not None:
            return Step(again_at=min(waiting.leased_until, now + BUSY_PAUSE))
        turn = Turn(
            endpoint=name,
            token=waiting.token,
            next_attempt_at=waiting.next_attempt_at,
            consecutive_failures=waiting.consecutive_failures,
        )
        interrupted = [head for head in waiting.heads if head.interrupted]
        if interrupted:
            return self._finish_interrupted(endpoint, turn, interrupted, now)
        alerts_at = self._outbox.alerts_due_at() if name == self._alert_endpoint else None
        are_alerts_due = alerts_at is not None and alerts_at <= now
        if not (waiting.heads or waiting.due or are_alerts_due):
            times = [at for at in (waiting.due_at, alerts_at) if at is not None]
            return Step(again_at=min(times, default=None))
        at = resume_at(endpoint, max(now, waiting.next_attempt_at or now))
        if at > now:
            return Step(turn=replace(turn, next_attempt_at=at), again_at=at)
        if are_alerts_due:
            self._store_alerts(endpoint, now)
            return Step(again_at=now)
        if waiting.heads:
            return self._begin(endpoint, turn, waiting.heads, more=True, room=room)
        calm_at = self._pace_of(endpoint).resume_at(now, len(waiting.due))
        if calm_at > now and name not in self._in_flood:
            return Step(turn=replace(turn, next_attempt_at=calm_at), again_at=calm_at)
        return self._begin_new(endpoint, turn, waiting, composer, room=room)

    def _begin_new(
        self,
        endpoint: EndpointConfig,
        turn: Turn,
        waiting: Waiting,
        composer: Composer,
        *,
        room: int,
    ) -> Step:
        """Begin messages composed of the changes that are due."""
        channel, now = self._channel_of(endpoint), self._clock()
        most = min(room, _most_at_once(endpoint, turn))
        stored = [
            self._new_delivery(endpoint, composed.body, composed.members)
            for composed in composer.compose(endpoint, channel, waiting.due, now, most)
        ]
        composed = sum(len(delivery.members) for delivery in stored)
        is_whole = composed == len(waiting.due) < MOST_DUE
        (self._in_flood.discard if is_whole else self._in_flood.add)(endpoint.name)
        more = composed < len(waiting.due) or len(stored) > most or waiting.due_at is not None
        heads = [Head(delivery=delivery) for delivery in stored]
        turn = replace(turn, stored=tuple(stored))
        return self._begin(endpoint, turn, heads, more=more, room=room)

    def _begin(
        self,
        endpoint: EndpointConfig,
        turn: Turn,
        heads: Sequence[Head],
        *,
        more: bool,
        room: int,
    ) -> Step:
        now = self._clock()
        begun = tuple(
            Begun(delivery=head.delivery, number=head.last_attempt + 1, at=now)
            for head in heads[: min(room, _most_at_once(endpoint, turn))]
        )
        until = lease_end(endpoint, now)
        hand = Hand(
            endpoint=endpoint,
            channel=self._channel_of(endpoint),
            token=turn.token + 1,
            lease_until=until,
            failures=turn.consecutive_failures,
            todo=deque(begun),
            more=more,
        )
        return Step(turn=replace(turn, takes=True, lease_until=until, begun=begun), hand=hand)

    def _finish_interrupted(
        self, endpoint: EndpointConfig, turn: Turn, heads: Sequence[Head], now: datetime
    ) -> Step:
        """Record attempts that a dead worker left behind: nobody knows whether they arrived.

        That was not the endpoint's doing, so it costs it no failure, and no pause but its rate's.
        """
        state = DeliveryState.HELD if endpoint.on_unknown == "hold" else DeliveryState.PENDING
        verdict = Verdict(outcome=Outcome.UNKNOWN, error="interrupted: its worker died")
        finished, attention = [], list[str]()
        for head in heads:
            begun = Begun(delivery=head.delivery, number=head.last_attempt, at=now)
            attempt = attempt_of(begun, verdict)
            finished.append(Finished(attempt=attempt, state=state))
            attention += alert_of(head.delivery, attempt, state, None)
        gap_ends_at = now + gap_of(endpoint)
        turn = replace(
            turn,
            takes=True,
            next_attempt_at=max(turn.next_attempt_at or gap_ends_at, gap_ends_at),
            finished=tuple(finished),
            alerts=self._alerts(endpoint, attention),
        )
        return Step(turn=turn, again_at=now, attention=tuple(attention))

    def _store_alerts(self, endpoint: EndpointConfig, now: datetime) -> None:
        """Store all alerts that wait as one delivery, which is then the next one."""
        channel = self._channel_of(endpoint)
        self._outbox.store_alerts(
            endpoint.name,
            lambda alerts: self._new_delivery(
                endpoint, channel.compose_notice(NoticeKind.ALERT, words_of(alerts), now=now), ()
            ),
            not_before=now + CALM,
        )

    # ------------------------------------------------------------ what was sent

    def result(self, hand: Hand, sent: Sequence[Sent], *, over: bool) -> Step:
        """The records of finished attempts; ``over``: the endpoint's lease is given back."""
        stored, replaces, finished, attention = [], [], [], list[str]()
        for each in sent:
            delivery, state = each.begun.delivery, each.settlement.state
            if each.lighter is not None:
                instead = self._new_delivery(hand.endpoint, each.lighter, delivery.members)
                stored.append(instead)
                replaces.append((delivery.id, instead.id))
                state = DeliveryState.REPLACED
            finished.append(Finished(attempt=each.attempt, state=state))
            attention += alert_of(delivery, each.attempt, state, each.settlement.disabled_reason)
            if each.attempt.outcome is Outcome.SENT:
                self._pace_of(hand.endpoint).note(self._clock(), len(delivery.members))
        turn = Turn(
            endpoint=hand.endpoint.name,
            token=hand.token,
            lease_until=None if over else hand.lease_until,
            next_attempt_at=hand.next_attempt_at,
            consecutive_failures=hand.failures,
            stored=tuple(stored),
            replaces=tuple(replaces),
            untried=tuple(hand.todo) if over else (),
            finished=tuple(finished),
            disabled_reason=sent[-1].settlement.disabled_reason if sent else None,
            alerts=self._alerts(hand.endpoint, attention),
        )
        return Step(turn=turn, attention=tuple(attention))

    def _alerts(self, endpoint: EndpointConfig, attention: Sequence[str]) -> tuple[str, ...]:
        """Alerts for the alert endpoint: none about its own trouble."""
        return tuple(attention) if self._alert_endpoint not in (None, endpoint.name) else ()

    def _new_delivery(
        self, endpoint: EndpointConfig, body: bytes, members: tuple[int, ...]
    ) -> Delivery:
        return Delivery(
            id=f"msg_{self._new_id()}",
            endpoint=endpoint.name,
            body=body,
            content_type=CONTENT_TYPE,
            members=members,
            created_at=self._clock(),
        )

    def _channel_of(self, endpoint: EndpointConfig) -> Channel:
        channel = self._channels.get(endpoint.name)
        if channel is None:
            channel = self._channels[endpoint.name] = channel_for(endpoint)
        return channel

    def _pace_of(self, endpoint: EndpointConfig) -> Pace:
        if not endpoint.is_for_people:
            return _NO_PACE
        return self._paces.setdefault(endpoint.name, Pace(endpoint.flood_limit))


class _NoPace(Pace):
    """Programs can take any number of messages."""

    def note(self, at: datetime, changes: int) -> None: ...


_NO_PACE = _NoPace(0)


def _most_at_once(endpoint: EndpointConfig, turn: Turn) -> int:
    """How many attempts to begin: as many as the endpoint's rate sends in a second.

    One, if an attempt that a crash cuts off is held for a person, or is likely to fail.
    """
    if endpoint.on_unknown == "hold" or turn.consecutive_failures:
        return 1
    return max(1, min(MOST_AT_ONCE, int(endpoint.sends_per_second)))
