"""What every command begins with: its config, its log, its store."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from watcher.cli.context import load
from watcher.config.schema import Config
from watcher.store.store import Store, open_store

__all__ = ["load", "opened"]


@contextmanager
def opened(explicit: Path | None) -> Iterator[tuple[Config, Store]]:
    """Config and store of a command that only looks, or touches no more than a few rows."""
    config = load(explicit, level="warning")
    with open_store(config) as store:
        yield config, store
