"""The schema's versions: which is the newest, and the steps that lead to it. It loads no library.

A step is written in plain SQL or its own tables, never in today's ``schema``, and is never changed
once it was released.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection


def _upgrade_to_2(connection: "Connection") -> None:
    from watcher.store.upgrade_2 import upgrade  # noqa: PLC0415  # status reads only the version

    upgrade(connection)


STEPS: "Sequence[Callable[[Connection], None]]" = (_upgrade_to_2,)
"""``STEPS[0]`` leads from version 1 to version 2, and so on."""

VERSION = "schema_version"
"""The fact of a store that says which version it has."""


def newest_version() -> int:
    return len(STEPS) + 1
