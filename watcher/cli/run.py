"""``run``: the daemon."""

import os
from pathlib import Path

import click

from watcher.config import Config, find_config, load_config
from watcher.daemon import Daemon
from watcher.log import set_up_logging


@click.command()
@click.pass_obj
def run(config_file: Path | None) -> None:
    """Watch, publish, notify and serve until SIGTERM or SIGINT.

    SIGHUP reloads the config, SIGUSR1 rescans all roots.
    """
    file = find_config(config_file, os.environ, Path.cwd())

    def load() -> Config:
        config = load_config(file, environ=os.environ)
        set_up_logging(level=config.log.level, secrets=config.secrets())
        return config

    Daemon(load).run()
