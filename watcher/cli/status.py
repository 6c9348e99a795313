"""``status``: how Seedwatch is, what needs attention first."""

from pathlib import Path
from typing import Any

import click

from watcher.cli import options
from watcher.cli.context import load
from watcher.cli.daemon_client import ask_daemon
from watcher.cli.output import print_json, print_table, printable
from watcher.clock import format_time, utc_now
from watcher.config.schema import Config
from watcher.model.standing import EndpointStatus, RootStatus
from watcher.status.health import Health, examine, glance

SHOWN_FIRST = 3
"""Of what needs attention: whoever has put these right will look again."""


@click.command(epilog=options.examples("seedwatch status", "seedwatch status --json"))
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def status(config_file: Path | None, *, as_json: bool) -> None:
    """Show roots, articles, feeds, endpoints and backlog. Fails with 1 if something is wrong."""
    config = load(config_file, level="warning")
    health = (glance(config, utc_now()) or _examine(config)).worsened(
        ask_daemon(config.http.listen)
    )
    if as_json:
        print_json(_status_object(health, config))
    else:
        _show(health, config)
    if not health.is_healthy:
        raise click.exceptions.Exit(1)


def _examine(config: Config) -> Health:
    """The health of a store that must be opened: made, migrated, or found to be in trouble."""
    from watcher.store.store import open_store  # noqa: PLC0415  # slow to load

    with open_store(config.state) as store:
        return examine(store, config, utc_now())


def _status_object(health: Health, config: Config) -> dict[str, Any]:
    totals = health.totals
    return {
        "healthy": health.is_healthy,
        "attention": list(health.attention),
        "articles": {"live": totals.live, "removed": totals.removed},
        "changes": totals.changes,
        "last_change_at": totals.last_change_at and format_time(totals.last_change_at),
        "roots": [_root_object(root) for root in health.roots],
        "feeds": [_feed_object(config, index) for index in range(len(config.feeds))],
        "endpoints": [_endpoint_object(endpoint) for endpoint in health.endpoints],
        "backlog": health.backlog,
        "quarantine": totals.quarantined,
        "dead": sum(endpoint.dead for endpoint in health.endpoints),
        "last_error": next((e.last_error for e in health.endpoints if e.last_error), None),
    }


def _root_object(root: RootStatus) -> dict[str, Any]:
    return {
        "path": printable(root.path),
        "state": root.state.value,
        "detail": root.detail,
        "last_scan_at": root.last_scan_at and format_time(root.last_scan_at),
        "present": root.present,
        "missing": root.missing,
        "quarantined": root.quarantined,
    }


def _feed_object(config: Config, index: int) -> dict[str, Any]:
    feed = config.feeds[index]
    return {"name": feed.name, "path": str(feed.path), "url": feed.url, "per": feed.per}


def _endpoint_object(endpoint: EndpointStatus) -> dict[str, Any]:
    times = {
        "next_attempt_at": endpoint.next_attempt_at,
        "oldest_due_at": endpoint.oldest_due_at,
        "last_success_at": endpoint.last_success_at,
    }
    return {
        "name": endpoint.name,
        "state": endpoint.state.value,
        "disabled_reason": endpoint.disabled_reason,
        "consecutive_failures": endpoint.consecutive_failures,
        "owed": endpoint.owed,
        "pending": endpoint.pending,
        "held": endpoint.held,
        "dead": endpoint.dead,
        "last_error": endpoint.last_error,
    } | {name: moment and format_time(moment) for name, moment in times.items()}


def _show(health: Health, config: Config) -> None:
    for line in health.attention[:SHOWN_FIRST] or ("all is well",):
        click.echo(printable(line))
    if len(health.attention) > SHOWN_FIRST:
        more = len(health.attention) - SHOWN_FIRST
        click.echo(f"… and {more} more: seedwatch status --json")
    totals = health.totals
    click.echo(f"\n{totals.live} articles, {totals.removed} removed, {totals.changes} changes")
    rows = [(r.path, r.state, r.present, r.quarantined, r.last_scan_at) for r in health.roots]
    print_table(["root", "state", "seeds", "quarantine", "last scan"], rows, empty="no roots yet")
    feeds = [(feed.name, feed.url, feed.path) for feed in config.feeds]
    print_table(["feed", "url", "file"], feeds, empty="no feeds")
    endpoints = [
        (e.name, e.state, e.owed + e.pending, e.dead, e.last_success_at, e.next_attempt_at)
        for e in health.endpoints
    ]
    columns = ["endpoint", "state", "backlog", "dead", "last success", "next attempt"]
    print_table(columns, endpoints, empty="no endpoints")
