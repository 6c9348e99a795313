"""Feeds, archives and hubs, as the command and the daemon publish them."""

import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from tests.support.ports import kept_port
from tests.support.receiver import Exchange, Receiver, answer
from tests.support.seeds import write_seed
from tests.support.site import Site
from tests.support.waiting import wait_until
from watcher.config.endpoint import hub_name


class Hub(Receiver):
    """A hub that fetches each feed it is told of; ``fetched`` are the bytes it got."""

    def __init__(self) -> None:
        self.fetched: list[bytes] = []
        super().__init__(self._behave)

    def topics(self) -> list[str]:
        """The feeds that it accepted pings for."""
        forms = [parse_qs(message.body.decode()) for message in self.accepted]
        assert all(form["hub.mode"] == ["publish"] for form in forms)
        return [form["hub.url"][0] for form in forms]

    def _behave(self, exchange: Exchange) -> None:
        message = exchange.read()
        assert message.headers["content-type"] == "application/x-www-form-urlencoded"
        url = parse_qs(message.body.decode())["hub.url"][0]
        with urllib.request.urlopen(url, timeout=10) as response:
            self.fetched.append(response.read())
        exchange.accept(message)
        exchange.send(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """On SQLite: what feeds and pings ask of the store is tested on both engines with them."""
    return Site(tmp_path / "site")


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as hub:
        yield hub


def serve(site: Site, hub: Receiver, free_port: int) -> None:
    """Let the site serve its feed, and name the hub."""
    site.config["http"]["listen"] = f"127.0.0.1:{free_port}"
    url = f"http://127.0.0.1:{free_port}/feeds/all.atom"
    site.config["feeds"][0] |= {"url": url, "hub": hub.url}


@pytest.fixture
def free_port() -> int:
    return kept_port()


def wait_for_entry(site: Site, title: str) -> None:
    wait_until(lambda: title in site.entries(), f"the entry {title}")


class TestHub:
    def test_fetches_what_was_published(self, site: Site, hub: Hub, free_port: int) -> None:
        serve(site, hub, free_port)
        site.add_real_seeds()
        with site.running():
            wait_until(lambda: hub.fetched and hub.fetched[-1].count(b"<entry>") == 5, "a ping")
            write_seed(site.seeds, 6)
            wait_until(lambda: hub.fetched[-1].count(b"<entry>") == 6, "the second ping")
            assert hub.fetched[-1] == site.feed.read_bytes()
        pings = len(hub.accepted)
        with site.running() as running:
            running.wait_for_log("rescan done")
        assert len(hub.accepted) == pings

    def test_that_is_down_is_an_endpoint_in_trouble_like_any_other(
        self, site: Site, hub: Hub, free_port: int
    ) -> None:
        serve(site, hub, free_port)
        site.add_real_seeds()
        working, hub.default = hub.default, answer(500, b"out of order")
        with site.running() as running:
            running.wait_for_log("outcome=failed")
            for number in (6, 7):
                write_seed(site.seeds, number)
                wait_for_entry(site, f"Article {number}")
        assert hub.fetched == []
        name = hub_name(hub.url)
        pending, *others = site.json_lines("deliveries", "--endpoint", name)
        assert pending["state"] == "pending"
        assert others[-1]["attempts"][0]["error"] == "HTTP 500: out of order"
        (status,) = site.json("status")["endpoints"]
        assert status["name"] == name
        tries = sum(len(each["attempts"]) for each in (pending, *others))
        assert status["consecutive_failures"] == tries
        # One that was being sent again meanwhile, after five seconds, is left alone.
        assert {each["state"] for each in others} <= {"replaced", "pending"}
        hub.default = working
        site.command("enable", name)
        with site.running() as running:
            running.wait_for_log("outcome=sent")
            assert b"Article 7" in hub.fetched[-1]
        assert len(hub.fetched) <= 1 + len(others)

    def test_is_owed_a_ping_by_scan_only_for_what_is_new(
        self, site: Site, receiver: Receiver
    ) -> None:
        site.config["feeds"][0]["hub"] = receiver.url
        site.add_real_seeds()
        for command in (("scan", "--drain"), ("feeds",), ("scan", "--drain")):
            site.command(*command)
        assert len(receiver.accepted) == 1

    def test_that_does_not_answer_holds_up_nothing(self, site: Site, free_port: int) -> None:
        stuck, enough = threading.Event(), threading.Event()

        def hang(exchange: Exchange) -> None:
            exchange.read()
            stuck.set()
            enough.wait(60)

        with Receiver(hang) as hub:
            serve(site, hub, free_port)
            site.add_real_seeds()
            with site.running():
                wait_until(stuck.is_set, "the ping")
                write_seed(site.seeds, 6)
                wait_for_entry(site, "Article 6")
                enough.set()


def test_archives_are_served_and_listed_nowhere(site: Site, hub: Hub, free_port: int) -> None:
    serve(site, hub, free_port)
    site.config["feeds"][0] |= {"limit": 3, "archive": True}
    site.add_real_seeds()
    base = f"http://127.0.0.1:{free_port}"
    with site.running():
        wait_until(lambda: len(site.entries()) == 3, "the feed")
        wait_until(lambda: hub.fetched, "the first ping")
        feed = site.feed.read_bytes().decode()
        number = feed.partition(".archive-")[2][:4]
        with urllib.request.urlopen(f"{base}/feeds/all.archive-{number}.atom", timeout=10) as found:
            assert found.headers["content-type"] == "application/atom+xml; charset=utf-8"
            assert found.read() == (site.feed.parent / f"all.archive-{number}.atom").read_bytes()
        for path in ("/", "/opml"):
            with urllib.request.urlopen(f"{base}{path}", timeout=10) as page:
                assert b"archive-" not in page.read()
    (listed,) = site.json_lines("feeds")
    assert listed["entries"] == 3
    assert all("all.archive-" in path for path in listed["archives"])


def test_topics_are_listed_as_feeds(site: Site) -> None:
    site.config["feeds"] = [
        {"name": "topics", "per": "topic", "path": "../var/feeds/{slug}.atom"},
    ]
    write_seed(site.seeds, 1, topics=["AI", "日本語"])
    site.command("scan")
    listed = site.json_lines("feeds")
    assert [(feed["topic"], feed["entries"]) for feed in listed] == [("AI", 1), ("日本語", 1)]
