"""Two daemons over one folder and one PostgreSQL, one of them killed and started all the time."""

import copy
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from tests.support.ordeal import ENDPOINT, accepted_twice, check_accepted, moody, wait_for_all
from tests.support.postgresql import fresh_database
from tests.support.receiver import Receiver
from tests.support.seeds import write_seed
from tests.support.site import Site
from tests.support.waiting import wait_until

SEED = 20240103
ARTICLES = 30
KILLS = 8


@pytest.fixture
def shared_url(postgresql_server: str) -> Iterator[str]:
    with fresh_database(postgresql_server) as url:
        yield url


def another(site: Site, folder: Path, *, shares_root: bool = True) -> Site:
    """A second installation with the config of the first: its feeds, its store, and its folder."""
    other = Site(folder, state=site.config["state"])
    other.config = copy.deepcopy(site.config)
    if shares_root:
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
            wait_until(lambda: states(site) == {"sent"}, "all known to have arrived")
        twice = sum(accepted_twice(check_accepted(each, ARTICLES)) for each in receivers.values())
    gaps = [two.at - one.at for one, two in pairwise(paced.requests)]
    print(f"{KILLS} kills; {twice} ids twice; the smallest gap is {min(gaps):.3f} s")
    assert twice <= KILLS
    assert min(gaps) >= 0.95


def test_what_one_process_takes_in_another_sends_at_once(
    tmp_path: Path, shared_url: str, receiver: Receiver
) -> None:
    """A scan elsewhere, which sends nothing itself, and a daemon that watches something else."""
    site = Site(tmp_path / "first", state=shared_url)
    site.add_endpoint("hook", receiver.url)
    elsewhere = another(site, tmp_path / "second", shares_root=False)
    elsewhere.command("scan")
    with site.running():
        write_seed(elsewhere.seeds, 1)
        elsewhere.command("scan")
        (message,) = receiver.wait_for(1, timeout=2)
        assert message.json()["data"]["changes"][0]["article"]["title"] == "Article 1"


def test_daemons_that_publish_to_the_same_file_never_leave_out_what_was_in_it(
    tmp_path: Path, shared_url: str
) -> None:
    """Each watches a folder of its own; the edits are no news, and so leave no gap in the log."""
    site = Site(tmp_path / "first", state=shared_url)
    site.config["feeds"][0]["match"] = {"min_quality": 50}
    other = another(site, tmp_path / "second", shares_root=False)
    with site.running(), other.running():
        for number in range(24):
            folder = (site if number % 2 else other).seeds
            write_seed(folder, number, quality=60 if number < 20 else 10)
            time.sleep(0.02)
        wait_for_growth(site, 20)
        for number in range(20, 24):
            write_seed((site if number % 2 else other).seeds, number, quality=90)
            wait_for_growth(site, number + 1)


def wait_for_growth(site: Site, count: int) -> None:
    """Wait until so many articles are in the feed; it only ever grows."""
    seen: set[str] = set()

    def has_grown() -> bool:
        now = set(site.entries())
        assert seen <= now, f"gone again: {seen - now}"
        seen.update(now)
        return len(now) >= count

    wait_until(has_grown, f"{count} articles in the feed", timeout=10)


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


def states(site: Site) -> set[str]:
    return {delivery["state"] for delivery in site.json_lines("deliveries")}
