"""What ``seedwatch`` prints without a command, and ``help``: how to begin, and what there is."""

import os
from pathlib import Path

import click

from watcher import __version__
from watcher.cli import options

_BEGIN = """\
Begin:
  seedwatch init               write a config and a first seed into this folder
  seedwatch init --from DIR    the same for a blog: Jekyll, Hugo, Eleventy, Hexo, Zola, …
  seedwatch run                watch, publish and tell; http://127.0.0.1:8765/ shows the page
"""
_DAILY = """\
Look:
  seedwatch status             what needs attention, roots, feeds, endpoints
  seedwatch articles           what is out; likewise changes, deliveries, quarantine
  seedwatch explain ARTICLE    what is known of it, and who was told, or why not
  seedwatch check              what is wrong in the config or in a seed
Tell:
  seedwatch test ENDPOINT      send one marked message now, and show the answer
"""


def overview(explicit: Path | None) -> str:
    """A screen for somebody who does not know the commands, or has forgotten them."""
    from watcher.config.load import find_config  # noqa: PLC0415  # --help does without
    from watcher.errors import ConfigError  # noqa: PLC0415

    try:
        config = f"Config: {find_config(explicit, os.environ, Path.cwd())}"
    except ConfigError:
        config = "Config: there is none yet; seedwatch init writes one"
    return (
        f"Seedwatch {__version__} watches folders of articles and tells what is really new.\n\n"
        f"{_BEGIN}{_DAILY}\n{config}\n"
        "All commands: seedwatch --help; one of them: seedwatch help COMMAND"
    )


@click.command(name="help", epilog=options.examples("seedwatch help", "seedwatch help scan"))
@click.argument("command", required=False)
@click.pass_context
def show_help(context: click.Context, command: str | None) -> None:
    """Show all commands, or how to use COMMAND."""
    root = context.find_root()
    if command is None:
        click.echo(root.get_help())
        return
    group = root.command
    assert isinstance(group, click.Group)  # noqa: S101  # for the type checker
    _, found, _ = group.resolve_command(root, [command])
    assert found is not None  # noqa: S101  # resolve_command raises if there is none
    with click.Context(found, info_name=command, parent=root) as shown:
        click.echo(found.get_help(shown))
