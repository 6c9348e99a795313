"""Decides which endpoint is in hand, and writes what becomes of it: for many endpoints at once.

    wake, timers ─▶ ready ─▶ look ─▶ compose ─▶ write (stored, begun) ─▶ in hand ─▶ senders
                      ▲                                                                 │
                      └───────────── more is due ◀── write (finished) ◀── attempts ◀────┘

One thread calls :meth:`Deliverer.step`; senders make the requests. An endpoint is in one hand only,
so its messages keep their order, and its trouble is its own. What is stored, begun and recorded is
shared by all that happens within :data:`GATHER`. It decides nothing about news.
"""

import heapq
import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from watcher.config.endpoint import EndpointConfig
from watcher.errors import StoreError, StoreUnavailable
from watcher.log import fields
from watcher.model.delivery import (
    Attempt,
    Begun,
    Delivery,
    Finished,
    Head,
    Outcome,
    Turn,
    Waiting,
)
from watcher.model.kinds import DeliveryState
from watcher.notify.attempt_log import alert_of, log_attempt, words_of
from watcher.notify.channels import channel_for
from watcher.notify.channels.channel import CONTENT_TYPE, Channel, NoticeKind
from watcher.notify.composing import Composer
from watcher.notify.flood import CALM, Pace
from watcher.notify.outbox import Outbox
from watcher.notify.outcome import Verdict
from watcher.notify.retry import gap_of
from watcher.notify.route import resume_at
from watcher.notify.sending import Hand, Sender, Sent, attempt_of

GATHER = 0.1
"""Seconds within which attempts that were made are recorded: a crash repeats no more than those."""

MOST_AT_ONCE = 200
"""Messages that are stored and begun, or recorded, in one transaction."""

MOST_IN_HAND = 2 * MOST_AT_ONCE
"""Messages that are begun and not recorded yet."""

MOST_ENDPOINTS = 200
MOST_DUE = 1000
"""Changes of an endpoint that are looked at: of a flood, so many become digests together."""

MOST_FAILING = 64
"""Endpoints whose last attempt failed that may be in hand: they may all hang for a while."""

SLOW = timedelta(milliseconds=50)
LEASE = timedelta(seconds=30)
LEASE_MARGIN = timedelta(seconds=15)
EXTEND_EVERY = timedelta(seconds=5)
FAULT_PAUSE = timedelta(seconds=30)
BUSY_PAUSE = timedelta(seconds=1)
"""Before asking again for an endpoint of which another worker has the lease."""

log = logging.getLogger(__name__)


class Deliverer:
    """Sends what endpoints are owed. :meth:`step` is for one thread; the rest for any.

    ``new_id`` gives 32 hexadecimal digits; ``random`` numbers from 0 to 1. ``on_attempt`` is called with every attempt that was recorded (endpoint,
    attempt). ``alert_endpoint`` is told of every other endpoint that is disabled, and of deliveries
    that are dead or held.
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
        on_attempt: Callable[[str, Attempt], None],
        alert_endpoint: str | None,
    ) -> None:
        self._endpoints = {endpoint.name: endpoint for endpoint in endpoints if endpoint.enabled}
        self._channels: dict[str, Channel] = {}
        self._paces: dict[str, Pace] = {}
        self._outbox = outbox
        self._clock = clock
        self._owner = owner
        self._new_id = new_id
        self._on_attempt = on_attempt
        self._alert_endpoint = alert_endpoint
        self.stopping = threading.Event()
        self.woken = threading.Event()
        self._sender = Sender(
            clock=clock,
            random=random,
            allow_private=allow_private,
            stop=self.stopping,
            on_sent=self._note_sent,
            on_pause=self._note_pause,
        )
        self._calls: deque[tuple[str, datetime]] = deque()
        self._news: deque[Hand] = deque()
        self._timers: list[tuple[datetime, int, str]] = []
        self._planned: dict[str, datetime] = {}
        self._numbers = itertools.count()
        self._ready: dict[str, None] = {}
        self._hands: dict[str, Hand] = {}
        self._failing: set[str] = set()
        self._again: set[str] = set()
        self._begun = 0
        self._first_news_at: float | None = None
        self._extended_at = clock()
        self._is_settled = True
        self._is_clock_back = False

    # ------------------------------------------------------------ for any thread

    def wake(self, due: Mapping[str, datetime]) -> None:
        """These endpoints have something to do at these times; unknown names are ignored."""
        self._calls.extend((name, at) for name, at in due.items() if name in self._endpoints)
        self.woken.set()

    def plan(self) -> None:
        """Ask the outbox what all endpoints have to do, and when."""
        self.wake(self._outbox.next_due(alerts_to=self._alert_endpoint))

    def follow_clock_back(self) -> None:
        """The clock was set back: forget all timers, and plan anew."""
        self._is_clock_back = True
        self.plan()

    @property
    def is_idle(self) -> bool:
        """True if nothing is in hand, and nothing to do before the next timer."""
        return self._is_settled and not self._calls and not self._news

    @property
    def next_timer(self) -> datetime | None:
        """When there is something to do next, as far as is known; right while it is idle."""
        return min(self._planned.values(), default=None)

    def is_slow(self, hand: Hand) -> bool:
        """True if the attempt under way has waited for its answer for longer than most."""
        since = hand.since
        return since is not None and self._clock() - since > SLOW

    def send(self, hand: Hand) -> None:
        """Send a hand: the work of a sender's thread."""
        self._sender.send(hand)

    def give_up(self, hand: Hand) -> None:
        """A sender failed at a hand, for no reason of its endpoint's: leave that for a while.

        The attempt under way is found as an interrupted one.
        """
        if hand.todo:
            hand.todo.popleft()
        hand.next_attempt_at = self._clock() + FAULT_PAUSE
        hand.since, hand.more, hand.is_over = None, True, True
        self._note_sent(hand)

    def _note_sent(self, hand: Hand) -> None:
        """Called by a sender. Wakes the dispatcher for the first news, and when there is enough."""
        self._news.append(hand)
        waiting = len(self._news)
        if waiting == 1 or waiting >= self._enough():
            self.woken.set()

    def _note_pause(self, hand: Hand, until: datetime) -> None:
        """Called by a sender that leaves a hand until its endpoint's rate allows the next one."""
        self._calls.append((hand.endpoint.name, until))
        self.woken.set()

    def _enough(self) -> int:
        """So many attempts are recorded at once; none waits for others that may hang."""
        return max(1, min(MOST_AT_ONCE, self._begun // 2))

    # ------------------------------------------------------------ for the dispatcher's thread


    @property
    def is_at_work(self) -> bool:
        """True while anything is in hand, or not recorded."""
        return bool(self._hands or self._news)

    @property
    def latest_attempt(self) -> tuple[str, timedelta] | None:
        """The endpoint whose attempt under way took longest beyond its own timeout."""
        now = self._clock()
        late = [
            (hand.endpoint.name, now - since - hand.endpoint.timeout)
            for hand in self._hands.values()
            if (since := hand.since) is not None
        ]
        return max(late, key=lambda each: each[1], default=None)

    def step(self) -> tuple[list[Hand], float | None]:
        """Do all that can be done now, without waiting for anybody.

        Returns the hands that are to be sent, and how many seconds to wait at most before the next
        step; None: until :attr:`woken` is set.
        """
        self.woken.clear()
        self._is_settled = False
        self._record_news()
        resumed = self._take_calls() + self._take_timers()
        if self.stopping.is_set():
            resumed += self._resume(list(self._hands))
            begun = []
        else:
            begun = self._begin()
        self._extend_leases()
        self._is_settled = not (self._hands or self._ready)
        return [*resumed, *begun], self._wait()

    def stop(self) -> None:
        """Begin no further attempt."""
        self.stopping.set()
        self.woken.set()

    def _wait(self) -> float | None:
        if self._ready and self._begun < MOST_IN_HAND and self._pickable():
            return 0.0
        waits = [self._first_news_at + GATHER - time.monotonic()] if self._first_news_at else []
        waits += [(self._timers[0][0] - self._clock()).total_seconds()] if self._timers else []
        waits += [EXTEND_EVERY.total_seconds()] if self._hands else []
        return max(0.0, min(waits)) if waits else None

    # ------------------------------------------------------------ what is due

    def _take_calls(self) -> list[Hand]:
        """Make ready who is called. Returns the hands that go on after a pause."""
        now, resumed = self._clock(), list[Hand]()
        if self._is_clock_back:
            self._is_clock_back = False
            self._timers.clear()
            self._planned.clear()
            resumed += self._resume(list(self._hands))
        while self._calls:
            name, at = self._calls.popleft()
            if at > now:
                self._set_timer(name, at)
            else:
                resumed += self._resume([name])
        return resumed

    def _resume(self, names: Iterable[str]) -> list[Hand]:
        """Make endpoints ready, or have them looked at again. Returns the hands that paused."""
        resumed = []
        for name in names:
            hand = self._hands.get(name)
            if hand is None:
                self._ready[name] = None
                continue
            self._again.add(name)
            if hand.is_paused:
                hand.is_paused = False
                resumed.append(hand)
        return resumed

    def _set_timer(self, name: str, at: datetime) -> None:
        known = self._planned.get(name)
        if known is None or at < known:
            self._planned[name] = at
            heapq.heappush(self._timers, (at, next(self._numbers), name))

    def _take_timers(self) -> list[Hand]:
        """Make ready what has fallen due. Returns the hands that go on after a pause."""
        now, resumed = self._clock(), list[Hand]()
        while self._timers and self._timers[0][0] <= now:
            at, _, name = heapq.heappop(self._timers)
            if self._planned.get(name) == at:
                del self._planned[name]
                resumed += self._resume([name])
        return resumed

    # ------------------------------------------------------------ beginning

    def _pickable(self) -> list[str]:
        """Ready endpoints, in order of call; those that fail only so far as there is room."""
        room = MOST_FAILING - sum(name in self._failing for name in self._hands)
        picked = []
        for name in self._ready:
            if name in self._failing:
                if room <= 0:
                    continue
                room -= 1
            picked.append(name)
            if len(picked) == MOST_ENDPOINTS:
                break
        return picked

    def _begin(self) -> list[Hand]:
        """Store and begin what comes next for the endpoints that are ready."""
        names = self._pickable() if self._begun < MOST_IN_HAND else []
        if not names:
            return []
        now = self._clock()
        found = self._outbox.look(names, owner=self._owner, now=now, most_due=MOST_DUE)
        composer = Composer(self._outbox)
        turns: list[Turn] = []
        hands: list[Hand] = []
        asked = set(names) - {waiting.endpoint for waiting in found}
        room, ends_at = MOST_AT_ONCE, time.monotonic() + GATHER
        for waiting in found:
            if room <= 0 or time.monotonic() > ends_at:
                break
            asked.add(waiting.endpoint)
            turn, hand = self._try_turn(waiting, composer, now, room)
            if turn is not None:
                turns.append(turn)
            if hand is not None:
                hands.append(hand)
                room -= len(hand.todo)
        lost = self._write(turns)
        for name in asked:
            self._ready.pop(name, None)
        for turn in turns:
            if turn.endpoint not in lost:
                self._report(turn, turn.alerts)
        for name in lost:
            self._set_timer(name, now + BUSY_PAUSE)
        begun = [hand for hand in hands if hand.endpoint.name not in lost]
        for hand in begun:
            self._hands[hand.endpoint.name] = hand
            self._begun += len(hand.todo)
        return begun

    def _try_turn(
        self, waiting: Waiting, composer: Composer, now: datetime, room: int
    ) -> tuple[Turn | None, Hand | None]:
        """As :meth:`_turn`. A fault in what one endpoint needs costs no other anything."""
        try:
            return self._turn(waiting, composer, now, room)
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("endpoint left out", extra=fields(endpoint=waiting.endpoint))
            self._set_timer(waiting.endpoint, now + FAULT_PAUSE)
            return None, None

    def _turn(
        self, waiting: Waiting, composer: Composer, now: datetime, room: int
    ) -> tuple[Turn | None, Hand | None]:
        """What to write about an endpoint that is ready, and what to send; nothing if it waits."""
        name = waiting.endpoint
        endpoint = self._endpoints[name]
        if waiting.leased_until is not None:
            self._set_timer(name, min(waiting.leased_until, now + BUSY_PAUSE))
            return None, None
        turn = Turn(
            endpoint=name,
            token=waiting.token,
            next_attempt_at=waiting.next_attempt_at,
            consecutive_failures=waiting.consecutive_failures,
        )
        interrupted = [head for head in waiting.heads if head.interrupted]
        if interrupted:
            self._call_again(name, now)
            return self._finish_interrupted(endpoint, turn, interrupted, now), None
        alerts_due = self._are_alerts_due(name, now)
        if not (waiting.heads or waiting.due or alerts_due):
            if waiting.due_at is not None:
                self._set_timer(name, waiting.due_at)
            return None, None
        at = resume_at(endpoint, max(now, waiting.next_attempt_at or now))
        if at > now:
            self._set_timer(name, at)
            return (replace(turn, next_attempt_at=at), None)
        if alerts_due:
            self._store_alerts(endpoint, now)
            self._call_again(name, now)
            return None, None
        return self._begin_turn(endpoint, turn, waiting, composer, now, room)

    def _begin_turn(
        self,
        endpoint: EndpointConfig,
        turn: Turn,
        waiting: Waiting,
        composer: Composer,
        now: datetime,
        room: int,
    ) -> tuple[Turn | None, Hand | None]:
        most = min(room, self._most_at_once(endpoint, waiting))
        stored: list[Delivery] = []
        left = len(waiting.due)
        if not waiting.heads:
            pace = self._pace_of(endpoint)
            if pace is not None and (calm_at := pace.resume_at(now, left)) > now:
                self._set_timer(endpoint.name, calm_at)
                return replace(turn, next_attempt_at=calm_at), None
            channel = self._channel_of(endpoint)
            for composed in composer.compose(endpoint, channel, waiting.due, now, most):
                stored.append(self._new_delivery(endpoint, composed.body, composed.members))
                left -= len(composed.members)
        heads = [*waiting.heads, *(Head(delivery=delivery) for delivery in stored)]
        begun = [
            Begun(delivery=head.delivery, number=head.last_attempt + 1, at=now)
            for head in heads[:most]
        ]
        lease_until = now + max(LEASE, endpoint.timeout + LEASE_MARGIN)
        hand = Hand(
            endpoint=endpoint,
            channel=self._channel_of(endpoint),
            token=turn.token + 1,
            lease_until=lease_until,
            failures=turn.consecutive_failures,
            todo=deque(begun),
            more=len(heads) > len(begun) or left > 0 or waiting.due_at is not None,
        )
        turn = replace(
            turn, takes=True, lease_until=lease_until, stored=tuple(stored), begun=tuple(begun)
        )
        return turn, hand

    def _most_at_once(self, endpoint: EndpointConfig, waiting: Waiting) -> int:
        """How many attempts to begin: as many as its rate sends in a second.

        One, if an attempt that a crash cuts off is held for a person, or is likely to fail.
        """
        if endpoint.on_unknown == "hold" or waiting.consecutive_failures:
            return 1
        return max(1, min(MOST_AT_ONCE, int(endpoint.sends_per_second)))

    def _call_again(self, name: str, now: datetime) -> None:
        self._calls.append((name, now))
        self.woken.set()

    def _finish_interrupted(
        self, endpoint: EndpointConfig, turn: Turn, heads: Sequence[Head], now: datetime
    ) -> Turn:
        """Record attempts that a dead worker left behind: nobody knows whether they arrived.

        That was not the endpoint's doing, so it costs it no failure, and no pause but its rate's.
        """
        held = endpoint.on_unknown == "hold"
        verdict = Verdict(outcome=Outcome.UNKNOWN, error="interrupted: its worker died")
        finished = [
            Finished(
                attempt=attempt_of(
                    Begun(delivery=head.delivery, number=head.last_attempt, at=now), verdict
                ),
                state=DeliveryState.HELD if held else DeliveryState.PENDING,
            )
            for head in heads
        ]
        gap_ends_at = now + gap_of(endpoint)
        attention = [
            words
            for head, each in zip(heads, finished, strict=True)
            if (words := alert_of(head.delivery, each.attempt, each.state, None)) is not None
        ]
        return replace(
            turn,
            takes=True,
            next_attempt_at=max(turn.next_attempt_at or gap_ends_at, gap_ends_at),
            finished=tuple(finished),
            alerts=self._alerts(endpoint.name, attention),
        )

    def _are_alerts_due(self, name: str, now: datetime) -> bool:
        if name != self._alert_endpoint:
            return False
        due_at = self._outbox.alerts_due_at()
        if due_at is not None and due_at > now:
            self._set_timer(name, due_at)
        return due_at is not None and due_at <= now

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

    def _pace_of(self, endpoint: EndpointConfig) -> Pace | None:
        if not endpoint.is_for_people:
            return None
        return self._paces.setdefault(endpoint.name, Pace(endpoint.flood_limit))

    # ------------------------------------------------------------ recording

    def _record_news(self) -> None:
        """Record attempts that were made, once there are enough, or GATHER is over."""
        if not self._news:
            return
        self._first_news_at = self._first_news_at or time.monotonic()
        is_early = time.monotonic() < self._first_news_at + GATHER
        if len(self._news) < self._enough() and is_early and not self.stopping.is_set():
            return
        names = {self._news.popleft().endpoint.name for _ in range(len(self._news))}
        results = []
        for hand in (self._hands[name] for name in names if name in self._hands):
            over = hand.is_over  # first: what it sent until then is in it
            sent = list(hand.sent)
            if sent or over:
                turn, attention = self._turn_of(hand, sent, over=over)
                results.append((hand, sent, over, turn, attention))
        try:
            lost = self._write([turn for _, _, _, turn, _ in results])
        except StoreError:
            self._news.extend(hand for hand, *_ in results)
            raise
        self._first_news_at = None
        for hand, sent, over, turn, attention in results:
            self._begun -= len(sent) + (len(hand.todo) if over else 0)
            for _ in sent:
                hand.sent.popleft()
            if turn.endpoint in lost:
                log.warning("lease lost", extra=fields(endpoint=turn.endpoint))
                hand.lease_until = self._clock()  # so its sender begins no further attempt
            else:
                self._report(turn, attention)
            self._note_pace(hand, sent)
            if over:
                self._let_out(hand, turn, lost=turn.endpoint in lost)

    def _turn_of(
        self, hand: Hand, sent: Sequence[Sent], *, over: bool
    ) -> tuple[Turn, list[str]]:
        """What to write of a hand's attempts, and what of it needs a person's attention."""
        stored, replaces, attention, finished = [], [], [], []
        for each in sent:
            delivery, state = each.begun.delivery, each.settlement.state
            if each.lighter is not None:
                instead = self._new_delivery(hand.endpoint, each.lighter, delivery.members)
                stored.append(instead)
                replaces.append((delivery.id, instead.id))
                state = DeliveryState.REPLACED
            finished.append(Finished(attempt=each.attempt, state=state))
            words = alert_of(delivery, each.attempt, state, each.settlement.disabled_reason)
            attention += [words] if words is not None else []
        last = sent[-1].settlement if sent else None
        turn = Turn(
            endpoint=hand.endpoint.name,
            token=hand.token,
            lease_until=None if over else hand.lease_until,
            next_attempt_at=hand.next_attempt_at,
            consecutive_failures=last.consecutive_failures if last else hand.failures,
            stored=tuple(stored),
            replaces=tuple(replaces),
            untried=tuple(hand.todo) if over else (),
            finished=tuple(finished),
            disabled_reason=last.disabled_reason if last else None,
            alerts=self._alerts(hand.endpoint.name, attention),
        )
        return turn, attention

    def _alerts(self, name: str, attention: Sequence[str]) -> tuple[str, ...]:
        """What the alert endpoint is told: nothing of its own trouble."""
        return tuple(attention) if self._alert_endpoint not in (None, name) else ()

    def _note_pace(self, hand: Hand, sent: Sequence[Sent]) -> None:
        name = hand.endpoint.name
        if pace := self._paces.get(name):
            for each in sent:
                if each.attempt.outcome is Outcome.SENT:
                    pace.note(self._clock(), len(each.begun.delivery.members))
        if hand.failures:
            self._failing.add(name)
        else:
            self._failing.discard(name)

    def _let_out(self, hand: Hand, turn: Turn, *, lost: bool) -> None:
        """Let an endpoint out of hand; if something waits for it, it is called again."""
        name, now = hand.endpoint.name, self._clock()
        del self._hands[name]
        is_waiting = hand.more or turn.untried or turn.stored or name in self._again or lost
        is_pending = any(each.state is DeliveryState.PENDING for each in turn.finished)
        self._again.discard(name)
        if turn.disabled_reason is None and (is_waiting or is_pending):
            self._calls.append((name, max(now, hand.next_attempt_at or now)))
            self.woken.set()

    def _report(self, turn: Turn, attention: Sequence[str]) -> None:
        """Log what was recorded, and pass it on."""
        name = turn.endpoint
        for each in turn.finished:
            log_attempt(name, each.attempt)
            self._on_attempt(name, each.attempt)
        for old, new in turn.replaces:
            lighter = fields(endpoint=name, delivery=old, by=new)
            log.warning("delivery replaced by a lighter one", extra=lighter)
        for words in attention:
            log.error("needs attention", extra=fields(endpoint=name, detail=words))
        if turn.alerts and self._alert_endpoint is not None:
            self.wake({self._alert_endpoint: self._clock()})

    # ------------------------------------------------------------ the store

    def _write(self, turns: Sequence[Turn]) -> set[str]:
        """Write turns together; should one of them not fit the store, each by itself."""
        if not turns:
            return set()
        try:
            return self._outbox.write(turns, owner=self._owner)
        except StoreUnavailable:
            raise
        except StoreError:
            if len(turns) == 1:
                log.exception("turn not written", extra=fields(endpoint=turns[0].endpoint))
                return {turns[0].endpoint}
        return set().union(*(self._write([turn]) for turn in turns))

    def _extend_leases(self) -> None:
        """Let leases of what is in hand for longer go on."""
        now = self._clock()
        if now - self._extended_at < EXTEND_EVERY:
            return
        self._extended_at = now
        longest = max((hand.endpoint.timeout for hand in self._hands.values()), default=LEASE)
        until = now + max(LEASE, longest + LEASE_MARGIN)
        aging = [h for h in self._hands.values() if h.lease_until < until - EXTEND_EVERY / 2]
        if aging:
            names = [hand.endpoint.name for hand in aging]
            self._outbox.extend(names, owner=self._owner, until=until)
            for hand in aging:
                hand.lease_until = until
