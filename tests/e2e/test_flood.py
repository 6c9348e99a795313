"""Very many articles at once: a Slack channel is not flooded, and a webhook misses none.

``benchmarks/flood.py`` is the long version of it.
"""

from datetime import datetime

from tests.support.ordeal import in_order, sequences, titles
from tests.support.receiver import Receiver
from tests.support.seeds import write_seed
from tests.support.site import Site
from tests.support.waiting import wait_until

ARTICLES = 1000
MINUTE = 60


def test_a_flood_is_a_few_digests_to_slack_in_its_first_minute_and_whole_at_a_webhook(
    site: Site, receiver: Receiver
) -> None:
    site.add_endpoint("hook", receiver.url)
    with Receiver() as slack:
        site.add_endpoint("slack", slack.url, kind="slack")
        with site.running():
            for number in range(ARTICLES):
                write_seed(site.seeds, number)
            wait_until(lambda: len(titles(receiver)) == ARTICLES, "all at the webhook", MINUTE)
            wait_until(lambda: told_to(site, "slack"), "a message to Slack")
            wait_until(
                lambda: is_told_calmly(site, slack), "all to be told, or the rest to wait a minute"
            )
        assert len(slack.accepted) <= 1 + ARTICLES // 20, "digests, not a message for each"
    sequence = [number for message in receiver.accepted for number in sequences(message)]
    assert len(sequence) == ARTICLES
    assert in_order(sequence)


def told_to(site: Site, name: str) -> int:
    """How many changes the messages had that were sent to an endpoint."""
    deliveries = site.json_lines("deliveries", "--endpoint", name, "--state", "sent")
    return sum(len(delivery["changes"]) for delivery in deliveries)


def is_told_calmly(site: Site, slack: Receiver) -> bool:
    """True if everything was sent to Slack, or what is left waits for a minute after the last one.

    For a moment after each message it waits for the next second only: its rate.
    """
    left = ARTICLES - told_to(site, "slack")
    (endpoint,) = [e for e in site.json("status")["endpoints"] if e["name"] == "slack"]
    at = endpoint["next_attempt_at"]
    if not left or endpoint["owed"] != left or at is None:
        return not left
    return datetime.fromisoformat(at).timestamp() - slack.accepted[-1].at >= MINUTE - 2
