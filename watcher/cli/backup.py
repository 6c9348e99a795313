"""Takes care of the store's data: ``backup``, ``restore``, ``prune``, ``export``, ``import``."""

import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from watcher.cli import options
from watcher.cli.context import load, opened
from watcher.cli.output import print_json
from watcher.clock import utc_now
from watcher.store.backup import back_up, export_to, import_from
from watcher.store.backup import restore as restore_store
from watcher.store.export import export_lines
from watcher.store.store import cutoffs, places_in

_NEW_FILE = click.Path(path_type=Path, dir_okay=False, allow_dash=True)
_OLD_FILE = click.Path(path_type=Path, dir_okay=False, exists=True, allow_dash=True)
_STDIO = Path("-")
_TOLD_AGAIN = """\
what was sent after the backup was made may be sent again; to look first what that would be:
  seedwatch disable ENDPOINT, seedwatch scan, seedwatch status; seedwatch enable lets it out
to have none of it sent, nor what was waiting then, before the next run, scan or drain:
  take the endpoints out of the config, seedwatch scan, and put them back under other names"""
_NAMES = {
    "attempts": "attempts",
    "bodies": "bodies of deliveries",
    "changes": "changes",
    "deliveries": "deliveries",
    "texts": "texts of removed articles",
}


@click.command(
    epilog=options.examples(
        "seedwatch backup seedwatch.backup", "seedwatch backup --force seedwatch.backup"
    )
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@click.pass_obj
def backup(config_file: Path | None, file: Path, *, force: bool) -> None:
    """Copy the store to FILE, as of one moment, also while the daemon runs.

    A SQLite store becomes a SQLite file, a PostgreSQL store an export. FILE is whole and on disk
    when the command ends, or not there.
    """
    with opened(config_file) as (_, store):
        back_up(store.database, file, replace=force)
    click.echo(f"{file}: {file.stat().st_size:,} bytes")


@click.command(epilog=options.examples("seedwatch restore seedwatch.backup"))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.pass_obj
def restore(config_file: Path | None, file: Path) -> None:
    """Replace the store with the backup (or export) FILE. The daemon must be stopped.

    A SQLite store that was there is kept beside it. What was sent since the backup was made is owed
    again, and what was stored since is found by the next scan, as new.
    """
    config = load(config_file, level="warning")
    kept = restore_store(config.state, file, places_in(config), at=utc_now())
    click.echo(f"restored {file}")
    if kept is not None:
        click.echo(f"the store that was there is now {kept}")
    click.echo("seedwatch run, scan or feeds brings the feeds up to it")
    if config.endpoints:
        click.echo(_TOLD_AGAIN)


@click.command(epilog=options.examples("seedwatch prune --dry-run", "seedwatch prune"))
@click.option("--dry-run", is_flag=True, help="Only count what would be deleted.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
@click.pass_obj
def prune(config_file: Path | None, *, dry_run: bool, as_json: bool) -> None:
    """Delete what is older than the config's retention allows; the daemon does it once a day.

    Feeds, and which articles are known, never depend on it; what is still to be sent stays.
    """
    with opened(config_file) as (config, store):
        pruned = store.upkeep.prune(cutoffs(config, utc_now()), rehearse=dry_run)
    counts = asdict(pruned)
    if as_json:
        print_json(counts)
        return
    click.echo("would be deleted:" if dry_run else "deleted:")
    for name, count in counts.items():
        click.echo(f"  {count:,} {_NAMES[name]}")


@click.command(
    epilog=options.examples(
        "seedwatch export store.jsonl", "seedwatch export | gzip > store.jsonl.gz"
    )
)
@click.argument("file", type=_NEW_FILE, default=_STDIO)
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@click.pass_obj
def export(config_file: Path | None, file: Path, *, force: bool) -> None:
    """Write all of the store to FILE, or to standard output, as JSON Lines."""
    with opened(config_file) as (_, store):
        if file != _STDIO:
            export_to(store.database, file, replace=force)
            return
        with store.database.read() as connection:
            for line in export_lines(connection):
                click.echo(line)


@click.command("import", epilog=options.examples("seedwatch import store.jsonl"))
@click.argument("file", type=_OLD_FILE, default=_STDIO)
@click.pass_obj
def import_(config_file: Path | None, file: Path) -> None:
    """Fill an empty store from an export: all of it or nothing.

    So a store moves between SQLite and PostgreSQL: export with the old config, import with the
    new one. No daemon may run on either meanwhile.
    """
    with opened(config_file) as (_, store):
        store.database.lock()
        rows = import_from(store.database, _lines_of(file))
    click.echo(f"{rows:,} rows")


def _lines_of(file: Path) -> Iterator[str]:
    if file == _STDIO:
        yield from sys.stdin
        return
    with file.open(encoding="utf-8") as lines:
        yield from lines
