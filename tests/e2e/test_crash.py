"""The daemon is killed at random moments, again and again: nothing is lost, and little said twice.

``benchmarks/crash.py`` is the long version of it.
"""

from random import Random

import pytest

from tests.support.ordeal import (
    ENDPOINT,
    Ordeal,
    accepted_twice,
    check_accepted,
    three_tempers,
    wait_for_all,
)
from tests.support.site import Site

SEED = 20240102
KILLS = 12
ARTICLES = 120


@pytest.mark.timeout(300)  # many processes, one after the other
def test_what_kills_interrupt_arrives_whole_unchanged_in_order_and_rarely_twice(site: Site) -> None:
    random = Random(SEED)
    print(f"seed of this run: {SEED}")
    ordeal = Ordeal(site, random=random, articles=ARTICLES, kills=KILLS)
    with three_tempers(random) as receivers:
        for name, receiver in receivers.items():
            site.add_endpoint(name, receiver.url, **ENDPOINT)
        ordeal.start()
        ordeal.kill_repeatedly()
        with site.running():
            wait_for_all(receivers, ARTICLES, timeout=60)
        twice = sum(accepted_twice(check_accepted(r, ARTICLES)) for r in receivers.values())
    print(f"{KILLS} kills, {ordeal.kills_before_ready} of them before it was up; {twice} ids twice")
    # A kill repeats what was sent within 100 ms and is not recorded yet, at each of the three.
    assert twice <= 3 * KILLS
    assert {delivery["state"] for delivery in site.json_lines("deliveries")} == {"sent"}
    assert site.json("status")["healthy"]
