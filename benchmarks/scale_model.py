"""A model of one daemon: its threads, its interpreter, its store's one writer, and who it tells.

Pure: costs and a scenario in, an outcome out. ``benchmarks.scale`` measures the costs, sees whether
the model reproduces what was measured on the whole program, and only then has it predict.

What is modelled, and nothing else: seeds arrive (Poisson, or all at once); the intake takes all
that is ready as one batch of at most ``BATCH``, writes it in one transaction, wakes the endpoints,
and publishes; one dispatcher begins what all endpoints are owed, in messages of at most
``max_items``, and at most ``AT_ONCE`` of them; senders send each endpoint's one after another, and
what they sent is recorded together; readers poll. All Python runs under one interpreter lock, in
turns of ``SWITCH`` seconds; waiting for the disk or for an answer does not. One transaction writes
at a time.
"""

import random
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import simpy

BATCH = 1000
AT_ONCE = 200
SWITCH = 0.005
"""Seconds for which a thread keeps the interpreter while others want it (CPython's default)."""

Process = Generator[simpy.Event, Any, None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Seconds of a step: of the interpreter, and of waiting for the disk or the other side."""

    cpu: float
    wait: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What each step costs."""

    batch: Cost  # one batch, whatever its size: statements, commit
    seed: Cost  # each seed of it: reading, parsing, deciding, writing
    publish: Cost  # each feed that a batch touches: render, write, fsync, rename
    turn: Cost  # beginning and recording together, however many messages: statements, two commits
    freeze: Cost  # what the store does for each message before it is sent
    finish: Cost  # what it does for each afterwards
    send: Cost  # the request itself, to a receiver that answers at once
    poll: Cost  # one conditional request for a feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What happens: times in seconds, rates per second."""

    seconds: float
    arrivals: float = 0.0
    burst: int = 0  # seeds that are there at the beginning
    feeds: int = 1  # that each article belongs to
    endpoints: int = 1
    answer: float = 0.0  # how long an endpoint takes to answer
    max_items: int = 100
    polls: float = 0.0


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What came of it. ``told`` has a latency for each article and endpoint, in seconds."""

    told: list[float] = field(default_factory=list)
    published: list[float] = field(default_factory=list)
    polled: list[float] = field(default_factory=list)
    ended_at: float = 0.0
    interpreter: float = 0.0  # seconds in use
    writer: float = 0.0
    messages: int = 0


def simulate(costs: Costs, scenario: Scenario, *, seed: int = 1) -> Outcome:
    """Run a scenario until ``seconds`` have passed and all that arrived has been told."""
    daemon = _Daemon(costs, scenario, random.Random(seed))
    daemon.run()
    return daemon.outcome


class _Daemon:
    def __init__(self, costs: Costs, scenario: Scenario, chance: random.Random) -> None:
        self.outcome = Outcome()
        self._costs = costs
        self._scenario = scenario
        self._chance = chance
        self._env = simpy.Environment()
        self._interpreter = simpy.Resource(self._env)
        self._writer = simpy.Resource(self._env)
        self._arrived = 0
        self._ready = simpy.Store(self._env)
        self._owed: list[list[float]] = [[] for _ in range(scenario.endpoints)]
        self._free = dict.fromkeys(range(scenario.endpoints))
        self._called = self._env.event()
        self._sent = simpy.Store(self._env)

    def run(self) -> None:
        self._env.process(self._arrive())
        self._env.process(self._take_in())
        self._env.process(self._dispatch())
        self._env.process(self._record())
        if self._scenario.polls:
            self._env.process(self._poll())
        self._env.run(until=self._scenario.seconds)
        while self._busy():
            self._env.run(until=self._env.now + 0.01)

    def _busy(self) -> bool:
        taken = len(self.outcome.published) if self._scenario.feeds else self._arrived
        untold = len(self.outcome.told) < self._arrived * self._scenario.endpoints
        return taken < self._arrived or untold

    # ------------------------------------------------------------ what all steps are made of

    def _work(self, cost: Cost, *, writes: bool = False, times: float = 1.0) -> Process:
        """Hold the interpreter in turns, then wait; ``writes`` holds the writer throughout."""
        if not writes:
            yield from self._compute(cost.cpu * times)
            yield self._env.timeout(cost.wait * times)
            return
        with self._writer.request() as turn:
            yield turn
            began = self._env.now
            yield from self._compute(cost.cpu * times)
            yield self._env.timeout(cost.wait * times)
            self.outcome.writer += self._env.now - began

    def _compute(self, seconds: float) -> Process:
        while seconds > 0:
            turn_seconds = min(seconds, SWITCH)
            with self._interpreter.request() as turn:
                yield turn
                yield self._env.timeout(turn_seconds)
            self.outcome.interpreter += turn_seconds
            seconds -= turn_seconds

    # ------------------------------------------------------------ the threads

    def _arrive(self) -> Process:
        for _ in range(self._scenario.burst):
            yield self._ready.put(self._env.now)
        self._arrived = self._scenario.burst
        while self._scenario.arrivals:
            pause = self._chance.expovariate(self._scenario.arrivals)
            if self._env.now + pause > self._scenario.seconds:
                return
            yield self._env.timeout(pause)
            self._arrived += 1
            yield self._ready.put(self._env.now)

    def _take_in(self) -> Process:
        while True:
            batch = [(yield self._ready.get())]
            while self._ready.items and len(batch) < BATCH:
                batch.append((yield self._ready.get()))
            yield from self._work(self._costs.seed, times=len(batch))
            yield from self._work(self._costs.batch, writes=True)
            for owed in self._owed:
                owed.extend(batch)
            self._call()
            for _ in range(self._scenario.feeds):
                yield from self._work(self._costs.publish)
            if self._scenario.feeds:
                self.outcome.published += [self._env.now - arrived_at for arrived_at in batch]

    def _call(self) -> None:
        if not self._called.triggered:
            self._called.succeed()

    def _dispatch(self) -> Process:
        while True:
            yield self._called
            self._called = self._env.event()
            while hands := self._next_hands():
                begun = sum(map(len, hands.values()))
                yield from self._work(self._costs.turn, writes=True, times=0.5)
                yield from self._work(self._costs.freeze, writes=True, times=begun)
                for endpoint, messages in hands.items():
                    self._env.process(self._send(endpoint, messages))

    def _next_hands(self) -> dict[int, list[list[float]]]:
        """The messages to begin now, by endpoint: of those that nobody sends to."""
        most, room = self._scenario.max_items, AT_ONCE
        hands: dict[int, list[list[float]]] = {}
        for endpoint in [each for each in self._free if self._owed[each]]:
            if room <= 0:
                break
            owed = self._owed[endpoint]
            due, self._owed[endpoint] = owed[: most * room], owed[most * room :]
            hands[endpoint] = [due[start : start + most] for start in range(0, len(due), most)]
            room -= len(hands[endpoint])
            del self._free[endpoint]
        return hands

    def _send(self, endpoint: int, messages: list[list[float]]) -> Process:
        for due in messages:
            yield from self._work(self._costs.send)
            self.outcome.told += [self._env.now - arrived_at for arrived_at in due]
            self.outcome.messages += 1
            self.outcome.ended_at = self._env.now
            yield self._env.timeout(self._scenario.answer)
        yield self._sent.put((endpoint, len(messages)))

    def _record(self) -> Process:
        while True:
            sent = [(yield self._sent.get())]
            while self._sent.items:
                sent.append((yield self._sent.get()))
            yield from self._work(self._costs.turn, writes=True, times=0.5)
            count = sum(messages for _, messages in sent)
            yield from self._work(self._costs.finish, writes=True, times=count)
            self._free |= dict.fromkeys(endpoint for endpoint, _ in sent)
            self._call()

    def _poll(self) -> Process:
        while self._env.now < self._scenario.seconds:
            yield self._env.timeout(self._chance.expovariate(self._scenario.polls))
            self._env.process(self._answer_poll(self._env.now))

    def _answer_poll(self, asked_at: float) -> Process:
        yield from self._work(self._costs.poll)
        self.outcome.polled.append(self._env.now - asked_at)
