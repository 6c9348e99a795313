"""``preview``: what an endpoint will be sent next, as it will look."""

from pathlib import Path

import click

from watcher.cli import completion, options
from watcher.cli.context import opened
from watcher.cli.output import printable
from watcher.clock import utc_now
from watcher.config.endpoint import EndpointConfig
from watcher.model.bidi import without_isolates
from watcher.model.wording import count
from watcher.notify.preview import Preview, preview
from watcher.store.store import sync_endpoints


@click.command("preview", epilog=options.examples("seedwatch preview newsroom"))
@click.argument("endpoint", shell_complete=completion.endpoints)
@click.option("--json", "as_json", is_flag=True, help="The body of the next message as it is sent.")
@click.pass_obj
def show_preview(config_file: Path | None, *, endpoint: str, as_json: bool) -> None:
    """Show what ENDPOINT will be sent next, when, and as it will look. Sends nothing."""
    with opened(config_file) as (config, store):
        target = config.endpoint(endpoint)
        sync_endpoints(store, config)
        found = preview(target, store.outbox, now=utc_now())
        states = {status.name: status for status in store.outbox.statuses()}
    if found is None:
        reason = states[endpoint].disabled_reason if endpoint in states else None
        why = f"it is disabled ({reason})" if reason else "nothing waits for it"
        click.echo(f"{endpoint} will be sent nothing: {why}", err=as_json)
        return
    if as_json:
        click.echo(found.messages[0].body.decode("utf-8", "replace"))
        return
    _show(target, found)


def _show(endpoint: EndpointConfig, found: Preview) -> None:
    at = f"{found.at.astimezone(endpoint.timezone):%Y-%m-%d %H:%M:%S} ({endpoint.timezone.key})"
    total = len(found.messages)
    stored = ", stored already" if found.frozen else ""
    click.echo(f"{endpoint.name}: {count(total, 'message')} from {at} on{stored}")
    for number, message in enumerate(found.messages, 1):
        click.echo(f"\n{number} of {total}: {message.contents}\n")
        for line in message.text.splitlines():
            click.echo(f"  {printable(without_isolates(line))}".rstrip())
