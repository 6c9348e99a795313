"""The config file as a command finds it, not validated yet: not all need what that loads."""

import os
from pathlib import Path

from watcher.config.default_file import find_config
from watcher.config.resolved import Resolved, resolve


def read(explicit: Path | None) -> Resolved:
    """What the config file of this invocation says. Raises ConfigError."""
    return resolve(find_config(explicit, os.environ, Path.cwd()), environ=os.environ)
