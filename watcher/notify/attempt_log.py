"""An attempt's line in the log, and the alerts that it raises."""

import logging
from collections.abc import Sequence

from watcher.log import fields, of_kind
from watcher.model.delivery import Alerts, Attempt, Delivery, Outcome, Turn
from watcher.model.kinds import DeliveryState
from watcher.model.wording import count

log = logging.getLogger(__name__)


def log_turn(turn: Turn, attention: Sequence[str]) -> None:
    """Log what was recorded of an endpoint; ``attention`` is what waits for a person."""
    name = turn.endpoint
    for each in turn.finished:
        log_attempt(name, each.attempt)
    for old, new in turn.replaces:
        lighter = fields(endpoint=name, delivery=old, by=new)
        log.warning("delivery replaced by a lighter one", extra=lighter)
    for words in attention:
        log.error("needs attention", extra=of_kind(name, endpoint=name, detail=words))


def log_attempt(endpoint: str, attempt: Attempt) -> None:
    """One line an attempt: INFO if it was sent, WARNING if not."""
    known = {"status": attempt.status, "error": attempt.error, "retry_after": attempt.retry_after}
    log.log(
        logging.INFO if attempt.outcome is Outcome.SENT else logging.WARNING,
        "delivery attempted",
        extra=of_kind(
            endpoint,
            endpoint=endpoint,
            delivery=attempt.delivery,
            attempt=attempt.number,
            outcome=attempt.outcome,
            elapsed=f"{attempt.elapsed:.3f}",
            **{name: value for name, value in known.items() if value is not None},
        ),
    )


def alert_of(
    delivery: Delivery, attempt: Attempt, state: DeliveryState, disabled_reason: str | None
) -> list[str]:
    """What an operator must know and do, if anything; without secrets."""
    name = delivery.endpoint
    if disabled_reason is not None:
        why = f"Endpoint {name} is disabled: {disabled_reason}."
        return [f"{why} Its backlog is kept; to go on: seedwatch enable {name}"]
    if state not in (DeliveryState.DEAD, DeliveryState.HELD):
        return []
    what = f"Delivery {delivery.id} to {name} ({count(len(delivery.members), 'change')})"
    why = f"is {state} after attempt {attempt.number}: {attempt.error}."
    return [f"{what} {why} To send it again: seedwatch retry {delivery.id}"]


def words_of(alerts: Alerts) -> str:
    """Several alerts as one text."""
    number = len(alerts.words) + alerts.more
    if number == 1:
        return alerts.words[0]
    listed = [f"\N{BULLET} {words}" for words in alerts.words]
    rest = [f"\N{BULLET} and {alerts.more} more: seedwatch status"] if alerts.more else []
    return "\n".join([f"{number} things need attention:", *listed, *rest])
