"""A post that is dated in the future is held, and told by the daemon when its time has come."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.receiver import Receiver
from tests.support.site import Site
from tests.support.waiting import wait_until


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.module = "tests.support.impatient"
    site.config["watch"][0] |= {"like": "hugo", "site": "https://blog.example.org/"}
    return site


def test_a_scheduled_post_is_told_at_its_time(site: Site, receiver: Receiver) -> None:
    site.add_endpoint("hook", receiver.url)
    with site.running() as daemon:
        daemon.wait_for_log("rescan done")
        at = datetime.now(UTC) + timedelta(seconds=6)
        (site.seeds / "post.md").write_text(
            f"---\ntitle: Later\ndate: {at:%Y-%m-%dT%H:%M:%SZ}\n---\nText.\n", "utf-8"
        )
        held = ("articles", "--state", "held")
        wait_until(lambda: site.json_lines(*held), "it is held")
        assert not receiver.requests
        wait_until(lambda: receiver.requests, "it is told")
        assert datetime.now(UTC) >= at - timedelta(seconds=1)
    (change,) = receiver.requests[0].json()["data"]["changes"]
    assert (change["kind"], change["article"]["title"]) == ("new", "Later")


def test_an_expired_post_leaves_the_feed_at_its_time(site: Site, receiver: Receiver) -> None:
    site.add_endpoint("hook", receiver.url, on=["new", "removed"])
    with site.running():
        seed = site.seeds / "post.md"
        seed.write_text("---\ntitle: Sale\ndate: 2024-01-31\n---\nText.\n", "utf-8")
        wait_until(lambda: site.entries() == ["Sale"], "it is in the feed")
        at = datetime.now(UTC) + timedelta(seconds=2)
        seed.write_text(
            f"---\ntitle: Sale\ndate: 2024-01-31\nexpiryDate: {at:%Y-%m-%dT%TZ}\n---\nText.\n",
            "utf-8",
        )
        wait_until(lambda: site.entries() == [], "it leaves the feed")
        assert datetime.now(UTC) >= at - timedelta(seconds=1)
        wait_until(lambda: len(receiver.accepted) == 2, "its removal is told")
    kinds = [message.json()["data"]["changes"][0]["kind"] for message in receiver.accepted]
    assert kinds == ["new", "removed"]
