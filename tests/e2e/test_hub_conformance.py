"""The checks of a hub at https://websub.rocks/hub, by their numbers, against the real daemon.

That site's publisher makes the topics up as it goes; ours are the feeds, so 105 is asked about a
topic that is none of them.
"""

import hashlib
import hmac
from collections.abc import Iterator

import pytest
import requests

from tests.support.ports import kept_address
from tests.support.seeds import write_seed
from tests.support.site import Site
from tests.support.waiting import wait_until
from tests.support.websub import Subscriber, ask, listed, topic_of

pytestmark = pytest.mark.xdist_group("hub")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One that runs for all of them."""
    site = Site(tmp_path_factory.mktemp("hub") / "site")
    site.config["http"] = {"listen": kept_address(), "hub": "on"}
    del site.config["feeds"][0]["url"]
    site.config["feeds"].append({"name": "json", "path": "../var/feeds/all.json"})
    with site.running():
        yield site


@pytest.fixture
def subscriber() -> Iterator[Subscriber]:
    subscriber = Subscriber()
    yield subscriber
    subscriber.close()


def subscribe(site: Site, subscriber: Subscriber, **more: str) -> None:
    """Ask, and wait until that was verified."""
    asked = len(subscriber.asked)
    assert ask(site, subscriber, **more) == 202
    wait_until(lambda: len(subscriber.asked) > asked, "the verification")
    wait_until(lambda: of(site, subscriber), "the subscription")


def of(site: Site, subscriber: Subscriber) -> list[dict[str, object]]:
    return [each for each in listed(site) if each["callback"] == subscriber.callback]


def publish(site: Site, number: int) -> None:
    write_seed(site.seeds, number)
    wait_until(lambda: f"Article {number}<" in site.feed.read_text("utf-8"), "the feed")


def told_of(subscriber: Subscriber, number: int) -> tuple[dict[str, str], bytes]:
    """The first message that has an article."""
    words = f"Article {number}"

    def found() -> list[tuple[dict[str, str], bytes]]:
        return [each for each in list(subscriber.told) if words in each[1].decode()]

    wait_until(found, words)
    return found()[0]


def test_100_typical_subscriber_request(site: Site, subscriber: Subscriber) -> None:
    """With hub.mode, hub.topic and hub.callback alone; what is sent has no signature."""
    subscribe(site, subscriber)
    (asked,) = subscriber.asked
    assert asked.pop("hub.challenge")
    assert asked == {
        "mine": "1",
        "hub.mode": "subscribe",
        "hub.topic": topic_of(site),
        "hub.lease_seconds": str(10 * 86400),
    }
    publish(site, 100)
    headers, body = told_of(subscriber, 100)
    found = requests.get(topic_of(site), timeout=20)
    assert body == found.content
    assert headers["content-type"] == found.headers["content-type"]
    links = requests.utils.parse_header_links(headers["link"])
    hub = f"http://{site.config['http']['listen']}/hub"
    assert {link["rel"]: link["url"] for link in links} == {"hub": hub, "self": topic_of(site)}
    assert "x-hub-signature" not in headers


def test_101_subscription_with_secret(site: Site, subscriber: Subscriber) -> None:
    """What is sent is signed with it."""
    subscribe(site, subscriber, secret="correct horse")
    publish(site, 101)
    headers, body = told_of(subscriber, 101)
    method, _, signature = headers["x-hub-signature"].partition("=")
    assert method == "sha256"
    assert signature == hmac.new(b"correct horse", body, hashlib.sha256).hexdigest()


def test_102_subscriber_sends_additional_parameters(site: Site, subscriber: Subscriber) -> None:
    """Those that the hub does not know are ignored."""
    url = f"http://{site.config['http']['listen']}/hub"
    form = {
        "hub.mode": "subscribe",
        "hub.topic": topic_of(site),
        "hub.callback": subscriber.callback,
        "foo": "bar",
        "hub.foo": "hub.bar",
    }
    assert requests.post(url, data=form, timeout=20).status_code == 202
    wait_until(lambda: of(site, subscriber), "the subscription")
    (asked,) = subscriber.asked
    assert not {"foo", "hub.foo"} & asked.keys()
    publish(site, 102)
    told_of(subscriber, 102)


def test_103_resubscribes_before_expiration(site: Site, subscriber: Subscriber) -> None:
    """The subscription is renewed, by topic and callback, and there is no second one."""
    subscribe(site, subscriber, lease_seconds="3600")
    (first,) = of(site, subscriber)
    subscribe(site, subscriber, lease_seconds="7200", secret="new")
    (second,) = wait_until(
        lambda: [e for e in of(site, subscriber) if e["expires_at"] != first["expires_at"]],
        "the renewal",
    )
    assert [asked["hub.lease_seconds"] for asked in subscriber.asked] == ["3600", "7200"]
    assert second["since"] == first["since"]
    publish(site, 103)
    headers, body = told_of(subscriber, 103)
    assert headers["x-hub-signature"].endswith(hmac.new(b"new", body, hashlib.sha256).hexdigest())
    assert len(subscriber.told) == 1


def test_104_unsubscription(site: Site, subscriber: Subscriber) -> None:
    """It is verified, and then nothing more is sent: others hear of what comes next."""
    other = Subscriber()
    try:
        subscribe(site, subscriber)
        subscribe(site, other)
        assert ask(site, subscriber, "unsubscribe") == 202
        wait_until(lambda: not of(site, subscriber), "the end of the subscription")
        asked = subscriber.asked[-1]
        assert (asked["hub.mode"], asked["hub.topic"]) == ("unsubscribe", topic_of(site))
        publish(site, 104)
        told_of(other, 104)
        assert subscriber.told == []
    finally:
        other.close()


def test_105_plaintext_topic(site: Site, subscriber: Subscriber) -> None:
    """The hub takes only our own feeds as topics, and none of those is plain text."""
    for topic in (topic_of(site, "all.txt"), "https://example.org/notes.txt"):
        assert ask(site, subscriber, topic=topic) == 400
    assert subscriber.asked == []


def test_106_json_topic(site: Site, subscriber: Subscriber) -> None:
    """Content that is neither HTML nor XML is sent as what it is."""
    topic = topic_of(site, "all.json")
    subscribe(site, subscriber, topic=topic)
    publish(site, 106)
    headers, body = told_of(subscriber, 106)
    found = requests.get(topic, timeout=20)
    assert (body, headers["content-type"]) == (found.content, found.headers["content-type"])
    assert found.headers["content-type"] == "application/feed+json; charset=utf-8"
    assert f'<{topic}>; rel="self"' in headers["link"]
