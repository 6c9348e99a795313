"""A daemon that died again and again tells the alert endpoint, once one of its runs lasts."""

from pathlib import Path

import pytest

from tests.support.receiver import Receiver
from tests.support.site import Site
from tests.support.waiting import wait_until


@pytest.fixture
def site(tmp_path: Path, receiver: Receiver) -> Site:
    site = Site(tmp_path)
    site.add_endpoint("operators", receiver.url)
    site.config["alert_endpoint"] = "operators"
    return site


def die(site: Site) -> str:
    """Start the daemon, and kill it; what it logged."""
    with site.started() as daemon:
        daemon.wait_for_log("started")
        daemon.kill()
        return daemon.log_text()


def test_a_crash_loop_is_told_when_a_run_lasts(site: Site, receiver: Receiver) -> None:
    assert "not stopped" not in die(site)
    for _ in range(2):
        assert "the last run was not stopped" in die(site)
    assert not receiver.requests
    with site.running():
        wait_until(lambda: receiver.requests, "the operators are told")
    (request,) = receiver.requests
    assert "ended unexpectedly 3 times" in request.body.decode()


def test_who_was_stopped_did_not_crash(site: Site, receiver: Receiver) -> None:
    for _ in range(2):
        die(site)
    with site.running() as daemon:
        daemon.wait_for_log("started")
    for _ in range(2):
        die(site)
    with site.running() as daemon:
        daemon.wait_for_log("rescan done")
        assert "crash loop" not in daemon.log_text()
    assert not receiver.requests
