"""A daemon that is killed again and again while articles arrive, and what its endpoints then have.

For the test of it, which is short, and the benchmark, which is long.
"""

import math
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import pairwise
from random import Random
from typing import Any

from tests.support.receiver import (
    Behaviour,
    Exchange,
    Message,
    Receiver,
    answer,
    close_silently,
    late,
    reset_after_body,
    reset_before_reading,
    reset_mid_body,
)
from tests.support.seeds import seed_text, write_seed
from tests.support.site import Running, Site
from tests.support.waiting import wait_until

ENDPOINT: dict[str, Any] = {"retry": ["50ms", "200ms", "500ms"], "max_items": 3}

TROUBLES = (
    answer(500),
    answer(503),
    answer(429, b"", {"retry-after": "0.3"}),
    late(0.2, 500),
    late(0.2, 200),
    reset_before_reading(),
    reset_mid_body(),
    reset_after_body(accept=False),
    close_silently(accept=False),
)
"""None of them takes a message and then loses the answer: what arrives twice, a kill has done."""


def moody(random: Random) -> Behaviour:
    """As often in trouble as not, each time in another."""

    def behave(exchange: Exchange) -> None:
        trouble = random.choice(TROUBLES)
        (answer() if random.random() < 0.5 else trouble)(exchange)

    return behave


@contextmanager
def three_tempers(random: Random) -> Iterator[dict[str, Receiver]]:
    """A good receiver, a moody and a slow one, by these names."""
    tempers = {"good": answer(), "moody": moody(random), "slow": late(0.15)}
    with ExitStack() as stack:
        yield {name: stack.enter_context(Receiver(how)) for name, how in tempers.items()}


class Ordeal:
    """What a daemon goes through. ``random`` decides when it is killed and when seeds arrive."""

    def __init__(self, site: Site, *, random: Random, articles: int, kills: int) -> None:
        self.site = site
        self.articles = articles
        self.kills = kills
        self.kills_before_ready = 0
        self.killed_at: list[float] = []
        self._random = random
        self._numbers = iter(range(articles))
        self._up_after = 0.0

    def start(self) -> None:
        """Take the empty folder in, so that whatever comes is news; and see how long that takes."""
        began = time.monotonic()
        with self.site.running():
            self._up_after = time.monotonic() - began

    def kill_repeatedly(self) -> None:
        """Start and kill, with an equal share of the articles each time."""
        for number in range(self.kills):
            share = self.articles // self.kills + (number < self.articles % self.kills)
            with self.site.started() as running:
                self._live_and_die(running, share)

    def _live_and_die(self, running: Running, share: int) -> None:
        """As often as not before it is up, but mostly when it is in the middle of its work."""
        life = self._random.uniform(0, 3 * self._up_after)
        began = time.monotonic()
        for at in sorted(self._random.uniform(0, life) for _ in range(share)):
            time.sleep(max(0.0, began + at - time.monotonic()))
            self.write_seed(next(self._numbers))
        time.sleep(max(0.0, began + life - time.monotonic()))
        assert running.process.poll() is None, f"it ended by itself: {running.log_text()}"
        self.kills_before_ready += "started" not in running.log_text()
        self.killed_at.append(time.time())
        running.kill()

    def write_seed(self, number: int) -> None:
        """By a rename or in place, and in two steps, as it comes."""
        if self._random.random() < 0.5:
            write_seed(self.site.seeds, number)
            return
        temporary = self.site.seeds / f".{number}.tmp"
        temporary.write_text(seed_text(number), "utf-8")
        temporary.rename(self.site.seeds / f"article-{number}.md")


def wait_for_all(receivers: Mapping[str, Receiver], articles: int, timeout: float) -> None:
    for name, receiver in receivers.items():
        wait_until(partial(has_all, receiver, articles), f"all at {name}", timeout)


def has_all(receiver: Receiver, articles: int) -> bool:
    return len(titles(receiver)) >= articles


def titles(receiver: Receiver) -> set[str]:
    """The titles of the articles that a receiver accepted."""
    return {
        change["article"]["title"]
        for message in tuple(receiver.accepted)
        for change in message.json()["data"]["changes"]
    }


def check_accepted(receiver: Receiver, articles: int) -> Counter[str]:
    """That everything arrived as promised; how often each id was accepted."""
    assert titles(receiver) == {f"Article {number}" for number in range(articles)}
    firsts: dict[str, Message] = {}
    for message in receiver.accepted:
        first = firsts.setdefault(str(message.id), message)
        assert message.body == first.body, f"two bodies of {message.id}"
    told = [sequence for message in firsts.values() for sequence in sequences(message)]
    assert len(told) == articles, "a change is in two deliveries"
    assert in_order(told), f"not in the order of changes: {told}"
    return Counter(str(message.id) for message in receiver.accepted)


def sequences(message: Message) -> list[int]:
    return [change["sequence"] for change in message.json()["data"]["changes"]]


def in_order(numbers: Sequence[int]) -> bool:
    return all(one < other for one, other in pairwise(numbers))


def accepted_twice(counts: Mapping[str, int]) -> int:
    """How many ids were accepted more than once."""
    return sum(count > 1 for count in counts.values())


def repeated_without_a_kill(
    receiver: Receiver, killed_at: Sequence[float], within: float
) -> dict[str, float]:
    """The ids that were accepted again although no kill came ``within`` seconds of the time before.

    With the seconds that passed until the next kill. ``killed_at`` are unix seconds, in order.
    """
    last: dict[str, float] = {}
    found = {}
    for message in receiver.accepted:
        name = str(message.id)
        if name in last:
            until = next((kill - last[name] for kill in killed_at if kill >= last[name]), math.inf)
            if until > within:
                found[name] = until
        last[name] = message.at
    return found
