"""``python -m watcher.cli`` is the command ``seedwatch``."""

from watcher.cli import main

main()
