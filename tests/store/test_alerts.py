"""Alerts that wait in the store: as durable as what they are about, and one message in the end."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

from tests.store.owing import (
    SLACK,
    Lease,
    LeaseLost,
    Next,
    begin_attempt,
    finish_attempt,
    owe,
    owe_only,
    promise,
    release_lease,
    store_untried,
    take,
    waiting,
)
from tests.store.plans import AT, MINUTE
from watcher.model.delivery import Alerts, Attempt, Delivery, Outcome
from watcher.model.kinds import DeliveryState
from watcher.store.alerts import KEPT
from watcher.store.database import Database
from watcher.store.outbox import Outbox

LATER = AT + 60 * MINUTE


def die(outbox: Outbox, lease: Lease, member: int, words: str | None = None) -> None:
    """A delivery that is rejected at once, which somebody is told of."""
    store_untried(outbox, lease, promise(member, endpoint=lease.endpoint, id=f"msg_{member}"))
    number = begin_attempt(outbox, lease, f"msg_{member}", at=AT, expires_at=AT + MINUTE)
    finish_attempt(
        outbox,
        lease,
        Attempt(delivery=f"msg_{member}", number=number, at=AT, outcome=Outcome.REJECTED),
        state=DeliveryState.DEAD,
        next_attempt_at=None,
        consecutive_failures=0,
        alert=words or f"{member} is dead",
    )


class Composer:
    """Makes deliveries of alerts, and keeps these."""

    def __init__(self) -> None:
        self.alerts: list[Alerts] = []

    def __call__(self, alerts: Alerts) -> Delivery:
        self.alerts.append(alerts)
        return promise(endpoint="ops", id=f"msg_alert_{len(self.alerts)}")


def ops(database: Database) -> tuple[Outbox, Lease, Lease]:
    """An outbox, and the leases of ``slack``, which is owed five changes, and of ``ops``."""
    outbox = Outbox(database)
    slack = owe(database, 1, 2, 3, 4, 5)
    outbox.sync({SLACK: True, "ops": True})
    return outbox, slack, take(outbox, endpoint="ops")


def test_an_alert_waits_from_the_death_on_for_the_one_who_is_told(database: Database) -> None:
    outbox, slack, _ = ops(database)
    assert outbox.alerts_due_at() is None
    assert outbox.next_due(alerts_to="ops") == {SLACK: AT}
    die(outbox, slack, 1)
    assert outbox.alerts_due_at() == AT
    assert outbox.next_due(alerts_to="ops") == {SLACK: AT, "ops": AT}
    assert outbox.next_due() == {SLACK: AT}
    outbox.set_enabled("ops", enabled=False, reason="a test")
    assert outbox.next_due(alerts_to="ops") == {SLACK: AT}


def test_no_alert_comes_of_an_attempt_that_is_not_recorded(database: Database) -> None:
    outbox, slack, _ = ops(database)
    release_lease(outbox, slack)
    with suppress(LeaseLost):
        die(outbox, slack, 1)
    assert outbox.alerts_due_at() is None


def test_what_waits_is_frozen_as_one_delivery_and_waits_no_more(database: Database) -> None:
    outbox, slack, lease = ops(database)
    composer = Composer()
    outbox.store_alerts("ops", composer, not_before=AT)
    assert composer.alerts == []
    die(outbox, slack, 1)
    die(outbox, slack, 2)
    outbox.store_alerts("ops", composer, not_before=AT + MINUTE)
    assert composer.alerts == [Alerts(words=("1 is dead", "2 is dead"))]
    delivery = promise(endpoint="ops", id="msg_alert_1")
    assert waiting(outbox, lease) == Next(head=delivery)
    assert outbox.alerts_due_at() is None
    die(outbox, slack, 3)
    assert outbox.alerts_due_at() == AT + MINUTE
    assert waiting(outbox, lease).head == delivery
    outbox.store_alerts("ops", composer, not_before=AT + 2 * MINUTE)
    assert composer.alerts[1:] == [Alerts(words=("3 is dead",))]


def test_after_a_pause_an_alert_is_due_when_it_happens(database: Database) -> None:
    outbox, slack, _ = ops(database)
    die(outbox, slack, 1)
    outbox.store_alerts("ops", Composer(), not_before=AT - timedelta(microseconds=5))
    die(outbox, slack, 2)
    assert outbox.alerts_due_at() == AT


def test_only_some_are_kept_in_words(database: Database) -> None:
    outbox = Outbox(database)
    count = KEPT + 3
    slack = owe(database, *range(1, count + 1))
    outbox.sync({SLACK: True, "ops": True})
    for member in range(1, count + 1):
        die(outbox, slack, member, f"{member} \0 \ud800 'x'")
    composer = Composer()
    outbox.store_alerts("ops", composer, not_before=AT)
    [alerts] = composer.alerts
    assert alerts.more == 3
    assert [words.split()[0] for words in alerts.words] == [str(n + 1) for n in range(KEPT)]


def test_workers_that_fail_at_the_same_time_lose_none(database: Database) -> None:
    names = [f"hook-{number}" for number in range(1, 7)]
    outbox = Outbox(database)
    outbox.sync(dict.fromkeys([*names, "ops"], True))
    for number, name in enumerate(names, 1):
        owe_only(database, number, endpoint=name)

    def fail(number: int) -> None:
        die(outbox, take(outbox, endpoint=names[number - 1]), number)

    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(fail, range(1, 7)))
    composer = Composer()
    outbox.store_alerts("ops", composer, not_before=AT)
    [alerts] = composer.alerts
    assert set(alerts.words) == {f"{number} is dead" for number in range(1, 7)}
