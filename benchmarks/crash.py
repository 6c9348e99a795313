"""The daemon killed 200 times while 2,000 articles arrive and three endpoints receive (DESIGN §8).

Run from the project's folder: ``python -m benchmarks.crash``. It fails, with the seed to repeat
its decisions by, if an article is missing at an endpoint, if two acceptances of one id differ, if a
change is told under two ids or out of order, or if an id arrives twice that was not sent within a
second before a kill. It takes six to twenty minutes for each of the two stores;
``--kills 20 --articles 200`` is quicker.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from tests.support.ordeal import (
    ENDPOINT,
    Ordeal,
    accepted_twice,
    check_accepted,
    repeated_without_a_kill,
    three_tempers,
    wait_for_all,
)
from tests.support.postgresql import fresh_database, serving_postgresql
from tests.support.site import Site

LAST_WAIT = 600.0
IN_FLIGHT = 1.0
"""Seconds: the slow one's answer, the 0.1 within which it is recorded, and a busy machine."""


@contextmanager
def site_on(store: str) -> Iterator[Site]:
    """An installation in a temporary folder, on a store of this kind."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "site")
        if store == "sqlite":
            yield Site(path)
            return
        with serving_postgresql() as server, fresh_database(server) as url:
            yield Site(path, state=url)


def undergo(store: str, *, kills: int, articles: int, seed: int) -> None:
    random, began = Random(seed), time.monotonic()
    with site_on(store) as site, three_tempers(random) as receivers:
        for name, receiver in receivers.items():
            site.add_endpoint(name, receiver.url, **ENDPOINT)
        ordeal = Ordeal(site, random=random, articles=articles, kills=kills)
        ordeal.start()
        ordeal.kill_repeatedly()
        with site.running():
            wait_for_all(receivers, articles, LAST_WAIT)
        counts = {name: check_accepted(each, articles) for name, each in receivers.items()}
        requests = sum(len(each.requests) for each in receivers.values())
    twice = {name: accepted_twice(count) for name, count in counts.items()}
    for name, receiver in receivers.items():
        causeless = repeated_without_a_kill(receiver, ordeal.killed_at, IN_FLIGHT)
        assert not causeless, f"{name} was sent again what no kill interrupted: {causeless}"
    messages = sum(len(count) for count in counts.values())
    print(
        f"{store:<12}{kills:>6,}{ordeal.kills_before_ready:>16,}{articles:>10,}{messages:>10,}"
        f"{requests:>10,}{0:>6}{sum(twice.values()):>7,}{time.monotonic() - began:>9,.0f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--articles", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=20240102)
    parser.add_argument("--store", choices=["sqlite", "postgresql"], action="append")
    given = parser.parse_args()
    print(f"random seed {given.seed}")
    print("store        kills  before it is up  articles  messages  requests  lost  twice  seconds")
    for store in given.store or ("sqlite", "postgresql"):
        undergo(store, kills=given.kills, articles=given.articles, seed=given.seed)


if __name__ == "__main__":
    main()
