"""What even a command begins with that may not need the store: its config, and its log."""

from pathlib import Path

from watcher.cli.reading import read
from watcher.config.load import validate
from watcher.config.resolved import Resolved
from watcher.config.schema import Config
from watcher.log import set_up_logging


def load(explicit: Path | None, *, level: str | None = None) -> Config:
    """The config of this invocation, with the log set up for it.

    ``level`` is that of a command's own log, where it is not the config's.
    """
    return load_read(read(explicit), level=level)


def load_read(resolved: Resolved, *, level: str | None = None) -> Config:
    """As :func:`load`, of what was read before."""
    config = validate(resolved)
    set_up_logging(level=level or config.log.level, secrets=config.secrets())
    return config
