"""A deliverer with everything around it, for the tests that send."""

from typing import Any

from tests.notify.making import FakeClock, FakeStop, make_endpoint
from tests.support.fake_outbox import FakeOutbox
from tests.support.receiver import Receiver
from watcher.model.delivery import Attempt, Outcome
from watcher.model.kinds import DeliveryState
from watcher.notify.deliver import Deliverer
from watcher.notify.outbox import Outbox


class Desk:
    """A deliverer with everything around it, for one endpoint named ``here``.

    Alerts are told elsewhere, unless ``alert_endpoint`` says that they are told here.
    """

    alert_endpoint: str | None = "elsewhere"

    def __init__(self, receiver: Receiver, kind: str = "webhook", **keys: Any) -> None:
        self.clock = FakeClock()
        self.stop = FakeStop(self.clock)
        self.fake = FakeOutbox("here")
        self.heard: list[Attempt] = []
        self.endpoint = make_endpoint(kind, **{"url": receiver.url} | keys)
        self.deliverer = self.make_deliverer("worker-1")

    def make_deliverer(self, owner: str) -> Deliverer:
        numbers = iter(range(1, 1000))
        outbox: Outbox = self.fake
        return Deliverer(
            [self.endpoint],
            outbox,
            clock=self.clock,
            owner=owner,
            new_id=lambda: f"{next(numbers):032x}",
            random=lambda: 0.5,
            allow_private=True,
            feed_url=None,
            on_attempt=lambda name, attempt: self.heard.append(attempt),
            alert_endpoint=self.alert_endpoint,
            on_alert=lambda: None,
        )

    def drain(self) -> bool:
        return self.deliverer.drain("here", stop=self.stop)

    @property
    def row(self) -> Any:
        return self.fake.rows["here"]

    @property
    def outcomes(self) -> list[Outcome]:
        return [attempt.outcome for attempt in self.fake.attempts]

    @property
    def states(self) -> list[DeliveryState]:
        return [delivery.state for delivery in self.fake.deliveries("here")]


def members(receiver: Receiver) -> list[list[int]]:
    return [
        [change["sequence"] for change in message.json()["data"]["changes"]]
        for message in receiver.accepted
    ]
