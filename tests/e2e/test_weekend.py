"""An endpoint that is away for days of simulated time: everything waits for it, in order."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.ordeal import sequences
from tests.support.receiver import Receiver
from tests.support.simulated import Simulated
from watcher.model.kinds import DeliveryState
from watcher.store.store import open_store

FRIDAY = datetime(2024, 5, 3, 18, 0, tzinfo=UTC)
SENT, DEAD = DeliveryState.SENT, DeliveryState.DEAD


def weekend(folder: Path, state: str, slack: Receiver, hook: Receiver) -> Simulated:
    return Simulated(
        folder / "simulated",
        state,
        FRIDAY,
        slack={"type": "slack", "url": slack.url},
        hook={"type": "webhook", "url": hook.url},
    )


def be_away(simulated: Simulated, *receivers: Receiver, hours: int) -> int:
    """Refuse connections for so long, while an article comes every two hours; how many."""
    for receiver in receivers:
        receiver.pause()
    for _ in range(hours // 2):
        simulated.arrive()
        simulated.advance(hours=2)
    for receiver in receivers:
        receiver.resume()
    simulated.advance(hours=10)  # the ladder's last rung is eight hours, give or take a fifth
    return hours // 2


def test_after_three_days_slack_has_one_digest_and_a_webhook_everything_in_order(
    tmp_path: Path, database_url: str
) -> None:
    with Receiver() as slack, Receiver() as hook:
        simulated = weekend(tmp_path, database_url, slack, hook)
        with open_store(simulated.config.state) as store:
            simulated.open(store)
            articles = be_away(simulated, slack, hook, hours=72)
            # What was frozen before anybody knew goes first, as it is; all the rest is together.
            assert simulated.states("slack") == [(SENT, 1), (SENT, articles - 1)]
            assert {state for state, _ in simulated.states("hook")} == {SENT}
        assert slack.accepted[1].json()["text"].startswith("35 new: ")
        told = [number for message in hook.accepted for number in sequences(message)]
        assert told == list(range(1, articles + 1))


def test_of_a_longer_absence_only_what_was_tried_for_three_days_dies_and_it_can_be_sent_again(
    tmp_path: Path, database_url: str
) -> None:
    with Receiver() as slack, Receiver() as hook:
        simulated = weekend(tmp_path, database_url, slack, hook)
        with open_store(simulated.config.state) as store:
            simulated.open(store)
            articles = be_away(simulated, slack, hook, hours=84)
            assert simulated.states("hook")[0] == (DEAD, 1)
            assert {state for state, _ in simulated.states("hook")[1:]} == {SENT}
            first, digest, *rest = simulated.states("slack")
            assert first == (DEAD, 1)
            assert digest[1] + sum(count for _, count in rest) == articles - 1
            assert digest[1] > 25, "what was owed meanwhile is together, whenever it was frozen"
            told = [number for message in hook.accepted for number in sequences(message)]
            assert told == list(range(2, articles + 1))
            assert store.outbox.retry(endpoint="hook") == 1
            simulated.advance(minutes=1)
        assert sequences(hook.accepted[-1]) == [1]


@pytest.mark.parametrize("restarts", [1, 3])
def test_the_wait_outlives_restarts(tmp_path: Path, database_url: str, restarts: int) -> None:
    with Receiver() as slack, Receiver() as hook:
        simulated = weekend(tmp_path, database_url, slack, hook)
        with open_store(simulated.config.state) as store:
            simulated.open(store)
            hook.pause()
            simulated.arrive()
            for _ in range(restarts):
                simulated.advance(hours=5)
                before = store.outbox.next_due()
                simulated.restart()
                assert store.outbox.next_due() == before
            hook.resume()
            simulated.advance(hours=10)
        assert len(hook.accepted) == 1
