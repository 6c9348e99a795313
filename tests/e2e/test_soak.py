"""A minute of everything at once, mostly waiting: nothing leaks, nothing is wrong at the end.

``SEEDWATCH_SOAK_SECONDS`` makes it shorter or longer; ``benchmarks/soak.py`` takes an hour.
"""

import os
from pathlib import Path
from random import Random

import pytest

from tests.support.served import ServedSite
from tests.support.soak import MOST_KEPT_OPEN, ONE_MORE, Soak, growth, unexpected_errors

SECONDS = float(os.environ.get("SEEDWATCH_SOAK_SECONDS", "60"))


@pytest.mark.timeout(SECONDS + 240)
def test_it_takes_no_more_of_its_machine_as_time_goes_on(tmp_path: Path) -> None:
    site = ServedSite(tmp_path / "site")
    site.config["articles"] = {"removal_grace": "3s"}
    soak = Soak(site, Random(20261121))
    log = soak.run(SECONDS, pause=0.5)
    grown = growth(soak.samples)
    assert unexpected_errors(log) == []
    assert soak.reloads >= SECONDS // 30
    assert log.count("daemon: config reloaded") >= soak.reloads // 2
    assert grown.of_memory < 0.05, grown
    assert grown.at_store[1] <= MOST_KEPT_OPEN, grown
    assert grown.of_descriptors <= ONE_MORE, grown
    assert grown.of_threads <= ONE_MORE, grown
    soak.check_explanations()
