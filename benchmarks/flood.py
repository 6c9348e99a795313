"""10,000 new articles at once, and what Slack and a webhook get of them in the first minute.

Run from the project's folder: ``python -m benchmarks.flood [--articles 2500]``. Slack gets one
digest, in as many messages as it takes to name every article, one a second: 10,000 take some five
minutes, 2,500 two. It fails if Slack gets more than one digest in the first minute, or if anything
is missing at the webhook or at Slack.
"""

import argparse
import tempfile
import time
from pathlib import Path

from tests.support.ordeal import sequences
from tests.support.receiver import Message, Receiver
from tests.support.seeds import write_seed
from tests.support.site import Site
from tests.support.waiting import wait_until

MINUTE = 60
PAUSE = 10
LONGEST = 1200


def flood(folder: Path, articles: int) -> None:
    site = Site(folder / "site")
    with Receiver() as slack, Receiver() as hook:
        site.add_endpoint("slack", slack.url, kind="slack")
        site.add_endpoint("hook", hook.url)
        with site.running():
            began = time.time()
            for number in range(articles):
                write_seed(site.seeds, number)
            print(f"{articles:,} seeds written in {time.time() - began:.1f} s", flush=True)
            wait_until(lambda: told(hook) == articles, "all at the webhook", LONGEST)
            last = hook.accepted[-1].at - began
            print(f"webhook: all in order in {len(hook.accepted)} messages after {last:.1f} s")
            wait_until(lambda: sent(site) == articles, "all to be told to Slack", LONGEST)
        digests = [message for message in slack.accepted if is_first(message, slack.accepted)]
        for digest, end in zip(digests, [*digests[1:], None], strict=True):
            messages = [
                m for m in slack.accepted if digest.at <= m.at < (end.at if end else m.at + 1)
            ]
            after, took = digest.at - began, messages[-1].at - digest.at
            print(f"Slack, after {after:5.1f} s: {len(messages)} messages in {took:.0f} s")
        first_minute = [digest for digest in digests if digest.at - began < MINUTE]
    assert len(first_minute) <= 1, f"{len(first_minute)} digests to Slack in the first minute"


def is_first(message: Message, accepted: list[Message]) -> bool:
    """True if nothing came shortly before it."""
    return not any(message.at - PAUSE < other.at < message.at for other in accepted)


def told(hook: Receiver) -> int:
    """How many changes were told, each once and in order."""
    numbers = [number for message in tuple(hook.accepted) for number in sequences(message)]
    assert numbers == sorted(set(numbers))
    return len(numbers)


def sent(site: Site) -> int:
    time.sleep(2)
    found = site.json_lines(
        "deliveries", "--endpoint", "slack", "--state", "sent", "--limit", "100000"
    )
    return sum(len(delivery["changes"]) for delivery in found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=10_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        flood(Path(folder), given.articles)


if __name__ == "__main__":
    main()
