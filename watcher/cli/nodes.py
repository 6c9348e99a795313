"""``nodes``: who shares the store."""

from collections.abc import Mapping
from pathlib import Path

import click

from watcher.cli import options
from watcher.cli.context import opened
from watcher.cli.output import print_json_lines, print_table, printable
from watcher.clock import format_time, utc_now
from watcher.model.node import Node, in_ranges
from watcher.store.sqlite_file import is_held


@click.command(epilog=options.examples("seedwatch nodes", "seedwatch nodes --json"))
@options.as_json
@click.pass_obj
def nodes(config_file: Path | None, *, as_json: bool) -> None:
    """List the daemons that share the store, and what each of them watches."""
    now = utc_now()
    with opened(config_file) as (config, store):
        found = store.nodes.all()
        if not config.is_shared and not is_held(f"{config.state}.lock"):
            found = ()  # it was killed
    silent = {node.id: config.is_shared and node.is_silent(now) for node in found}
    if as_json:
        print_json_lines(node_object(node, is_silent=silent[node.id]) for node in found)
        return
    rows = [_row(node, silent) for node in found]
    columns = ["node", "host", "version", "config", "partitions", "since", "last heard", "roots"]
    print_table(columns, rows, empty="no daemon runs", whole=("node", "roots"))


def _row(node: Node, silent: Mapping[str, bool]) -> tuple[object, ...]:
    name = f"{node.name} (silent)" if silent[node.id] else node.name
    roots = ", ".join(map(printable, node.roots))
    partitions = in_ranges(node.partitions)
    return (
        name,
        node.host,
        node.version,
        node.config,
        partitions,
        node.started_at,
        node.seen_at,
        roots,
    )


def node_object(node: Node, *, is_silent: bool) -> dict[str, object]:
    """What ``--json`` says of a node."""
    return {
        "node": node.name,
        "host": node.host,
        "pid": node.pid,
        "version": node.version,
        "config": node.config,
        "roots": [printable(root) for root in node.roots],
        "endpoints": len(node.endpoints),
        "partitions": list(node.partitions),
        "since": format_time(node.started_at),
        "last_heard": format_time(node.seen_at),
        "silent": is_silent,
    }
