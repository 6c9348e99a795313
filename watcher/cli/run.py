"""``run``: the daemon."""

import logging
import os
from pathlib import Path

import click

from watcher.cli import options
from watcher.config.checks import uneven_schedules
from watcher.config.feed_addresses import page_url
from watcher.config.load import find_config, resolve, validate
from watcher.config.schema import Config
from watcher.daemon.daemon import Daemon
from watcher.daemon.malloc import limit_arenas
from watcher.errors import problem_lines
from watcher.log import LogFormat, fields, set_up_logging

log = logging.getLogger(__name__)


@click.command(
    epilog=options.examples("seedwatch run", "seedwatch --config /etc/seedwatch/seedwatch.yaml run")
)
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    help="key=value, or one JSON object a line. Default: log.format of the config.",
)
@click.pass_obj
def run(config_file: Path | None, log_format: LogFormat | None) -> None:
    """Watch, publish, notify and serve until SIGTERM or SIGINT.

    SIGHUP reloads the config, SIGUSR1 rescans all roots.
    """
    file = find_config(config_file, os.environ, Path.cwd())

    def load() -> Config:
        resolved = resolve(file, environ=os.environ)
        config = validate(resolved)
        form = log_format or config.log.format
        set_up_logging(level=config.log.level, secrets=config.secrets(), form=form)
        for line in problem_lines(str(file), uneven_schedules(config, resolved.findings)):
            log.warning("odd schedule", extra=fields(why=line))
        return config

    limit_arenas()
    Daemon(load, on_ready=_say_where_to_look).run()


def _say_where_to_look(config: Config) -> None:
    url = page_url(config)
    if url is not None:
        click.echo(f"Open {url}")
