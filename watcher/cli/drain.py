"""``drain``: send what is due, now or until nothing is left."""

import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import click

from watcher.cli import options
from watcher.cli.output import print_json
from watcher.cli.session import load
from watcher.clock import utc_now
from watcher.drain import Drain
from watcher.opening import Store, open_store, sync_endpoints


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
    config = load(config_file, level="warning")
    with open_store(config) as store:
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
    """Whether it came to its own end. A signal stops it, too: what is under way is finished."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    seconds = None if timeout is None else timeout.total_seconds()
    try:
        return drain.run(timeout=seconds, between=_show_progress(drain, store))
    except KeyboardInterrupt:
        return False
    finally:
        if sys.stderr.isatty():
            click.echo("\033[K", nl=False, err=True)


def _show_progress(drain: Drain, store: Store) -> Callable[[], None]:
    """A line that counts, on a terminal, each second."""
    if not sys.stderr.isatty():
        return lambda: None
    shown = time.monotonic()

    def show() -> None:
        nonlocal shown
        if time.monotonic() < shown + 1:
            return
        shown = time.monotonic()
        statuses = store.outbox.statuses()
        waiting = sum(status.owed + status.pending for status in statuses)
        failing = [status.name for status in statuses if status.consecutive_failures]
        trouble = f"; in trouble: {', '.join(failing)}" if failing else ""
        # The cursor goes back, so that a line of the log takes this one's place.
        click.echo(f"\033[K{drain.sent} sent, {waiting} waiting{trouble}\r", nl=False, err=True)

    return show
