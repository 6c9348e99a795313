"""``test``, ``retry``, ``enable``, ``disable``: what an operator does with endpoints."""

import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from watcher.cli import completion, options
from watcher.cli.context import load, opened
from watcher.cli.output import print_json
from watcher.clock import utc_now
from watcher.model.delivery import Outcome
from watcher.model.wording import count
from watcher.notify.test_message import TrialRequest, TrialResult, dry_run, send_test
from watcher.store.store import sync_endpoints


@click.command(epilog=options.examples("seedwatch test newsroom --dry-run"))
@click.argument("endpoint", shell_complete=completion.endpoints)
@click.option("--dry-run", "only_show", is_flag=True, help="Print the request; send nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def test(config_file: Path | None, *, endpoint: str, only_show: bool, as_json: bool) -> None:
    """Send one clearly marked test message to ENDPOINT now, and show the real answer.

    Fails with 1 if it did not arrive.
    """
    config = load(config_file, level="warning", sends=not only_show)
    target = config.endpoint(endpoint)
    delivery = f"msg_{uuid.uuid4().hex}"
    if only_show:
        _show_request(dry_run(target, now=utc_now(), delivery=delivery), as_json=as_json)
        return
    allow_private = config.egress.allow_private
    result = send_test(target, now=utc_now(), delivery=delivery, allow_private=allow_private)
    _show_result(result, as_json=as_json)
    if result.outcome is not Outcome.SENT:
        raise click.exceptions.Exit(1)


@click.command(
    epilog=options.examples("seedwatch retry --dead", "seedwatch retry --endpoint newsroom")
)
@click.argument("ids", nargs=-1)
@click.option(
    "--endpoint", shell_complete=completion.endpoints, help="Only those to this endpoint."
)
@click.option("--dead", is_flag=True, help="Only dead ones, not held ones.")
@options.since
@options.until
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def retry(
    config_file: Path | None,
    *,
    ids: tuple[str, ...],
    endpoint: str | None,
    dead: bool,
    since: datetime | None,
    until: datetime | None,
    as_json: bool,
) -> None:
    """Send dead and held deliveries again: these IDs, or all that the options choose.

    They go out at once: by the daemon if one runs, else by the next drain.
    """
    if not (ids or endpoint or dead or since or until):
        raise click.UsageError(
            "name deliveries by ID, or choose with --endpoint, --dead, --since or --until"
        )
    with opened(config_file) as (config, store):
        if endpoint:
            config.endpoint(endpoint)
        number = store.outbox.retry(ids, endpoint=endpoint, dead=dead, since=since, until=until)
    if as_json:
        print_json({"retried": number})
    else:
        click.echo(f"{count(number, 'delivery', 'deliveries')} will be sent again")
    if not number:
        raise click.exceptions.Exit(1)


@click.command(epilog=options.examples("seedwatch enable newsroom"))
@click.argument("endpoint", shell_complete=completion.endpoints)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def enable(config_file: Path | None, *, endpoint: str, as_json: bool) -> None:
    """Enable ENDPOINT: what it is owed is sent."""
    _set_enabled(config_file, endpoint, reason=None)
    if as_json:
        print_json({"endpoint": endpoint, "enabled": True})
    else:
        click.echo(f"{endpoint} is enabled")


@click.command(epilog=options.examples("seedwatch disable newsroom"))
@click.argument("endpoint", shell_complete=completion.endpoints)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def disable(config_file: Path | None, *, endpoint: str, as_json: bool) -> None:
    """Disable ENDPOINT: nothing is sent to it, and its backlog is kept."""
    _set_enabled(config_file, endpoint, reason="by the operator")
    if as_json:
        print_json({"endpoint": endpoint, "enabled": False})
    else:
        click.echo(f"{endpoint} is disabled; its backlog is kept")


def _set_enabled(config_file: Path | None, endpoint: str, *, reason: str | None) -> None:
    with opened(config_file) as (config, store):
        config.endpoint(endpoint)
        sync_endpoints(store, config)
        store.outbox.set_enabled(endpoint, enabled=reason is None, reason=reason)


def _show_request(request: TrialRequest, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "method": request.method,
                "url": request.url,
                "headers": request.headers,
                "body": request.body,
            }
        )
        return
    click.echo(f"{request.method} {request.url}")
    for name, value in request.headers.items():
        click.echo(f"{name}: {value}")
    click.echo(f"\n{request.body}")


def _show_result(result: TrialResult, *, as_json: bool) -> None:
    values: dict[str, Any] = {
        "outcome": result.outcome.value,
        "status": result.status,
        "answer": result.answer,
        "error": result.error,
        "elapsed_seconds": round(result.elapsed, 3),
    }
    kept = {key: value for key, value in values.items() if value not in (None, "")}
    if as_json:
        print_json(kept)
        return
    for key, value in kept.items():
        click.echo(f"{key.replace('_', ' ')}: {value}")
