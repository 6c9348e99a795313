"""The schema's versions: which is the newest, and the steps that lead to it. It loads no library.

A step is written in plain SQL or its own tables, never in today's ``schema``, and is never changed
once it was released.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection


def _forget_scans_at_rest(connection: "Connection") -> None:
    """Drop notes of a shortcut for scans that found nothing; nothing reads them any more."""
    connection.exec_driver_sql("DELETE FROM meta WHERE key IN ('rest', 'known parts')")


STEPS: "Sequence[Callable[[Connection], None]]" = (_forget_scans_at_rest,)
"""``STEPS[0]`` leads from version 1 to version 2, and so on."""

VERSION = "schema_version"
"""The fact of a store that says which version it has."""


def newest_version() -> int:
    return len(STEPS) + 1
