"""Sends to many endpoints at once, and records their attempts together.

    calls ─▶ ready ─▶ look ─▶ compose ─▶ write (stored, begun) ─▶ in hand ─▶ senders
               ▲                                                                 │
               └────────── more is due ◀── write (finished) ◀── attempts ◀───────┘

One thread calls :meth:`Deliverer.step`; senders make the requests. An endpoint is in one hand only,
so its messages keep their order, and its trouble is its own. What is stored, begun and recorded is
shared by all that happens within :data:`GATHER`. It decides nothing about news.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from watcher.config.endpoint import EndpointConfig
from watcher.errors import StoreError, StoreUnavailable
from watcher.log import fields
from watcher.model.delivery import Attempt, Turn, Waiting
from watcher.model.kinds import DeliveryState
from watcher.notify.agenda import Agenda
from watcher.notify.attempt_log import log_turn
from watcher.notify.composing import Composer
from watcher.notify.next_step import BUSY_PAUSE, MOST_AT_ONCE, MOST_DUE, Step, Turns, lease_end
from watcher.notify.outbox import Outbox
from watcher.notify.sending import Hand, Sender

GATHER = 0.1
"""Seconds within which attempts that were made are recorded: a crash repeats no more than those."""

MOST_IN_HAND = 2 * MOST_AT_ONCE
"""Messages that are begun and not recorded yet."""

MOST_ENDPOINTS = 200

MOST_FAILING = 64
"""Endpoints that failed last time and may be sent to at once: they may all hang for a while."""

SLOW = timedelta(milliseconds=50)
EXTEND_EVERY = timedelta(seconds=5)
FAULT_PAUSE = timedelta(seconds=30)

log = logging.getLogger(__name__)


class Deliverer:
    """Sends what endpoints are owed. :meth:`step` is for one thread; the rest for any.

    ``new_id`` gives 32 hexadecimal digits; ``random`` numbers from 0 to 1. ``on_attempt`` is called
    with every attempt that was recorded (endpoint, attempt). ``alert_endpoint`` gets an alert for
    every other endpoint that is disabled, and for deliveries that are dead or held.
    Without ``retries`` an endpoint is left alone once an attempt at it failed.
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
        retries: bool = True,
    ) -> None:
        self._endpoints = {endpoint.name: endpoint for endpoint in endpoints if endpoint.enabled}
        self._outbox = outbox
        self._clock = clock
        self._owner = owner
        self._on_attempt = on_attempt
        self._alert_endpoint = alert_endpoint
        self._retries = retries
        self._turns = Turns(outbox, clock=clock, new_id=new_id, alert_endpoint=alert_endpoint)
        self.stopping = threading.Event()
        self.woken = threading.Event()
        self._sender = Sender(
            clock=clock,
            random=random,
            allow_private=allow_private,
            stop=self.stopping,
            may_send=outbox.may_send,
            on_sent=self._note_sent,
            on_pause=self._note_pause,
        )
        self._agenda = Agenda()
        self._ready: dict[str, None] = {}
        self._hands: dict[str, Hand] = {}
        self._again: set[str] = set()
        self._failing: set[str] = set()
        self._begun = 0
        self._news: deque[Hand] = deque()
        self._first_news_at: float | None = None
        self._extended_at = clock()
        self._is_settled = True

    # ------------------------------------------------------------ for any thread

    def wake(self, due: Mapping[str, datetime]) -> None:
        """These endpoints have something to do at these times; unknown names are ignored."""
        self._agenda.call((name, at) for name, at in due.items() if name in self._endpoints)
        self.woken.set()

    def plan(self) -> None:
        """Ask the outbox what all endpoints have to do, and when."""
        self.wake(self._outbox.next_due(alerts_to=self._alert_endpoint))

    def follow_clock_back(self) -> None:
        """The clock was set back: look at once at all that waits for a time."""
        now = self._clock()
        self.wake(dict.fromkeys(self._agenda.clear(), now))

    def stop(self) -> None:
        """Begin no further attempt."""
        self.stopping.set()
        self.woken.set()

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

    def is_slow(self, hand: Hand) -> bool:
        """True if the attempt under way has waited for its answer for longer than most."""
        since = hand.since
        return since is not None and self._clock() - since > SLOW

    @property
    def is_idle(self) -> bool:
        """True if there is nothing to do at the moment, and nothing being sent."""
        next_at = self._agenda.next_at
        is_called = next_at is not None and next_at <= self._clock()
        return self._is_settled and not self._news and not is_called

    @property
    def next_at(self) -> datetime | None:
        """When there is something to do next, as far as is known."""
        return self._agenda.next_at

    def _note_sent(self, hand: Hand) -> None:
        """Called by a sender. Wakes the dispatcher for the first news, and when there is enough."""
        self._news.append(hand)
        waiting = len(self._news)
        if waiting == 1 or waiting >= self._enough():
            self.woken.set()

    def _note_pause(self, hand: Hand, until: datetime) -> None:
        """Called by a sender that leaves a hand until its endpoint's rate allows the next one."""
        self.wake({hand.endpoint.name: until})

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
        """The endpoint whose attempt under way took longest beyond its timeout, and how long."""
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
        self._record()
        to_send = self._resume(self._agenda.take(self._clock()))
        if self.stopping.is_set():
            to_send += self._resume(list(self._hands))
        else:
            to_send += self._begin()
        self._extend_leases()
        are_paused = all(hand.is_paused for hand in self._hands.values())
        self._is_settled = not self._ready and are_paused
        return to_send, self._wait()

    def _wait(self) -> float | None:
        is_over = self.stopping.is_set() and not self.is_at_work
        if is_over or (self._pickable() and not self.stopping.is_set()):
            return 0.0
        waits = [self._first_news_at + GATHER - time.monotonic()] if self._first_news_at else []
        waits += [(at - self._clock()).total_seconds()] if (at := self.next_at) else []
        waits += [EXTEND_EVERY.total_seconds()] if self._hands else []
        return max(0.0, min(waits)) if waits else None

    def _resume(self, names: Iterable[str]) -> list[Hand]:
        """Make endpoints ready; one in hand is looked at again later.

        Returns the hands among them that paused, and can go on.
        """
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

    # ------------------------------------------------------------ beginning

    def _pickable(self) -> list[str]:
        """Ready endpoints, in order of call; those that fail only so far as there is room."""
        if not self._ready or self._begun >= MOST_IN_HAND:
            return []
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
        names = self._pickable()
        if not names:
            return []
        now = self._clock()
        found = self._outbox.look(names, owner=self._owner, now=now, most_due=MOST_DUE)
        steps = self._next_steps(found)
        done = {*names} - {waiting.endpoint for waiting in found} | steps.keys()
        lost = self._write([step.turn for step in steps.values() if step.turn is not None])
        begun = []
        for name, step in steps.items():
            if name in lost:
                self._agenda.call([(name, now + BUSY_PAUSE)])
                continue
            if step.again_at is not None:
                self._agenda.call([(name, step.again_at)])
            if step.turn is not None:
                self._report(step.turn, step.attention)
            if step.hand is not None:
                self._hands[name] = step.hand
                self._begun += len(step.hand.todo)
                begun.append(step.hand)
        for name in done:
            self._ready.pop(name, None)
        return begun

    def _next_steps(self, found: Sequence[Waiting]) -> dict[str, Step]:
        """Decide the next steps for these endpoints, as far as there is room and time."""
        composer = Composer(self._outbox)
        steps: dict[str, Step] = {}
        room, ends_at = MOST_AT_ONCE, time.monotonic() + GATHER
        for waiting in found:
            if room <= 0 or time.monotonic() > ends_at:
                break
            step = steps[waiting.endpoint] = self._next_step(waiting, composer, room)
            room -= len(step.hand.todo) if step.hand is not None else 0
        return steps

    def _next_step(self, waiting: Waiting, composer: Composer, room: int) -> Step:
        """Decide one endpoint's next step. An error costs no other endpoint anything."""
        try:
            endpoint = self._endpoints[waiting.endpoint]
            return self._turns.next_step(endpoint, waiting, composer, room=room)
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("endpoint left out", extra=fields(endpoint=waiting.endpoint))
            return Step(again_at=self._clock() + FAULT_PAUSE)

    # ------------------------------------------------------------ recording

    def _record(self) -> None:
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
            over = hand.is_over  # first: so all that it sent until then is in the list
            sent = list(hand.sent)
            if sent or over:
                results.append((hand, len(sent), over, self._turns.result(hand, sent, over=over)))
        try:
            lost = self._write([step.turn for *_, step in results if step.turn is not None])
        except StoreError:
            self._news.extend(hand for hand, *_ in results)
            raise
        self._first_news_at = None
        for hand, count, over, step in results:
            if step.turn is not None:
                self._note_recorded(hand, count, step, lost=step.turn.endpoint in lost)
                if over:
                    self._let_out(hand, step.turn, lost=step.turn.endpoint in lost)

    def _note_recorded(self, hand: Hand, count: int, step: Step, *, lost: bool) -> None:
        self._begun -= count
        for _ in range(count):
            hand.sent.popleft()
        if lost:
            log.warning("lease lost", extra=fields(endpoint=hand.endpoint.name))
            hand.lease_until = self._clock()  # so its sender begins no further attempt
        elif step.turn is not None:
            self._report(step.turn, step.attention)
        (self._failing.add if hand.failures else self._failing.discard)(hand.endpoint.name)

    def _let_out(self, hand: Hand, turn: Turn, *, lost: bool) -> None:
        """Let an endpoint out of hand; if something waits for it, it is called again."""
        name, now = hand.endpoint.name, self._clock()
        del self._hands[name]
        self._begun -= len(hand.todo)
        is_waiting = hand.more or turn.untried or turn.stored or name in self._again or lost
        is_pending = any(each.state is DeliveryState.PENDING for each in turn.finished)
        self._again.discard(name)
        if turn.disabled_reason is not None or (is_pending and not self._retries):
            return
        if is_waiting or is_pending:
            self._agenda.call([(name, max(now, hand.next_attempt_at or now))])

    def _report(self, turn: Turn, attention: Sequence[str]) -> None:
        """Log what was recorded, and pass it on."""
        log_turn(turn, attention)
        for each in turn.finished:
            self._on_attempt(turn.endpoint, each.attempt)
        if turn.alerts and self._alert_endpoint is not None:
            self.wake({self._alert_endpoint: self._clock()})

    # ------------------------------------------------------------ the store

    def _write(self, turns: Sequence[Turn]) -> set[str]:
        """Write turns together; if the store refuses one of them, write each separately.

        Returns the endpoints of which nothing was written.
        """
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
        """Extend the leases of endpoints that are still being sent to."""
        now = self._clock()
        if now - self._extended_at < EXTEND_EVERY:
            return
        self._extended_at = now
        aging = {
            hand: lease_end(hand.endpoint, now)
            for hand in self._hands.values()
            if hand.lease_until + EXTEND_EVERY / 2 < lease_end(hand.endpoint, now)
        }
        for until in set(aging.values()):
            hands = [hand for hand, end in aging.items() if end == until]
            names = [hand.endpoint.name for hand in hands]
            self._outbox.extend(names, owner=self._owner, until=until)
            for hand in hands:
                hand.lease_until = until
