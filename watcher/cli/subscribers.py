"""``subscribers``: lists who is subscribed at our own WebSub hub."""

from pathlib import Path

import click

from watcher.cli import options
from watcher.cli.context import opened
from watcher.cli.output import print_json_lines, print_table
from watcher.clock import format_time
from watcher.model.subscriber import Subscriber
from watcher.store.subscribers import Subscribers

_MOST = 100_000


@click.command(epilog=options.examples("seedwatch subscribers"))
@options.as_json
@click.pass_obj
def subscribers(config_file: Path | None, *, as_json: bool) -> None:
    """List who is subscribed to feeds at our own hub (http: {hub: on})."""
    with opened(config_file) as (_, store):
        found = Subscribers(store.database).all(limit=_MOST)
    if as_json:
        print_json_lines(_subscriber_object(each) for each in found)
        return
    rows = [(s.since, s.expires_at, s.failures, s.last_error, s.topic, s.callback) for s in found]
    columns = ["since", "until", "failures", "last error", "feed", "callback"]
    print_table(columns, rows, empty="no subscribers", whole=("feed", "callback"))


def _subscriber_object(subscriber: Subscriber) -> dict[str, object]:
    return {
        "topic": subscriber.topic,
        "callback": subscriber.callback,
        "since": format_time(subscriber.since),
        "expires_at": format_time(subscriber.expires_at),
        "signed": subscriber.secret is not None,
        "failures": subscriber.failures,
        "next_attempt_at": subscriber.next_attempt_at and format_time(subscriber.next_attempt_at),
        "last_error": subscriber.last_error,
    }
