"""``completion``: completion for shells, endpoints and topics included.

It changes nothing, and never complains: if the config or the store cannot be read, it completes
nothing.
"""

import os
from pathlib import Path

import click
from click.shell_completion import CompletionItem, get_completion_class

from watcher.cli import options
from watcher.config.load import find_config, load_config
from watcher.config.schema import Config
from watcher.errors import SeedwatchError, UsageError


@click.command(
    epilog=options.examples(
        'eval "$(seedwatch completion bash)"    # in ~/.bashrc',
        'eval "$(seedwatch completion zsh)"     # in ~/.zshrc',
        "seedwatch completion fish > ~/.config/fish/completions/seedwatch.fish",
    )
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print a script that makes SHELL complete commands, options, endpoints and topics."""
    kind = get_completion_class(shell)
    if kind is None:
        raise UsageError(f"there is no completion for {shell}")
    root = context.find_root()
    click.echo(kind(root.command, {}, "seedwatch", "_SEEDWATCH_COMPLETE").source())


def endpoints(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The endpoints of the config that begin with this."""
    try:
        names = [endpoint.name for endpoint in _config(context).endpoints]
    except SeedwatchError:
        return []
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def topics(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The topics of articles that begin with this, in any letter case."""
    # Imported here: it is slow to load, and few completions need it.
    from watcher.store.store import look_at_store, places_in  # noqa: PLC0415

    try:
        config = _config(context)
        with look_at_store(config.state, places_in(config)) as store:
            names = [name for name, _ in store.catalogue.topics()]
    except SeedwatchError:
        return []
    return [
        CompletionItem(name) for name in names if name.casefold().startswith(incomplete.casefold())
    ]


def _config(context: click.Context) -> Config:
    explicit: Path | None = context.find_root().params.get("config")
    return load_config(
        find_config(explicit, os.environ, Path.cwd()), environ=os.environ, sends=False
    )
