"""``drain``: send what is due, now or until nothing is left."""

import signal
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import click

from watcher.cli import options
from watcher.cli.context import load
from watcher.cli.output import print_json
from watcher.cli.progress import progress
from watcher.clock import utc_now
from watcher.daemon.drain import Drain
from watcher.model.standing import EndpointStatus
from watcher.store.store import Store, open_store, places_in, sync_endpoints


@click.command(epilog=options.examples("seedwatch drain --until-empty"))
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
@click.option(
    "--until-empty",
    is_flag=True,
    help="Wait for retries and due times, until nothing is left that can be sent.",
)
@click.option(
    "--timeout", type=options.Duration(), help="Stop after so long, like 10m, whatever is left."
)
@click.pass_obj
def drain(
    config_file: Path | None, *, as_json: bool, until_empty: bool, timeout: timedelta | None
) -> None:
    """Send what is due now, then exit.

    Fails with 1 if a delivery is dead afterwards, or if --until-empty was stopped before its end.
    """
    config = load(config_file, level="warning", sends=True)
    with open_store(config.state, places_in(config)) as store:
        sync_endpoints(store, config)
        drain = Drain(config, store, utc_now, until_empty=until_empty)
        is_whole = _run(drain, store, timeout)
        statuses = store.outbox.statuses()
    left = {
        "waiting": sum(status.owed + status.pending for status in statuses),
        "held": sum(status.held for status in statuses),
        "dead": sum(status.dead for status in statuses),
    }
    if as_json:
        print_json({"sent": drain.sent} | left)
    else:
        counts = ", ".join(f"{count} {word}" for word, count in left.items())
        click.echo(f"{drain.sent} sent, {counts}")
    if left["dead"] or not is_whole:
        raise click.exceptions.Exit(1)


def _run(drain: Drain, store: Store, timeout: timedelta | None) -> bool:
    """Run it. Returns True if it was not cut short; a signal stops it after the sends under way."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    seconds = None if timeout is None else timeout.total_seconds()
    rest = _Rest(store)
    try:
        with progress("sending", lambda: None) as advance:
            return drain.run(timeout=seconds, between=lambda: advance(drain.sent, rest.describe))
    except KeyboardInterrupt:
        return False


class _Rest:
    """Describes what is left to be sent; asks the store once a second."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._asked_at = 0.0
        self._words = ""

    def describe(self) -> str:
        if time.monotonic() >= self._asked_at + 1:
            self._asked_at = time.monotonic()
            self._words = _describe(self._store.outbox.statuses())
        return self._words


def _describe(statuses: Sequence[EndpointStatus]) -> str:
    waiting = sum(status.owed + status.pending for status in statuses)
    failing = [status.name for status in statuses if status.consecutive_failures]
    trouble = f", in trouble: {', '.join(failing)}" if failing else ""
    return f"sent, {waiting:,} waiting{trouble}"
