"""``init`` writes a config to start from; ``schema`` prints what editors and consumers read."""

import json
import sys
from pathlib import Path
from typing import get_args

import click

from watcher.cli import options
from watcher.cli.systemd_unit import STATE_FOLDER, installed_command, render_unit
from watcher.config.init import InitialRoot, write_initial_config, write_new
from watcher.config.json_schema import config_schema
from watcher.config.schema import Like
from watcher.errors import UsageError
from watcher.model.public_json import article_schema
from watcher.watch.site_hint import find_site

LIKES = get_args(Like)


@click.command(
    epilog=options.examples(
        "seedwatch init ~/news", "seedwatch init --from ~/blog", "seedwatch init --systemd ~/news"
    )
)
@click.argument(
    "folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path, file_okay=False)
)
@click.option(
    "--from",
    "site",
    metavar="SITE",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Watch the folder of this site; its generator's own config says how.",
)
@click.option("--full", is_flag=True, help="Add every key as an example, a template, monitoring.")
@click.option("--systemd", is_flag=True, help="Write a systemd unit for this program, too.")
def init(folder: Path | None, *, site: Path | None, full: bool, systemd: bool) -> None:
    """Write a commented config into DIR (the current folder if none is given), and a first seed.

    With --systemd also DIR/systemd/seedwatch.service; an existing config is kept.
    """
    root = _root_of(site) if site is not None else None
    if systemd:
        _init_service((folder or Path()).absolute(), root, full=full)
        return
    for path in write_initial_config(folder or Path(), root=root, full=full):
        click.echo(f"wrote {path}")
    if root is not None:
        click.echo(f"watching {site}, which looks like {root.like}")
        if root.site is None:
            click.echo("Its address is not in its config: add site: below like: in ours")
    start = "seedwatch run" if folder is None else f"cd {folder} && seedwatch run"
    click.echo(f"Next: {start}")


def _root_of(site: Path) -> InitialRoot:
    """Return the root for a site's folder. Raises UsageError if its generator is unknown."""
    hint = find_site(site)
    if hint is None:
        raise UsageError(
            f"{site} has no config of a known site generator ({', '.join(LIKES)}); "
            "seedwatch init without --from writes a config to change by hand"
        )
    return InitialRoot(
        path=str((site / (hint.folder or "")).absolute()),
        like=hint.like,
        site=hint.site,
        permalink=hint.permalink,
        timezone=hint.timezone,
    )


def _init_service(folder: Path, root: InitialRoot | None, *, full: bool) -> None:
    config, unit = folder / "config" / "seedwatch.yaml", folder / "systemd" / "seedwatch.service"
    if not config.exists():
        for path in write_initial_config(folder, var=str(STATE_FOLDER), root=root, full=full):
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
