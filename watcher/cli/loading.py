"""What even a command begins with that may not need the store: its config, and its log."""

import os
from pathlib import Path

from watcher.config import Config, find_config, load_config
from watcher.log import set_up_logging


def load(explicit: Path | None, *, level: str | None = None) -> Config:
    """The config of this invocation, with the log set up for it.

    ``level`` is that of a command's own log, where it is not the config's.
    """
    config = load_config(find_config(explicit, os.environ, Path.cwd()), environ=os.environ)
    set_up_logging(level=level or config.log.level, secrets=config.secrets())
    return config
