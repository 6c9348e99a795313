"""What every command begins with: its config, its log, its store."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from watcher.config import Config, find_config, load_config
from watcher.log import set_up_logging
from watcher.opening import Store, open_store


def load(explicit: Path | None, *, level: str | None = None) -> Config:
    """The config of this invocation, with the log set up for it.

    ``level`` is that of a command's own log, where it is not the config's.
    """
    config = load_config(find_config(explicit, os.environ, Path.cwd()), environ=os.environ)
    set_up_logging(level=level or config.log.level, secrets=config.secrets())
    return config


@contextmanager
def opened(explicit: Path | None) -> Iterator[tuple[Config, Store]]:
    """Config and store of a command that only looks, or touches no more than a few rows."""
    config = load(explicit, level="warning")
    with open_store(config) as store:
        yield config, store
