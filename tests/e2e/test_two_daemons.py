"""Two daemons over one folder and one PostgreSQL, one of them killed and started all the time."""

import copy
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from tests.ordeal import ENDPOINT, accepted_twice, check_accepted, moody, wait_for_all
from tests.postgresql import fresh_database
from tests.receiver import Receiver
from tests.seeds import write_seed
from tests.site import Site, wait_until

SEED = 20240103
ARTICLES = 30
KILLS = 8


@pytest.fixture
def shared_url(postgresql_server: str) -> Iterator[str]:
    with fresh_database(postgresql_server) as url:
        yield url


def another(site: Site, folder: Path) -> Site:
    """A second installation with the very config of the first: its folder, feeds and store."""
    other = Site(folder, state=site.config["state"])
    other.config = copy.deepcopy(site.config)
    other.config["watch"][0]["path"] = str(site.seeds)
    other.config["feeds"][0]["path"] = str(site.feed)
    return other


def test_two_daemons_share_the_work_and_neither_hurries_nor_mixes_it_up(
    tmp_path: Path, shared_url: str
) -> None:
    random = Random(SEED)
    print(f"seed of this run: {SEED}")
    site = Site(tmp_path / "first", state=shared_url)
    with Receiver() as good, Receiver(moody(random)) as bad, Receiver() as paced:
        receivers = {"good": good, "moody": bad, "paced": paced}
        for name, receiver in receivers.items():
            site.add_endpoint(name, receiver.url, **ENDPOINT)
        site.config["endpoints"][-1] |= {"rate": "1/s", "max_items": 2}
        with site.running():
            live_beside(another(site, tmp_path / "second"), site, random)
            wait_for_all(receivers, ARTICLES, timeout=60)
            wait_until(lambda: len(site.entries()) == ARTICLES, "all in the feed")
        twice = sum(accepted_twice(check_accepted(each, ARTICLES)) for each in receivers.values())
    gaps = [two.at - one.at for one, two in pairwise(paced.requests)]
    print(f"{KILLS} kills; {twice} ids twice; the smallest gap is {min(gaps):.3f} s")
    assert twice <= KILLS
    assert min(gaps) >= 0.95
    assert {delivery["state"] for delivery in site.json_lines("deliveries")} == {"sent"}


def live_beside(other: Site, site: Site, random: Random) -> None:
    """Start and kill the other daemon, while articles come."""
    numbers = iter(range(ARTICLES))
    for life in range(KILLS):
        with other.started() as running:
            for _ in range(ARTICLES // KILLS + (life < ARTICLES % KILLS)):
                write_seed(site.seeds, next(numbers))
                time.sleep(random.uniform(0, 0.6))
            running.wait_for_log("started")
            time.sleep(random.uniform(0, 1))
            running.kill()
