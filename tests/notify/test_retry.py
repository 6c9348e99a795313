"""What follows from an attempt: states, ladder, jitter, quiet hours."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.notify.making import NOW, make_endpoint
from watcher.model.delivery import Outcome
from watcher.model.kinds import DeliveryState
from watcher.notify.outcome import Verdict
from watcher.notify.retry import Settlement, Tried, settle

LADDER = [5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800]
ENDED = NOW + timedelta(seconds=2)
RETRIED = [Outcome.NOT_SENT, Outcome.FAILED, Outcome.UNKNOWN, Outcome.THROTTLED]


def settled(
    outcome: Outcome,
    *,
    failures: int = 0,
    first_at: datetime = NOW,
    jitter: float = 0.5,
    retry_after: float | None = None,
    **keys: Any,
) -> Settlement:
    verdict = Verdict(outcome=outcome, error="words", retry_after=retry_after)
    tried = Tried(first_at=first_at, ended_at=ENDED, failures=failures)
    return settle(make_endpoint(**keys), verdict, tried, lambda: jitter)


def pause(settlement: Settlement) -> float:
    """Seconds from the end of the attempt."""
    assert settlement.next_attempt_at is not None
    return (settlement.next_attempt_at - NOW).total_seconds() - 2


def test_success_resets_the_failures_and_keeps_the_rate() -> None:
    assert settled(Outcome.SENT, failures=7, rate="30/m") == Settlement(
        state=DeliveryState.SENT,
        next_attempt_at=ENDED + timedelta(seconds=2),
        consecutive_failures=0,
    )


@pytest.mark.parametrize("outcome", RETRIED)
@pytest.mark.parametrize(("failures", "seconds"), [*enumerate(LADDER), (9, 28800), (99, 28800)])
def test_the_ladder(outcome: Outcome, failures: int, seconds: int) -> None:
    found = settled(outcome, failures=failures)
    assert found.state is DeliveryState.PENDING
    assert pause(found) == seconds
    assert found.consecutive_failures == failures + 1


@pytest.mark.parametrize(("jitter", "factor"), [(0.0, 0.8), (0.25, 0.9), (1.0, 1.2)])
def test_the_jitter_is_a_fifth_either_way(jitter: float, factor: float) -> None:
    assert pause(settled(Outcome.FAILED, failures=2, jitter=jitter)) == pytest.approx(120 * factor)


def test_the_ladder_is_the_config_s() -> None:
    assert pause(settled(Outcome.FAILED, failures=5, retry=["1s", "2s"])) == 2


def test_a_retry_is_never_faster_than_the_rate() -> None:
    found = settled(Outcome.FAILED, retry=["1s"], rate="1/m")
    assert found.next_attempt_at == ENDED + timedelta(minutes=1)


@pytest.mark.parametrize("jitter", [0.0, 1.0])
def test_retry_after_is_honoured_to_the_letter(jitter: float) -> None:
    found = settled(Outcome.THROTTLED, failures=8, jitter=jitter, retry_after=77)
    assert pause(found) == 77


def test_retry_after_zero_does_not_hammer() -> None:
    assert pause(settled(Outcome.THROTTLED, failures=1, retry_after=0)) == 30


@pytest.mark.parametrize("outcome", RETRIED)
def test_it_gives_up_after_three_days(outcome: Outcome) -> None:
    almost = NOW - timedelta(days=3) + timedelta(seconds=3)
    assert settled(outcome, first_at=almost).state is DeliveryState.PENDING
    over = settled(outcome, first_at=NOW - timedelta(days=3))
    assert over.state is DeliveryState.DEAD
    assert pause(over) == 5, "the endpoint is in trouble, so the next one waits too"


def test_a_throttled_delivery_that_dies_still_leaves_its_pause() -> None:
    found = settled(Outcome.THROTTLED, first_at=NOW - timedelta(days=4), retry_after=600)
    assert (found.state, pause(found)) == (DeliveryState.DEAD, 600)


def test_an_unknown_outcome_can_be_held() -> None:
    assert settled(Outcome.UNKNOWN, on_unknown="hold").state is DeliveryState.HELD
    assert settled(Outcome.NOT_SENT, on_unknown="hold").state is DeliveryState.PENDING


def test_a_rejected_delivery_dies_at_once_and_the_next_goes_on() -> None:
    found = settled(Outcome.REJECTED, failures=3, rate="1/s")
    assert found.state is DeliveryState.DEAD
    assert found.next_attempt_at == ENDED + timedelta(seconds=1)
    assert found.consecutive_failures == 3


def test_an_endpoint_that_is_gone_is_disabled_with_its_backlog() -> None:
    assert settled(Outcome.GONE) == Settlement(
        state=DeliveryState.PENDING,
        next_attempt_at=None,
        consecutive_failures=1,
        disabled_reason="words",
    )


@pytest.mark.parametrize("outcome", [Outcome.SENT, Outcome.REJECTED, *RETRIED])
def test_nothing_goes_out_in_quiet_hours(outcome: Outcome) -> None:
    found = settled(outcome, quiet_hours="12:00-13:00")
    assert found.next_attempt_at == NOW + timedelta(hours=1)
