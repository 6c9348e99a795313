"""Workers in processes of their own. They import the store and nothing above it."""

from multiprocessing.synchronize import Barrier
from typing import Any

from tests.store.owing import (
    SLACK,
    attempt_once,
    promise,
    release_lease,
    store_untried,
    take_lease,
    waiting,
)
from tests.store.plans import AT, MINUTE
from watcher.model.delivery import Outcome
from watcher.model.kinds import DeliveryState
from watcher.store.database import Database
from watcher.store.outbox import Outbox


def open_together(url: str, barrier: Barrier) -> None:
    """Open a store at the moment at which the others do."""
    barrier.wait(30)
    Database.open(url).close()


def send_all(url: str, owner: str, barrier: Barrier, sent: Any) -> None:
    """Take the lease, tell one change, give it back; until nothing is owed."""
    database = Database.open(url)
    outbox = Outbox(database)
    barrier.wait(30)
    while outbox.next_due():
        lease = take_lease(outbox, SLACK, owner=owner, now=AT, expires_at=AT + MINUTE)
        if lease is None:
            continue
        for sequence in waiting(outbox, lease, limit=1).sequences:
            delivery = promise(sequence)
            store_untried(outbox, lease, delivery)
            attempt_once(outbox, lease, delivery.id, Outcome.SENT, DeliveryState.SENT)
            sent.put((lease.token, sequence))
        release_lease(outbox, lease)
    database.close()


def grab(url: str, owner: str, barrier: Barrier, taken: Any) -> None:
    """Ten times, take the lease at the moment at which the other does."""
    database = Database.open(url)
    outbox = Outbox(database)
    for _ in range(10):
        barrier.wait(30)
        lease = take_lease(outbox, SLACK, owner=owner, now=AT, expires_at=AT + MINUTE)
        taken.put(lease and lease.token)
        barrier.wait(30)
        if lease is not None:
            release_lease(outbox, lease)
        barrier.wait(30)
    database.close()
