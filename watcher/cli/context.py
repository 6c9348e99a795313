"""Sets up a command: its config, its log and, if it needs one, its store."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from watcher.config.load import Resolved, find_config, resolve, validate
from watcher.config.schema import Config
from watcher.errors import problem_lines
from watcher.log import set_up_logging

if TYPE_CHECKING:
    from watcher.store.store import Store


def read(explicit: Path | None, *, sends: bool = False) -> Resolved:
    """Read the config file of this invocation without validating it. Raises ConfigError.

    A command that ``sends`` needs every secret; for the others a missing one is only a warning.
    """
    file = find_config(explicit, os.environ, Path.cwd())
    return resolve(file, environ=os.environ, sends=sends)


def load(explicit: Path | None, *, level: str | None = None, sends: bool = False) -> Config:
    """Load the config of this invocation and set up the log. Raises ConfigError.

    ``level`` overrides the config's log level. Secrets are treated as by :func:`read`.
    """
    resolved = read(explicit, sends=sends)
    config = load_read(resolved, level=level)
    for line in problem_lines(str(resolved.file), resolved.findings.warnings(), "warning"):
        click.echo(line, err=True)
    return config


def load_read(resolved: Resolved, *, level: str | None = None) -> Config:
    """As :func:`load`, for a file that :func:`read` has read already."""
    config = validate(resolved)
    set_up_logging(level=level or config.log.level, secrets=config.secrets())
    return config


@contextmanager
def opened(explicit: Path | None) -> Iterator[tuple[Config, "Store"]]:
    """The config and the open store, for a command that reads, or changes only a few rows."""
    # Imported here: saves 0.2 s where no store is used.
    from watcher.store.store import open_store, places_in  # noqa: PLC0415

    config = load(explicit, level="warning")
    with open_store(config.state, places_in(config)) as store:
        yield config, store
