"""10,000 new articles at once, and what Slack and a webhook get of them in the first minute.

Run from the project's folder: ``python -m benchmarks.flood``. It takes about two and a half
minutes, and fails if Slack gets more than one message in the first minute, or if anything is
missing at the webhook or in the end at Slack.
"""

import argparse
import tempfile
import time
from pathlib import Path

from tests.support.ordeal import sequences
from tests.support.receiver import Receiver
from tests.support.seeds import write_seed
from tests.support.site import Site
from tests.support.waiting import wait_until

MINUTE = 60
LONGEST = 300


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
        for message in slack.accepted:
            print(f"Slack, after {message.at - began:5.1f} s: {message.json()['text'][:60]}")
        first_minute = [message for message in slack.accepted if message.at - began < MINUTE]
    assert len(first_minute) <= 1, f"{len(first_minute)} messages to Slack in the first minute"


def told(hook: Receiver) -> int:
    """How many changes were told, each once and in order."""
    numbers = [number for message in tuple(hook.accepted) for number in sequences(message)]
    assert numbers == sorted(set(numbers))
    return len(numbers)


def sent(site: Site) -> int:
    time.sleep(2)
    found = site.json_lines("deliveries", "--endpoint", "slack", "--state", "sent")
    return sum(len(delivery["changes"]) for delivery in found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=10_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        flood(Path(folder), given.articles)


if __name__ == "__main__":
    main()
