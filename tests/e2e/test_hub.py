"""Our own WebSub hub over the real daemon: who is sent what, and who is not."""

import hashlib
import hmac
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from lxml import etree

from tests.support.ports import kept_address
from tests.support.receiver import Receiver
from tests.support.seeds import write_seed
from tests.support.site import Site
from tests.support.waiting import wait_until
from tests.support.websub import Subscriber, ask, listed, topic_of
from watcher.daemon import hub as subject

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def subscriber() -> Iterator[Subscriber]:
    subscriber = Subscriber()
    yield subscriber
    subscriber.close()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path / "site")
    site.config["http"] = {"listen": kept_address(), "hub": "on"}
    del site.config["feeds"][0]["url"]
    write_seed(site.seeds, 1)
    return site


def test_a_subscriber_is_verified_sent_each_version_and_let_go(
    site: Site, subscriber: Subscriber
) -> None:
    site.config["http"]["public_url"] = f"http://{site.config['http']['listen']}/"
    site.config["egress"] = {"allow_private": True}
    with site.running():
        discovery = requests.get(topic_of(site), timeout=20)
        hub = f"http://{site.config['http']['listen']}/hub"
        assert f'<{hub}>; rel="hub"' in discovery.headers["link"]
        links = etree.fromstring(discovery.content).findall(f"{ATOM}link")
        named = {link.get("rel"): link.get("href") for link in links}
        assert (named["hub"], named["self"]) == (hub, topic_of(site))

        assert ask(site, subscriber, secret="s3cret", lease_seconds="1000") == 202
        wait_until(lambda: listed(site), "the subscription")
        (asked,) = subscriber.asked
        assert asked.pop("hub.challenge")
        assert asked == {
            "mine": "1",
            "hub.mode": "subscribe",
            "hub.topic": topic_of(site),
            "hub.lease_seconds": "1000",
        }
        write_seed(site.seeds, 2)
        wait_until(lambda: subscriber.told, "the content")
        headers, body = subscriber.told[0]
        assert body == site.feed.read_bytes()
        assert b"Article 2" in body
        assert headers["content-type"] == "application/atom+xml; charset=utf-8"
        assert headers["link"] == f'<{hub}>; rel="hub", <{topic_of(site)}>; rel="self"'
        mac = hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
        assert headers["x-hub-signature"] == f"sha256={mac}"

        (found,) = listed(site)
        assert found["callback"] == subscriber.callback
        assert found["signed"] is True
        assert "s3cret" not in str(found)
        metrics = requests.get(f"http://{site.config['http']['listen']}/metrics", timeout=20).text
        assert "seedwatch_subscribers 1.0" in metrics

        assert ask(site, subscriber, "unsubscribe") == 202
        wait_until(lambda: not listed(site), "the end of the subscription")
        write_seed(site.seeds, 3)
        wait_until(lambda: b"Article 3" in site.feed.read_bytes(), "the feed")
        time.sleep(0.5)
        assert len(subscriber.told) == 1


def test_what_was_missed_comes_after_a_restart_and_410_ends_it(
    site: Site, subscriber: Subscriber
) -> None:
    with site.running():
        assert ask(site, subscriber) == 202
        wait_until(lambda: listed(site), "the subscription")
        (found,) = listed(site)
        assert found["signed"] is False
    write_seed(site.seeds, 2)
    with site.running():
        wait_until(lambda: subscriber.told, "what came meanwhile")
        assert "x-hub-signature" not in subscriber.told[0][0]
        subscriber.answers = [410]
        write_seed(site.seeds, 3)
        wait_until(lambda: not listed(site), "the end of the subscription")


def test_a_failed_delivery_is_tried_again(site: Site, subscriber: Subscriber) -> None:
    with site.running():
        assert ask(site, subscriber) == 202
        wait_until(lambda: listed(site), "the subscription")
        subscriber.answers = [503]
        write_seed(site.seeds, 2)
        (failed,) = wait_until(
            lambda: [each for each in listed(site) if each["failures"] == 1], "the failure"
        )
        assert failed["last_error"] == "answered 503"
        wait_until(lambda: len(subscriber.told) == 2, "the second try")
        assert subscriber.told[0][1] == subscriber.told[1][1]
        wait_until(lambda: listed(site)[0]["failures"] == 0, "the success")


def test_without_the_callbacks_word_nobody_is_subscribed(
    site: Site, subscriber: Subscriber
) -> None:
    subscriber.agrees = False
    with site.running():
        assert ask(site, subscriber) == 202
        wait_until(lambda: subscriber.asked, "the question")
        time.sleep(0.3)
        assert listed(site) == []


def test_what_makes_no_sense_is_refused(site: Site, subscriber: Subscriber) -> None:
    with site.running():
        for more in (
            {"topic": "https://example.org/other.atom"},
            {"callback": "ftp://example.org/"},
            {"callback": "http://user:pass@example.org/"},
            {"callback": "http://example.org/" + "x" * 1000},
            {"secret": "x" * 200},
        ):
            assert ask(site, subscriber, **more) == 400, more
        assert ask(site, subscriber, "publish") == 400
        url = f"http://{site.config['http']['listen']}/hub"
        assert requests.post(url, data=b"x" * 20_000, timeout=20).status_code == 413
        assert requests.get(url, timeout=20).status_code == 405
    assert subscriber.asked == []


def test_a_public_hub_asks_no_private_address(site: Site, subscriber: Subscriber) -> None:
    address = site.config["http"]["listen"]
    site.config["http"]["public_url"] = f"http://{address}/"
    with site.running():
        assert ask(site, subscriber) == 202
        time.sleep(1)
        assert subscriber.asked == []
    site.config["egress"] = {"allow_private": True}
    with site.running():
        assert ask(site, subscriber) == 202
        wait_until(lambda: subscriber.asked, "the question")


def test_one_host_cannot_be_asked_without_end(site: Site, subscriber: Subscriber) -> None:
    subscriber.agrees = False
    with site.running():
        codes = []
        for number in range(3 * subject.MOST_FAILED_OF_ONE_HOST):
            codes.append(ask(site, subscriber, callback=f"{subscriber.callback}&n={number}"))
            time.sleep(0.02)
    assert codes[0] == 202
    assert codes[-1] == 503
    most = subject.MOST_FAILED_OF_ONE_HOST + subject.MOST_OF_ONE_HOST_ASKING
    assert len(subscriber.asked) <= most


def test_without_the_hub_there_is_none(site: Site, subscriber: Subscriber) -> None:
    site.config["http"]["hub"] = "off"
    with site.running():
        assert ask(site, subscriber) == 404
        assert "hub" not in requests.get(topic_of(site), timeout=20).headers["link"]


def test_callbacks_that_hang_keep_nobody_from_hearing(
    site: Site, subscriber: Subscriber, receiver: Receiver
) -> None:
    """They are many times as many as send at once, at the host of the one that answers."""
    site.add_endpoint("hook", receiver.url)
    hanging = Subscriber()
    try:
        with site.running():
            for number in range(12):
                assert ask(site, hanging, callback=f"{hanging.callback}&n={number}") == 202
            assert ask(site, subscriber) == 202
            wait_until(lambda: len(listed(site)) == 13, "the subscriptions")
            hanging.released.clear()
            write_seed(site.seeds, 2)
            wait_until(lambda: len(hanging.told) == 12, "those that hang")
            wait_until(lambda: len(subscriber.told) == 1, "the content")
            write_seed(site.seeds, 3)
            wait_until(lambda: len(subscriber.told) == 2, "the next content")
            receiver.wait_for(2)
            assert len(hanging.told) == 12  # none of them was given up yet
            hanging.released.set()
            wait_until(lambda: len(hanging.told) == 24, "the next content, for those that hung")
    finally:
        hanging.close()
