"""Pings are deliveries: owed once for each feed that is news to its hub, whatever happens."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from tests.publish.newsroom import Newsroom, feed
from tests.store.owing import begin_attempt, take_lease
from tests.support.deliverer import deliver
from tests.support.receiver import Behaviour, Receiver, answer
from watcher.daemon.delivery import make_deliverer
from watcher.errors import StoreUnavailable
from watcher.model.delivery import Delivery
from watcher.model.kinds import DeliveryState
from watcher.status.health import examine
from watcher.store.pings import Pings
from watcher.store.store import sync_endpoints


class Pressroom(Newsroom):
    """A newsroom whose feeds name one hub, and who delivers to it."""

    def __init__(self, folder: Path, state: str, hub: Receiver) -> None:
        named = {"hub": hub.url, "limit": 2}
        feeds = [feed("all", **named), feed("good", match={"min_quality": 50}, **named)]
        super().__init__(folder, state, feeds)
        self.hub = hub
        (self.name,) = (each.name for each in self.config.all_endpoints)

    def drain(self) -> None:
        """Send what is due now."""
        deliverer = make_deliverer(self.config, self.store, self.clock)
        deliver(deliverer, self.clock, self._go_to)

    def _go_to(self, at: datetime) -> None:
        self.now = at

    def deliveries(self) -> list[Delivery]:
        """The newest last."""
        return self.store.catalogue.deliveries(limit=99, endpoint=self.name)[::-1]

    @property
    def states(self) -> list[str]:
        return sorted(delivery.state.value for delivery in self.deliveries())

    @property
    def pinged(self) -> list[str]:
        """The feeds that the hub took note of, in order."""
        forms = [parse_qs(message.body.decode()) for message in self.hub.accepted]
        return [form["hub.url"][0].rpartition("/")[2] for form in forms]


@pytest.fixture
def hub() -> Iterator[Receiver]:
    with Receiver() as hub:
        yield hub


@pytest.fixture
def newsroom(tmp_path: Path, database_url: str, hub: Receiver) -> Iterator[Pressroom]:
    with Pressroom(tmp_path, database_url, hub) as newsroom:
        sync_endpoints(newsroom.store, newsroom.config)
        newsroom.write(1)
        newsroom.publish()
        newsroom.drain()
        assert sorted(newsroom.pinged) == ["all.atom", "good.atom"]
        newsroom.hub.requests.clear()
        newsroom.hub.accepted.clear()
        yield newsroom


def always(newsroom: Pressroom, behaviour: Behaviour) -> None:
    newsroom.hub.default = behaviour


def test_a_change_pings_for_the_feeds_that_it_belongs_to(newsroom: Pressroom) -> None:
    newsroom.write(2)
    newsroom.publish()
    newsroom.drain()
    assert newsroom.pinged == ["all.atom"]
    newsroom.write(3, quality=60)
    newsroom.publish()
    newsroom.drain()
    assert sorted(newsroom.pinged[1:]) == ["all.atom", "good.atom"]


def test_what_is_published_unchanged_is_owed_to_nobody(newsroom: Pressroom) -> None:
    newsroom.restart()
    newsroom.publish()
    newsroom.path("all.atom").unlink()
    newsroom.restart()
    assert newsroom.publish()[0].written
    newsroom.drain()
    assert newsroom.pinged == []


def test_pings_that_were_not_tried_yet_are_one(newsroom: Pressroom) -> None:
    for number in range(2, 6):
        newsroom.write(number)
        newsroom.publish()
    newsroom.restart()
    newsroom.publish()
    newsroom.drain()
    assert newsroom.pinged == ["all.atom"]
    assert newsroom.states == ["sent"] * 3


def test_a_newer_ping_replaces_one_that_failed(newsroom: Pressroom) -> None:
    always(newsroom, answer(503))
    newsroom.write(2)
    newsroom.publish()
    newsroom.drain()
    for number in range(3, 6):
        newsroom.write(number)
        newsroom.publish()
    assert newsroom.states == ["pending", "replaced", "sent", "sent"]
    (status,) = newsroom.store.outbox.statuses()
    assert (status.pending, status.consecutive_failures) == (1, 1)
    assert status.next_attempt_at is not None
    always(newsroom, answer(204))
    newsroom.now += timedelta(minutes=1)
    newsroom.drain()
    assert newsroom.pinged == ["all.atom"]
    assert newsroom.states == ["replaced", "sent", "sent", "sent"]


def test_a_ping_under_way_may_have_come_too_early(newsroom: Pressroom) -> None:
    newsroom.write(2)
    newsroom.publish()
    outbox, now = newsroom.store.outbox, newsroom.now
    lease = take_lease(
        outbox, newsroom.name, owner="dead", now=now, expires_at=now + timedelta(seconds=1)
    )
    assert lease is not None
    begin_attempt(
        outbox, lease, newsroom.deliveries()[-1].id, at=now, expires_at=now + timedelta(seconds=1)
    )
    newsroom.write(3)
    newsroom.publish()
    assert newsroom.states == ["pending", "pending", "sent", "sent"]
    newsroom.drain()
    assert newsroom.pinged == ["all.atom", "all.atom"]


def test_a_ping_dies_after_days_and_can_be_sent_again(newsroom: Pressroom) -> None:
    always(newsroom, answer(404))
    newsroom.write(2)
    newsroom.publish()
    newsroom.drain()
    newsroom.now += timedelta(days=3)
    newsroom.drain()
    (dead,) = (d for d in newsroom.deliveries() if d.state is DeliveryState.DEAD)
    assert not examine(newsroom.store, newsroom.config, newsroom.clock()).is_healthy
    assert newsroom.store.outbox.retry([dead.id]) == 1
    always(newsroom, answer(204))
    newsroom.now += timedelta(days=1)
    newsroom.drain()
    assert newsroom.pinged == ["all.atom"]
    assert examine(newsroom.store, newsroom.config, newsroom.clock()).is_healthy


def test_a_dead_ping_is_replaced_by_the_next_one(newsroom: Pressroom) -> None:
    always(newsroom, answer(404))
    newsroom.write(2)
    newsroom.publish()
    newsroom.drain()
    newsroom.now += timedelta(days=3)
    newsroom.drain()
    assert "dead" in newsroom.states
    newsroom.write(3)
    newsroom.publish()
    assert newsroom.states == ["pending", "replaced", "sent", "sent"]


def test_a_ping_that_could_not_be_owed_is_owed_later(
    newsroom: Pressroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise StoreUnavailable("away")

    newsroom.write(2)
    with monkeypatch.context() as patch:
        patch.setattr(Pings, "owe", fail)
        with pytest.raises(StoreUnavailable):
            newsroom.publish()
    newsroom.publish()
    newsroom.drain()
    assert newsroom.pinged == ["all.atom"]
