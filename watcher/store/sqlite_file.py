"""Opens the file of a SQLite store by SQLite's own library: what loads no other is quick to start.

For commands that look, and for what must not wait. Who takes seeds in uses ``database``.
"""

import sqlite3
from pathlib import Path

_BUSY_SECONDS = 30


def connect(file: str) -> sqlite3.Connection:
    """A connection that begins no transaction by itself. Raises sqlite3.Error; makes no file."""
    uri = f"{Path(file).as_uri()}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL").close()
    return connection
