"""``init`` writes a config to start from; ``schema`` prints what editors and consumers read."""

import json
from pathlib import Path

import click

from watcher.article_object import article_schema
from watcher.cli import options
from watcher.config import config_schema, write_initial_config


@click.command(epilog=options.examples("seedwatch init ~/news"))
@click.argument(
    "folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path, file_okay=False)
)
def init(folder: Path | None) -> None:
    """Write a commented config into DIR (the current folder if none is given)."""
    written = write_initial_config(folder or Path())
    for path in written:
        click.echo(f"wrote {path}")
    start = "seedwatch run" if folder is None else f"cd {folder} && seedwatch run"
    click.echo(f"Put seeds into the folder seeds, then: {start}")


@click.command(epilog=options.examples("seedwatch schema config > seedwatch.schema.json"))
@click.argument("subject", type=click.Choice(["config", "article"]))
def schema(subject: str) -> None:
    """Print the JSON Schema of the config file or of the article object."""
    value = config_schema() if subject == "config" else article_schema()
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
