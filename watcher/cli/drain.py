"""``drain``: send what is due, and exit."""

from pathlib import Path

import click

from watcher.cli import options
from watcher.cli.output import print_json
from watcher.cli.progress import progress
from watcher.cli.session import load
from watcher.clock import utc_now
from watcher.delivery import drain_all
from watcher.opening import open_store, sync_endpoints


@click.command(epilog=options.examples("seedwatch drain --until-empty"))
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
@click.option(
    "--until-empty", is_flag=True, help="Wait for retries and due times till all is sent."
)
@click.pass_obj
def drain(config_file: Path | None, *, as_json: bool, until_empty: bool) -> None:
    """Send what is due now, then exit. Fails with 1 if a delivery is dead afterwards."""
    config = load(config_file, level="warning")
    with open_store(config) as store:
        sync_endpoints(store, config)
        with progress("sending", lambda: None) as advance:
            sent = drain_all(
                store,
                config,
                utc_now,
                until_empty=until_empty,
                progress=lambda arrived: advance(arrived, "messages"),
            )
        statuses = store.outbox.statuses()
    waiting = sum(status.owed + status.pending for status in statuses)
    dead = sum(status.dead for status in statuses)
    if as_json:
        print_json({"sent": sent, "waiting": waiting, "dead": dead})
    else:
        click.echo(f"{sent} sent, {waiting} waiting, {dead} dead")
    if dead:
        raise click.exceptions.Exit(1)
