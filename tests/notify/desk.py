"""A deliverer over a real store, with a clock that the test drives, for the tests that send."""

import itertools
import json
import shutil
import weakref
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from tests.notify.making import FakeClock, make_endpoint
from tests.store.plans import change_write, file_write
from tests.support.deliverer import deliver
from tests.support.receiver import Receiver
from watcher.model.article import Change
from watcher.model.delivery import Attempt, Delivery, Outcome, Owed, Turn
from watcher.model.kinds import ArticleState, DeliveryState
from watcher.model.known import ArticleWrite, Plan
from watcher.model.standing import EndpointStatus
from watcher.notify.deliver import Deliverer
from watcher.store.alerts import add_alert
from watcher.store.catalogue import Catalogue
from watcher.store.database import Database
from watcher.store.ledger import Ledger
from watcher.store.outbox import Outbox


class Desk:
    """A deliverer with everything around it, for one endpoint named ``here``.

    Alerts are told elsewhere, unless ``alert_endpoint`` says that they are told here.
    """

    alert_endpoint: str | None = "elsewhere"

    def __init__(self, receiver: Receiver, kind: str = "webhook", **keys: Any) -> None:
        folder = mkdtemp()
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.database = Database.open(str(Path(folder, "store.db")))
        self.clock = FakeClock()
        self._numbers = itertools.count(1)
        self.outbox = Outbox(self.database)
        self.outbox.sync({"here": True, "elsewhere": True})
        self.attempts: list[Attempt] = []
        self.paused: list[float] = []
        self.endpoint = make_endpoint(kind, **{"url": receiver.url} | keys)
        self.deliverer = self.make_deliverer("worker-1")

    def die_recording(self) -> None:
        """Send what is due, and die before the outcome is recorded."""
        deliverer = self.make_deliverer("dead", DyingOutbox(self.database))
        with pytest.raises(Died):
            deliver(deliverer, self.clock, self._go_to)

    def make_deliverer(self, owner: str, outbox: Outbox | None = None) -> Deliverer:
        numbers = self._numbers
        return Deliverer(
            [self.endpoint],
            outbox or self.outbox,
            clock=self.clock,
            owner=owner,
            new_id=lambda: f"{next(numbers):032x}",
            random=lambda: 0.5,
            allow_private=True,
            on_attempt=lambda _, attempt: self.attempts.append(attempt),
            alert_endpoint=self.alert_endpoint,
        )

    def owe(self, *changes: Change, due_at: datetime | None = None) -> None:
        """Owe changes, from ``due_at`` on, else from now on."""
        plan = Plan(
            files=tuple(_file(change) for change in changes),
            articles=tuple(_article(change) for change in changes),
            changes=tuple(_change(change) for change in changes),
        )
        with Ledger(self.database).batch(self.clock.now) as batch:
            written = batch.write(plan)
            batch.owe(
                Owed(endpoint="here", sequence=change.sequence, due_at=due_at or self.clock.now)
                for change in written
            )

    def revise(self, change: Change) -> None:
        """What a change's article says has become something else; that is no news."""
        with Ledger(self.database).batch(self.clock.now) as batch:
            batch.write(Plan(articles=(replace(_article(change), is_new=False),)))

    def alert(self, *words: str) -> None:
        """Somebody is to be told of these."""
        with self.database.write() as connection:
            for each in words:
                add_alert(connection, each, at=self.clock.now)

    def drain(self, *, now: bool = False) -> list[float]:
        """Send what is due, and what follows at the endpoint's rate. Returns the pauses.

        ``now``: only what can be sent without waiting.
        """
        paused = deliver(self.deliverer, self.clock, None if now else self._go_to)
        self.paused += paused
        return paused

    def _go_to(self, at: datetime) -> None:
        self.clock.now = at

    @property
    def status(self) -> EndpointStatus:
        return next(each for each in self.outbox.statuses() if each.name == "here")

    def due_at(self) -> Any:
        """When there is something to do next."""
        return self.outbox.next_due(alerts_to=self.alert_endpoint).get("here")

    @property
    def outcomes(self) -> list[Outcome]:
        return [attempt.outcome for attempt in self.attempts]

    @property
    def deliveries(self) -> list[Delivery]:
        """In the order in which their changes are told."""
        found = Catalogue(self.database).deliveries(limit=999, endpoint="here")
        return sorted(found, key=lambda each: (min(each.members, default=0), each.id))

    @property
    def states(self) -> list[DeliveryState]:
        return [delivery.state for delivery in self.deliveries]

    @property
    def alerts(self) -> list[str]:
        """The alerts that the alert endpoint is sent."""
        found: list[str] = []
        with self.database.read() as connection:
            row = connection.exec_driver_sql("SELECT value FROM meta WHERE key = 'alerts'").first()
        if row:
            found += json.loads(row[0])["words"]
        return found


def _number(change: Change) -> int:
    return int(change.article.id[-12:])


def _file(change: Change) -> Any:
    return file_write(_number(change), article=change.article.id)


def _article(change: Change) -> ArticleWrite:
    return ArticleWrite(
        id=change.article.id,
        state=ArticleState.LIVE,
        content=change.article.content,
        fingerprint=f"1:{_number(change)}",
        updates=0,
        is_new=True,
        revised=False,
    )


def _change(change: Change) -> Any:
    return replace(change_write(_number(change), change.kind), article=change.article.id)


class Died(BaseException):
    """A worker's sudden end: nothing is caught, or given back."""


class DyingOutbox(Outbox):
    """An outbox whose worker dies when it would record what became of its attempts."""

    def write(self, turns: Sequence[Turn], *, owner: str) -> set[str]:
        if any(turn.finished for turn in turns):
            raise Died
        return super().write(turns, owner=owner)


def members(receiver: Receiver) -> list[list[int]]:
    return [
        [change["sequence"] for change in message.json()["data"]["changes"]]
        for message in receiver.accepted
    ]
