"""``status``: shows health, with what needs attention first."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from watcher.cli import options
from watcher.cli.context import load
from watcher.cli.daemon_client import DaemonAnswer, ask_daemon
from watcher.cli.nodes import node_object
from watcher.cli.output import print_json, print_table, printable
from watcher.clock import format_time, utc_now
from watcher.config.feed_addresses import FeedAddresses, page_url
from watcher.config.schema import Config
from watcher.model.health import Check, Gravity
from watcher.model.kinds import EndpointState
from watcher.model.standing import EndpointStatus, RootStatus
from watcher.model.wording import count
from watcher.status.health import Status, examine, glance

MOST_SHOWN = 100
"""At most so many things that need attention are shown: thousands of endpoints may fail."""


@click.command(epilog=options.examples("seedwatch status", "seedwatch status --json"))
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def status(config_file: Path | None, *, as_json: bool) -> None:
    """Show roots, articles, feeds, endpoints and backlog. Fails with 1 if something is wrong."""
    config = load(config_file, level="warning")
    daemon = ask_daemon(config.http.listen)
    found = (glance(config, utc_now()) or _examine(config)).with_checks(daemon.checks)
    if as_json:
        print_json(_status_object(found, config, daemon))
    else:
        _show(found, config)
    if not found.is_healthy:
        raise click.exceptions.Exit(1)


def _examine(config: Config) -> Status:
    """The status of a store that must be opened first, because it is new, old or in trouble."""
    from watcher.store.store import open_store, places_in  # noqa: PLC0415  # slow to load

    with open_store(config.state, places_in(config)) as store:
        return examine(store, config, utc_now())


def _status_object(found: Status, config: Config, daemon: DaemonAnswer) -> dict[str, Any]:
    totals, now = found.totals, utc_now()
    return {
        "healthy": found.is_healthy,
        "attention": list(found.attention),
        "checks": [_check_object(check) for check in found.health.checks],
        "articles": {"live": totals.live, "removed": totals.removed, "held": totals.held},
        "changes": totals.changes,
        "last_change_at": totals.last_change_at and format_time(totals.last_change_at),
        "roots": [_root_object(root) for root in found.roots],
        "feeds": _feed_objects(config),
        "feeds_waiting": daemon.feeds_waiting,
        "topics_without_feed": daemon.topics_without_feed,
        "endpoints": [_endpoint_object(endpoint) for endpoint in found.endpoints],
        "nodes": [node_object(node, is_silent=node.is_silent(now)) for node in found.nodes],
        "backlog": found.backlog,
        "quarantine": totals.quarantined,
        "dead": sum(endpoint.dead for endpoint in found.endpoints),
        "last_error": next((e.last_error for e in found.endpoints if e.last_error), None),
    }


def _check_object(check: Check) -> dict[str, Any]:
    values = {
        "name": check.name,
        "subject": check.subject,
        "ok": check.ok,
        "words": check.words,
        "gravity": None if check.ok else check.gravity.value,
        "action": None if check.ok else check.action,
    }
    return {key: value for key, value in values.items() if value not in (None, "")}


def _root_object(root: RootStatus) -> dict[str, Any]:
    return {
        "path": printable(root.path),
        "state": root.state.value,
        "detail": root.detail,
        "last_scan_at": root.last_scan_at and format_time(root.last_scan_at),
        "present": root.present,
        "missing": root.missing,
        "quarantined": root.quarantined,
        "left_out": json.loads(root.left_out.to_json()),
    }


def _feed_objects(config: Config) -> list[dict[str, Any]]:
    addresses = FeedAddresses(config)
    return [
        {
            "name": feed.name,
            "path": str(feed.path),
            "url": addresses.of(feed),
            "per": feed.per,
        }
        for feed in config.feeds
    ]


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


def _show(found: Status, config: Config) -> None:
    attention = found.health.attention
    _show_checks("needs attention", [c for c in attention if c.gravity is not Gravity.NOTE])
    _show_checks("to know", [c for c in attention if c.gravity is Gravity.NOTE])
    if not attention:
        click.echo("all is well")
    totals = found.totals
    if page := page_url(config):
        click.echo(f"\npage: {page}")
    held = f", {totals.held} held" if totals.held else ""
    changes = f"{count(totals.changes, 'change')}"
    click.echo(f"\n{count(totals.live, 'article')}, {totals.removed:,} removed{held}, {changes}")
    rows = [(r.state, r.present, r.quarantined, r.last_scan_at, r.path) for r in found.roots]
    columns = ["state", "seeds", "quarantine", "last scan", "root"]
    print_table(columns, rows, empty="no roots yet", whole=["root"])
    for root in found.roots:
        for words in root.left_out.words():
            click.echo(f"  {printable(root.path)}: {printable(words)}")
    if len(found.nodes) > 1:
        nodes = [(n.name, n.host, n.version, n.config, n.seen_at) for n in found.nodes]
        print_table(["node", "host", "version", "config", "last heard"], nodes, empty="")
    addresses = FeedAddresses(config)
    feeds = [(feed.name, addresses.of(feed), feed.path) for feed in config.feeds]
    columns = ["feed", "subscribe to", "file"]
    print_table(columns, feeds, empty="no feeds", whole=columns[1:])
    endpoints = [
        (e.name, _state_of(e), e.owed + e.pending, e.dead, e.last_success_at, _next_send(e))
        for e in found.endpoints
    ]
    columns = ["endpoint", "state", "backlog", "dead", "last success", "next send"]
    print_table(columns, endpoints, empty="no endpoints")


def _show_checks(heading: str, checks: Sequence[Check]) -> None:
    if checks:
        click.echo(f"{heading}:")
    for check in checks[:MOST_SHOWN]:
        click.echo(f"  {printable(check.words)}")
        if check.action:
            click.echo(f"    → {printable(check.action)}")
    if len(checks) > MOST_SHOWN:
        click.echo(f"  … and {len(checks) - MOST_SHOWN} more: seedwatch status --json")


def _state_of(endpoint: EndpointStatus) -> str:
    if endpoint.state is EndpointState.DISABLED:
        return "disabled"
    return "failing" if endpoint.consecutive_failures else "enabled"


def _next_send(endpoint: EndpointStatus) -> datetime | None:
    """When something will be sent; None if nothing is owed or may be sent."""
    if endpoint.state is EndpointState.DISABLED or not (endpoint.owed or endpoint.pending):
        return None
    if endpoint.pending:  # a retry, or the rest of what is due
        return endpoint.next_attempt_at or endpoint.oldest_pending_at
    moments = (endpoint.next_attempt_at, endpoint.oldest_due_at)
    return max((at for at in moments if at is not None), default=None)
