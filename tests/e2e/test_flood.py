"""Very many articles at once: a Slack channel is not flooded, and a webhook misses none.

``benchmarks/flood.py`` is the long version of it.
"""

from datetime import datetime
from typing import Any

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
            rest = wait_until(
                lambda: waiting(site, ARTICLES - told_to(site, "slack")), "the rest to wait"
            )
        messages = list(slack.accepted)
        assert len(messages) <= 1 + ARTICLES // 20, "digests, not a message for each"
        if rest is not True:
            assert rest - messages[-1].at >= MINUTE - 2
    sequence = [number for message in receiver.accepted for number in sequences(message)]
    assert len(sequence) == ARTICLES
    assert in_order(sequence)


def told_to(site: Site, name: str) -> int:
    """How many changes the messages had that were sent to an endpoint."""
    deliveries = site.json_lines("deliveries", "--endpoint", name, "--state", "sent")
    return sum(len(delivery["changes"]) for delivery in deliveries)


def waiting(site: Site, count: int) -> Any:
    """When the rest is sent to Slack, in unix seconds; True if there is none."""
    (slack,) = [e for e in site.json("status")["endpoints"] if e["name"] == "slack"]
    at = slack["next_attempt_at"]
    return not count or (slack["owed"] == count and at and datetime.fromisoformat(at).timestamp())
