"""``init`` writes what to start from; ``schema`` prints what editors and consumers read."""

import json
import sys
from pathlib import Path

import click

from watcher.cli import options
from watcher.cli.systemd_unit import STATE_FOLDER, installed_command, render_unit
from watcher.config.init import write_initial_config, write_new
from watcher.config.json_schema import config_schema
from watcher.model.public_json import article_schema


@click.command(epilog=options.examples("seedwatch init ~/news", "seedwatch init --systemd ~/news"))
@click.argument(
    "folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path, file_okay=False)
)
@click.option("--systemd", is_flag=True, help="Write a systemd unit for this program, too.")
def init(folder: Path | None, *, systemd: bool) -> None:
    """Write a commented config into DIR (the current folder if none is given).

    With --systemd also DIR/systemd/seedwatch.service; a config that is there already is kept.
    """
    if systemd:
        _init_service((folder or Path()).absolute())
        return
    written = write_initial_config(folder or Path())
    for path in written:
        click.echo(f"wrote {path}")
    start = "seedwatch run" if folder is None else f"cd {folder} && seedwatch run"
    click.echo(f"Put seeds into the folder seeds, then: {start}")


def _init_service(folder: Path) -> None:
    config, unit = folder / "config" / "seedwatch.yaml", folder / "systemd" / "seedwatch.service"
    if not config.exists():
        for path in write_initial_config(folder, var=str(STATE_FOLDER)):
            click.echo(f"wrote {path}")
    script = Path(sys.executable).with_name("seedwatch")
    command = installed_command(Path(sys.executable), script if script.exists() else None)
    write_new(unit, render_unit(command=command, config=config))
    click.echo(f"wrote {unit}")
    click.echo(f"The service may write only beneath {STATE_FOLDER}: state and feeds belong there.")
    click.echo(f"Next: sudo cp {unit} /etc/systemd/system/")
    click.echo("      sudo systemctl daemon-reload && sudo systemctl enable --now seedwatch")


@click.command(epilog=options.examples("seedwatch schema config > seedwatch.schema.json"))
@click.argument("subject", type=click.Choice(["config", "article"]))
def schema(subject: str) -> None:
    """Print the JSON Schema of the config file or of the article object."""
    value = config_schema() if subject == "config" else article_schema()
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
