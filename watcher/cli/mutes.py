"""``mute``, ``unmute``, ``mutes``: suppress messages about something until a time."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from watcher.cli import options
from watcher.cli.context import opened
from watcher.cli.output import print_json, print_json_lines, print_table
from watcher.clock import format_time, utc_now
from watcher.config.schema import Config
from watcher.model.article import Change
from watcher.model.delivery import Mute
from watcher.model.wording import count
from watcher.notify.mutes import is_muted_by, require_what
from watcher.store.store import sync_endpoints

_LONGEST = timedelta(days=36500)


@click.command(
    epilog=options.examples(
        "seedwatch mute topic:Football --for 1d", "seedwatch mute endpoint:newsroom --for 2h"
    )
)
@click.argument("what")
@click.option(
    "--for", "duration", type=options.Duration(), required=True, help="How long: 2h, 1d, 14d."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def mute(config_file: Path | None, *, what: str, duration: timedelta, as_json: bool) -> None:
    """Send nothing about WHAT for a time: topic:…, provider:…, story:… or endpoint:….

    What is suppressed is not sent later; explain says so. Muting again sets a new end.
    """
    what, now = require_what(what), utc_now()
    new = Mute(what=what, since=now, until=now + min(duration, _LONGEST))

    def is_about(change: Change, endpoint: str) -> bool:
        return is_muted_by(what, change.article, endpoint, now)

    with opened(config_file) as (config, store):
        _require_endpoint(config, what)
        sync_endpoints(store, config)
        kept_back = store.mutes.begin(new, is_about)
    if as_json:
        print_json(_mute_object(new) | {"kept_back": kept_back})
        return
    click.echo(f"{what} is muted until {format_time(new.until)}")
    if kept_back:
        owed = count(kept_back, "change that was owed", "changes that were owed")
        click.echo(f"{owed} already will not be sent")


def _require_endpoint(config: Config, what: str) -> None:
    kind, _, name = what.partition(":")
    if kind == "endpoint":
        config.endpoint(name)


@click.command(epilog=options.examples("seedwatch unmute topic:Football"))
@click.argument("what")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def unmute(config_file: Path | None, *, what: str, as_json: bool) -> None:
    """Send messages about WHAT again from now on. Fails with 1 if it was not muted."""
    what = require_what(what)
    with opened(config_file) as (_, store):
        ended = store.mutes.end(what)
    if as_json:
        print_json({"what": what, "unmuted": ended})
    else:
        click.echo(f"{what} is no longer muted" if ended else f"{what} was not muted")
    if not ended:
        raise click.exceptions.Exit(1)


@click.command(epilog=options.examples("seedwatch mutes --json"))
@options.as_json
@click.pass_obj
def mutes(config_file: Path | None, *, as_json: bool) -> None:
    """List what is muted, and until when."""
    with opened(config_file) as (_, store):
        found = store.mutes.all(utc_now())
    if as_json:
        print_json_lines(map(_mute_object, found))
        return
    rows = [(mute.what, mute.since, mute.until) for mute in found]
    print_table(["what", "since", "until"], rows, empty="nothing is muted")


def _mute_object(mute: Mute) -> dict[str, Any]:
    return {
        "what": mute.what,
        "since": format_time(mute.since),
        "until": format_time(mute.until),
    }
