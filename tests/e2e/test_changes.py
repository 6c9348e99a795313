"""The change log of a real daemon: what listeners hear over reconnects, restarts and crashes."""

import time
from pathlib import Path

import pytest
import requests

from tests.serve.test_changes import Stream
from tests.support.ports import kept_address
from tests.support.receiver import Receiver
from tests.support.seeds import write_seed
from tests.support.site import Site

ON_THIS_MACHINE = 5.0
"""Seconds in which a change is heard where other tests run; it is some milliseconds when alone."""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path / "site")
    site.config["http"]["listen"] = kept_address()
    return site


def test_a_listener_misses_nothing_over_restarts_and_hears_what_a_webhook_hears(
    site: Site,
) -> None:
    base = f"http://{site.config['http']['listen']}"
    with Receiver() as receiver:
        site.add_endpoint("hook", receiver.url)
        with site.running() as running:
            with Stream(base) as stream:
                events = stream.events()
                for number in (1, 2):
                    begin = time.monotonic()
                    write_seed(site.seeds, number)
                    sequence, heard = next(events)
                    assert time.monotonic() - begin < ON_THIS_MACHINE
                    assert (sequence, heard["sequence"]) == (number, number)
                    assert heard["article"]["title"] == f"Article {number}"
            receiver.wait_for(2, timeout=20)
            write_seed(site.seeds, 3)
            receiver.wait_for(3, timeout=20)
            running.kill()
        write_seed(site.seeds, 4)
        with site.running(), Stream(base, last_event_id="2") as stream:
            events = stream.events()
            assert [next(events)[0], next(events)[0]] == [3, 4]
            write_seed(site.seeds, 5)
            assert next(events)[0] == 5
            page = requests.get(f"{base}/changes?after=1&limit=2", timeout=20).json()
        told = {c["sequence"]: c for r in receiver.accepted for c in r.json()["data"]["changes"]}
        assert page["changes"] == [told[2], told[3]]
        assert page["has_more"] is True
