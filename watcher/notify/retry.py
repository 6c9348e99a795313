"""What follows from an attempt: the delivery's new state, and when the endpoint is next sent to.

Pure: it decides, :mod:`watcher.notify.deliver` does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from watcher.config.endpoint import EndpointConfig
from watcher.model.delivery import Outcome
from watcher.model.kinds import DeliveryState
from watcher.notify.outcome import Verdict
from watcher.notify.route import resume_at

JITTER = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What to write. ``disabled_reason`` disables the endpoint."""

    state: DeliveryState
    next_attempt_at: datetime | None
    consecutive_failures: int
    disabled_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """An attempt that is over: when its delivery was first tried, and when it ended.

    ``failures`` are the endpoint's consecutive ones before it.
    """

    first_at: datetime
    ended_at: datetime
    failures: int


def settle(
    endpoint: EndpointConfig, verdict: Verdict, tried: Tried, random: Callable[[], float]
) -> Settlement:
    """DESIGN §4.7, outcome by outcome. ``random`` gives numbers from 0 to 1, for the jitter."""
    match verdict.outcome:
        case Outcome.SENT:
            return _go_on(endpoint, tried, DeliveryState.SENT, failures=0)
        case Outcome.REJECTED:
            return _go_on(endpoint, tried, DeliveryState.DEAD, failures=tried.failures)
        case Outcome.GONE:
            return Settlement(
                state=DeliveryState.PENDING,
                next_attempt_at=None,
                consecutive_failures=tried.failures + 1,
                disabled_reason=verdict.error,
            )
        case _:
            return Settlement(
                state=_state(endpoint, verdict.outcome, tried),
                next_attempt_at=resume_at(endpoint, _retry_at(endpoint, verdict, tried, random)),
                consecutive_failures=tried.failures + 1,
            )


def _go_on(
    endpoint: EndpointConfig, tried: Tried, state: DeliveryState, *, failures: int
) -> Settlement:
    """The endpoint answered for good: the next delivery may follow at the endpoint's rate."""
    return Settlement(
        state=state,
        next_attempt_at=resume_at(endpoint, tried.ended_at + gap_of(endpoint)),
        consecutive_failures=failures,
    )


def _state(endpoint: EndpointConfig, outcome: Outcome, tried: Tried) -> DeliveryState:
    if outcome is Outcome.UNKNOWN and endpoint.on_unknown == "hold":
        return DeliveryState.HELD
    if tried.ended_at - tried.first_at >= endpoint.give_up_after:
        return DeliveryState.DEAD
    return DeliveryState.PENDING


def _retry_at(
    endpoint: EndpointConfig, verdict: Verdict, tried: Tried, random: Callable[[], float]
) -> datetime:
    """``Retry-After`` to the letter, else the next rung of the ladder; never above the rate."""
    if verdict.retry_after:
        wait = timedelta(seconds=verdict.retry_after)
    else:
        wait = _rung(endpoint, tried.failures) * (1 - JITTER + 2 * JITTER * random())
    return tried.ended_at + max(wait, gap_of(endpoint))


def _rung(endpoint: EndpointConfig, failures: int) -> timedelta:
    return endpoint.retry[min(failures, len(endpoint.retry) - 1)]


def gap_of(endpoint: EndpointConfig) -> timedelta:
    """The least time from an answer to the next request: the request before came before that."""
    return timedelta(seconds=1 / endpoint.sends_per_second)
