"""The command line (DESIGN §5). One module a group of commands; each is loaded when it is used.

In: arguments and the environment. Out: text for people or JSON for programs on standard output,
errors on standard error, and an exit code: 0 fine, 1 something failed, 2 bad usage or config,
3 the store or its lock is unavailable.
"""

import gc
import importlib
import os
import sys
from pathlib import Path

import click

from watcher import __version__

COMMANDS = {
    "run": "watcher.cli.run:run",
    "scan": "watcher.cli.scan:scan",
    "drain": "watcher.cli.drain:drain",
    "check": "watcher.cli.check:check",
    "status": "watcher.cli.status:status",
    "articles": "watcher.cli.listing:articles",
    "changes": "watcher.cli.listing:changes",
    "deliveries": "watcher.cli.listing:deliveries",
    "quarantine": "watcher.cli.listing:quarantine",
    "stories": "watcher.cli.stories:stories",
    "explain": "watcher.cli.explain:explain",
    "preview": "watcher.cli.preview:show_preview",
    "retry": "watcher.cli.endpoints:retry",
    "enable": "watcher.cli.endpoints:enable",
    "disable": "watcher.cli.endpoints:disable",
    "mute": "watcher.cli.mutes:mute",
    "unmute": "watcher.cli.mutes:unmute",
    "mutes": "watcher.cli.mutes:mutes",
    "test": "watcher.cli.endpoints:test",
    "feeds": "watcher.cli.feeds:feeds",
    "subscribers": "watcher.cli.subscribers:subscribers",
    "nodes": "watcher.cli.nodes:nodes",
    "backup": "watcher.cli.backup:backup",
    "restore": "watcher.cli.backup:restore",
    "prune": "watcher.cli.backup:prune",
    "export": "watcher.cli.backup:export",
    "import": "watcher.cli.backup:import_",
    "init": "watcher.cli.init:init",
    "schema": "watcher.cli.init:schema",
    "completion": "watcher.cli.completion:completion",
    "help": "watcher.cli.help:show_help",
}
SUMMARIES = {
    "run": "Watch, publish and notify until stopped.",
    "scan": "Scan all roots once, publish feeds, plan deliveries.",
    "drain": "Send what is due now.",
    "check": "Check the config and every seed; write nothing.",
    "status": "Show health: what needs attention first.",
    "articles": "List articles, newest first.",
    "changes": "List changes, newest first.",
    "deliveries": "List deliveries and their attempts, newest first.",
    "quarantine": "List seeds that cannot be used, and why.",
    "stories": "List, merge or split stories of several outlets.",
    "explain": "Show what is known about an article, and who was sent it.",
    "preview": "Show what an endpoint will be sent next, as it will look.",
    "retry": "Send dead or held deliveries again.",
    "enable": "Enable an endpoint that was disabled.",
    "disable": "Disable an endpoint; its backlog is kept.",
    "mute": "Send nothing about a topic, provider, story or endpoint for a time.",
    "unmute": "End a mute.",
    "mutes": "List what is muted, and until when.",
    "test": "Send one marked test message and show the answer.",
    "feeds": "Rebuild all feeds and list them.",
    "subscribers": "List who is subscribed at our own WebSub hub.",
    "nodes": "List the daemons that share the store.",
    "backup": "Copy the store to a file, also while the daemon runs.",
    "restore": "Replace the store with a backup.",
    "prune": "Delete what is older than the config's retention.",
    "export": "Write the store as JSON Lines, for another store.",
    "import": "Fill an empty store from an export.",
    "init": "Write a commented config to start from.",
    "schema": "Print the JSON Schema of the config or of an article.",
    "completion": "Print a script that makes a shell complete commands.",
    "help": "Show all commands, or how to use one.",
}

GARBAGE_EVERY = 10_000
"""New objects before Python collects garbage: most of a scan's are rows, which are freed at once.
"""


class LazyGroup(click.Group):
    """A group that imports a command only to run it: ``--help`` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from watcher.config.wording import did_you_mean  # noqa: PLC0415  # seldom needed

            hint = did_you_mean(args[0], COMMANDS) or "; seedwatch --help lists them"
            ctx.fail(f'there is no command "{args[0]}"{hint}')
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's signature
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, "-V", "--version", prog_name="seedwatch")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Config file. Default: $SEEDWATCH_CONFIG, ./config/seedwatch.yaml, "
    "/etc/seedwatch/seedwatch.yaml.",
)
@click.pass_context
def program(context: click.Context, config: Path | None) -> None:
    """Seedwatch watches folders of article seeds and tells what is really new."""
    context.obj = config
    if os.environ.get("NO_COLOR"):  # https://no-color.org
        context.color = False
    if not gc.isenabled():  # main has postponed it; by now the command is loaded
        gc.freeze()
        gc.set_threshold(GARBAGE_EVERY)
        gc.enable()
    if context.invoked_subcommand is None:
        from watcher.cli.help import overview  # noqa: PLC0415  # not for commands

        click.echo(overview(config))


def main() -> None:
    """Run a command as its user would: expected errors in one line, without a traceback."""
    gc.disable()  # what is imported never becomes garbage: checking it costs 15 %
    # No plugin should see a config with secrets; and searching for plugins takes long.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from watcher.cli.output import exit_code_of  # noqa: PLC0415  # only where it is needed

    try:
        sys.exit(program.main(standalone_mode=False, prog_name="seedwatch") or 0)
    except Exception as error:  # noqa: BLE001  # the edge of the program
        sys.exit(exit_code_of(error))
    finally:
        gc.freeze()  # the process ends: a last garbage collection took 80 ms
