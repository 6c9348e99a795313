"""Opens the file of a SQLite store by SQLite's own library: what loads no other is quick to start.

For commands that look, and for what must not wait. Who takes seeds in uses ``database``.
"""

import sqlite3
from pathlib import Path


def connect(file: str, *, patience: float) -> sqlite3.Connection:
    """A connection that begins no transaction by itself. Raises sqlite3.Error; makes no file.

    It waits ``patience`` seconds for whoever has locked it.
    """
    uri = f"{Path(file).as_uri()}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, timeout=patience, isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL").close()
    return connection
